#!/bin/sh
# commands.sh: help, wrong usage, and where each word goes
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/tap.sh"

G=http://grafana.example

run "$PANELSHOT" --help
expect_status 0 "--help"
expect "--help is on stdout" test -s "$dir/stdout" -a ! -s "$dir/stderr"
for command in render serve inspect print-config healthcheck doctor; do
  expect "--help names $command" grep -q "^  $command " "$dir/stdout"
done
for command in render serve inspect print-config healthcheck doctor; do
  run "$PANELSHOT" $command --help
  expect_status 0 "$command --help"
  expect "$command --help is at most 80 wide" test "$(wc -L <"$dir/stdout")" -le 80
  rows=24
  [ "$command" != serve ] || rows=45
  expect "$command --help is at most $rows high" test "$(wc -l <"$dir/stdout")" -le "$rows"
  cp "$dir/stdout" "$dir/help"
  run "$PANELSHOT" help $command
  expect "help $command is the same" cmp -s "$dir/help" "$dir/stdout"
done

# The help of render is written by hand.
run "$PANELSHOT" render --help
for option in output encoding quality width height full-page selector scale zoom paper portrait \
  paper-scale page-ranges no-backgrounds theme timezone language user-agent timeout quiet-ms \
  wait-for wait-expression best-effort token-file jwt-file jwt-header render-key-file render-key \
  domain header client-certificate client-key ca-file allow-insecure json verbose help; do
  expect "render --help names --$option" grep -qE -e "--$option( |,|\$)" "$dir/stdout"
done
run "$PANELSHOT" --version
expect "--version" grep -qE '^panelshot [0-9]+\.[0-9]+\.[0-9]+$' "$dir/stdout"
run "$PANELSHOT"
expect_status 2 "no command"
expect "no command: help on stderr" test -s "$dir/stderr" -a ! -s "$dir/stdout"

fails 2 'unknown command "frobnicate": see `panelshot --help`' frobnicate
fails 2 'unknown command' help frobnicate
fails 2 'see `panelshot render --help`' render
fails 2 'see `panelshot render --help`' render --frobnicate $G/
fails 2 'see `panelshot serve --help-all`' serve --frobnicate
fails 2 'did you mean "--listen"?' serve --lisen :0
fails 2 'see `panelshot serve --help-all`' serve -x
fails 2 'wants a value' serve --listen
fails 2 'see `panelshot serve --help`' serve what
fails 2 'see `panelshot doctor --help`' doctor what
fails 2 'one address' render $G/a $G/b

R="render $G/ok -o $dir/x.png"
fails 2 '--width "abc"' $R --width abc
fails 2 '--width "0"' $R --width 0
fails 2 '--height "-5"' $R --height -5
fails 2 '--height "1e9"' $R --height 1e9
fails 2 '--scale "NaN"' $R --scale NaN
fails 2 '--scale "9"' $R --scale 9
fails 2 '--timeout "0"' $R --timeout 0
fails 2 '--timeout "never"' $R --timeout never
fails 2 '--quiet-ms "-1"' $R --quiet-ms -1
fails 2 'unknown time zone' $R --timezone Nowhere/City
fails 2 'Accept-Language' $R --language '<x>'
fails 2 'pixels' $R --width 16384 --height 16384
fails 2 "with a colon" $R --header novalue
fails 2 'cannot be set' $R --header 'Host: x'
fails 2 'name' $R --header 'a b: x'
fails 2 '--encoding "gif": want png, jpeg' $R --encoding gif
fails 2 '--quality "0"' $R --quality 0
fails 2 '--quality "101"' $R --quality 101
fails 2 '--zoom "6"' $R --zoom 6
fails 2 '--scale "0.09"' $R --scale 0.09
fails 2 '--theme "b&l": want the name of a theme of Grafana such as light or dark' $R --theme 'b&l'
fails 2 '--paper "a7": want a0, a1' $R --paper a7
fails 2 '--paper-scale "3"' $R --paper-scale 3
fails 2 '--page-ranges "3-1"' $R --page-ranges 3-1
fails 2 'leave out --full-page' $R --selector '#a' --full-page
fails 2 'leave out --encoding pdf' $R --selector '#a' --encoding pdf
fails 2 'needs a CSS selector' $R --selector ''
fails 2 'expression to wait for is empty' $R --wait-expression ''
fails 2 'user agent' $R --user-agent 'é'
fails 2 'no encoding is called gif: give --encoding' render http://grafana.example/ok -o "$dir/x.gif"
fails 2 'belongs to a --client-certificate' $R --client-key "$dir/none"
fails 2 '--client-certificate: Failed to open file' $R --client-certificate "$dir/none"
fails 2 'nothing to carry' $R --jwt-header X-JWT
fails 2 'is empty' $R --render-key ''
fails 2 'give one of them' $R --render-key a --render-key-file b
fails 2 'cannot be parsed' render /d/x -o "$dir/x.png"
fails 2 'no address' render '' -o "$dir/x.png"
fails 3 'only http and https' render file:///etc/passwd -o "$dir/x.png"
fails 3 'user:password@' render http://u:hunter2@g/ -o "$dir/x.png"
expect "no secret in the error" sh -c "! grep -q hunter2 '$dir/stderr'"

: >"$dir/empty"
printf ' \n \n' >"$dir/blank"
head -c 20000 /dev/zero | tr '\0' a >"$dir/large"
for option in --token-file --jwt-file --render-key-file; do
  fails 2 'No such file' $R $option "$dir/none"
  fails 2 'is empty' $R $option "$dir/empty"
  fails 2 'is empty' $R $option "$dir/blank"
  fails 2 'token' $R $option "$dir/large"
  fails 2 "$option" $R $option "$dir/none"
done
fails 2 '--ca-file' $R --ca-file "$dir/none"
fails 2 'no certificate' $R --ca-file "$dir/large"
fails 2 'must both be in PEM form' $R --client-certificate "$dir/empty"
fails 2 'is larger than 16 KiB' $R --client-certificate "$dir/large"
fails 2 '--client-certificate: Failed to open file' $R --client-certificate "$dir/empty" --client-key "$dir/none"

fails 2 '--listen "nonsense": want ADDRESS:PORT' serve --listen nonsense
fails 2 '--listen "127.0.0.1:99999": want' serve --listen 127.0.0.1:99999
fails 2 'cannot listen' serve --listen fe80::1:80
fails 2 'cannot listen' serve --listen grafana.example:80
fails 2 '--concurrency "0"' serve --concurrency 0
fails 2 '--queue "x"' serve --queue x
fails 2 '--log-level "loud"' serve --log-level loud
fails 2 '--ready-fd 77 is not open' serve --ready-fd 77
fails 2 'is empty' serve --auth-token ''
fails 2 'is empty' serve --auth-token-file "$dir/empty"
fails 2 'No such file' serve --auth-token-file "$dir/none"
fails 2 'ORIGIN=FILE' serve --token-for nonsense
fails 2 'is no origin' serve --token-for "grafana=$dir/empty"
fails 2 'is empty' serve --token-for "$G=$dir/empty"
fails 2 'ORIGIN=NAME:FILE' serve --jwt-header-for "$G=X"
fails 2 'cannot be set' serve --jwt-header-for "$G=Host:$dir/large"
fails 2 '--forward-header' serve --forward-header 'a b'

# A taken port: one line, status 2.
mkfifo "$dir/port"
"$PANELSHOT" serve --listen 127.0.0.1:0 --ready-fd 4 4>"$dir/port" 2>"$dir/log" &
server=$!
read -r port <"$dir/port"
fails 2 'the port is in use' serve --listen "127.0.0.1:$port"
kill "$server"
wait "$server"
status=$?
expect_status 0 "serve ends on SIGTERM"

mkfifo "$dir/port2"
"$PANELSHOT" serve --listen :0 --ready-fd 4 4>"$dir/port2" 2>"$dir/log" &
server=$!
read -r port <"$dir/port2"
kill -INT "$server"
wait "$server"
expect "a warning for the default token on every address" grep -q 'level=warning anybody' "$dir/log"

finish
