#!/bin/sh
# config.sh: where settings come from, print-config, healthcheck, manual
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/tap.sh"

F="$SOURCE/tests/fixtures/config"
cd "$dir" || exit 1
for variable in $(grep -oE '\b([A-Z]+(_[A-Z]+)+|TZ|[a-z]+_proxy)\b' "$SOURCE/data/man/panelshot.1"); do
  [ "$variable" = PANELSHOT_ENGINE ] || unset "$variable"
done

# has KEY VALUE ORIGIN: a line of what print-config has printed.
has() {
  expect "$1: $2 ($3)" grep -qxF -e "$1: $2  # $3" "$dir/stdout"
}

has_warning() {
  expect "warning: $1" grep -qF -e "panelshot: $1" "$dir/stderr"
}

# in_container FILE ARGUMENTS…: with exactly the environment that the file lists.
in_container() {
  lines=$1
  shift
  set -- "$PANELSHOT" "$@"
  while IFS= read -r line; do
    set -- "$line" "$@"
  done <"$lines"
  run env -i "HOME=$dir" "PATH=$PATH" LC_ALL=C.UTF-8 "$@"
}

run "$PANELSHOT" print-config
expect_status 0 "print-config"
expect "nothing to warn about" test ! -s "$dir/stderr"
has server.addr '"127.0.0.1:8081"' default
has server.auth-token '["-"]' default
has browser.min-width 1 default
has browser.max-width 3000 default
has api.default-encoding '"png"' default
expect "every setting with effect is there" test "$(wc -l <"$dir/stdout")" -ge 60

# What is printed is a file that gives the same.
"$PANELSHOT" print-config --browser.min-width 7 --target.allow a,b | sed 's/  # .*//' >"$dir/again.yaml"
run "$PANELSHOT" print-config --config "$dir/again.yaml"
expect_status 0 "print-config of its own output"
expect "min-width came through the file" grep -q '^browser.min-width: 7  # file .*again.yaml:' "$dir/stdout"

# The layers.
printf 'browser:\n  min-width: 10\n  min-height: 20\nlog.level: debug\n' >"$dir/panelshot.yaml"
run env BROWSER_MIN_WIDTH=11 LOG_LEVEL=error "$PANELSHOT" print-config --browser.min-width=12
has browser.min-width 12 'flag --browser.min-width'
has browser.min-height 20 'file panelshot.yaml:3'
has log.level '"error"' 'environment LOG_LEVEL'
printf 'log.level: warning\n' >"$dir/other.yaml"
run env PANELSHOT_CONFIG="$dir/other.yaml" "$PANELSHOT" print-config
has log.level '"warning"' "file $dir/other.yaml:1"
has browser.min-height 1 default
run env BROWSER_MIN_HEIGHT= "$PANELSHOT" print-config
has browser.min-height 20 'file panelshot.yaml:3'
run env PANELSHOT_CONFIG=/none "$PANELSHOT" print-config --config "$dir/other.yaml"
has log.level '"warning"' "file $dir/other.yaml:1"
rm "$dir/panelshot.yaml"

# Secrets.
printf 'filed-hunter2\n' >"$dir/token"
run env BROWSER_HEADER=X-A=hunter2 HTTPS_PROXY=http://u:hunter2@p:1 TRACING_HEADER=a=hunter2 \
  "$PANELSHOT" print-config --json --auth-token hunter2 --auth-token-file "$dir/token"
expect_status 0 "print-config --json"
expect "no secret in it" sh -c "! grep -q hunter2 '$dir/stdout' '$dir/stderr'"
expect "it is JSON" node -e '
  const { readFileSync } = require("node:fs");
  const all = JSON.parse(readFileSync(process.argv[1]));
  if (all["server.auth-token"].value[0] !== "***" || all["server.auth-token"].origin !== "flag --auth-token" ||
      all["browser.max-width"].value !== 3000 || all["browser.header"].value[0] !== "X-A=***" ||
      all["server.host"].value !== null) process.exit(1);' "$dir/stdout"

run "$PANELSHOT" print-config --proxy u:hunter2secret@p.lan:3128
has target.proxy '"***@p.lan:3128"' 'flag --proxy'

# Containers of the official renderer, taken whole.
# The certificates are not theirs: print-config reads the files, as serve does.
grep -v -e CERT -e KEY_FILE -e TLS "$F/v5.env" >"$dir/v5.env"
grep -v -e CERT -e TLS -e HTTP_PROTOCOL "$F/v3.env" >"$dir/v3.env"
in_container "$dir/v5.env" print-config
expect_status 0 "version 5's environment"
has server.addr '":8081"' 'environment SERVER_ADDR'
has api.default-encoding '"pdf"' 'environment API_DEFAULT_ENCODING'
has browser.min-width 1000 'environment BROWSER_MIN_WIDTH'
has browser.timezone '"America/New_York"' 'environment BROWSER_TIMEZONE'
has browser.readiness.prior-wait '"1s"' 'environment BROWSER_READINESS_PRIOR_WAIT'
has_warning 'BROWSER_FLAGS is accepted without effect: panelshot has no Chromium in it: target.proxy'
has_warning 'TRACING_ENDPOINT is accepted without effect: no spans are exported'
in_container "$dir/v3.env" print-config
expect_status 0 "version 3's environment"
has server.addr '"0.0.0.0:8081"' 'environment HTTP_HOST, HTTP_PORT'
has target.insecure true 'environment IGNORE_HTTPS_ERRORS'
has browser.language '"de-DE"' 'environment RENDERING_LANGUAGE'
has browser.default-width 800 'environment RENDERING_VIEWPORT_WIDTH'
has log.level '"debug"' 'environment LOG_LEVEL'
run "$PANELSHOT" print-config --config "$F/v5.yaml"
expect_status 0 "version 5's file"
has server.addr '":9001"' "file $F/v5.yaml:2"
run "$PANELSHOT" print-config --config="$F/v3.json"
expect_status 0 "version 3's file"
has server.addr '"127.0.0.1:9000"' "file $F/v3.json:4"
has log.format '"json"' "file $F/v3.json:15"

# Refused, by every command that reads settings.
for command in serve server print-config healthcheck; do
  fails 2 "cannot read the configuration" $command --config /proc/self/mem
  fails 2 "No such file" $command --config "$dir/none"
  fails 2 "unknown option" $command --frobnicate
  fails 2 "takes options only" $command what
done
printf 'a: &a [x]\nb: *a\n' >"$dir/bad.yaml"
fails 2 "$dir/bad.yaml:1: anchors and tags" serve --config "$dir/bad.yaml"
printf 'server:\n  adr: x\n' >"$dir/bad.yaml"
fails 2 'bad.yaml:2: unknown setting "server.adr": did you mean "server.addr"?' serve --config "$dir/bad.yaml"
fails 2 'is of no use without' serve --server.certificate-file /dev/null
fails 2 'is above browser.max-width 3000 (default)' print-config --browser.min-width 4000
fails 2 'No such file' print-config --target.ca-file "$dir/none"
fails 2 'no certificate' print-config --target.ca-file "$dir/token"
for command in print-config serve; do
  fails 2 'target.token-for (flag --token-for): ' $command --token-for nonsense
  fails 2 'target.token-for (flag --token-for): ' $command --token-for "http://g=$dir/none"
  fails 2 'target.allow (flag --allow): ' $command --allow 'a b'
  export PANELSHOT_CA_FILE="$dir/token"
  fails 2 "target.ca-file \"$dir/token\" (environment PANELSHOT_CA_FILE): " $command
  unset PANELSHOT_CA_FILE
  fails 2 "target.client-certificate \"$dir/token\" (flag --target.client-certificate): " \
    $command --target.client-certificate "$dir/token"
  fails 2 "$dir/token" $command --server.certificate-file "$dir/token" --server.key-file "$dir/token"
  export HTTP_PROXY=socks4://p:1080
  fails 2 'HTTP_PROXY "socks4://p:1080": ' $command
  unset HTTP_PROXY
  fails 2 'scale' $command --browser.page-scale-factor 9 --browser.max-page-scale-factor 10
done

# The manual is what the program prints, and it is whole.
"$PANELSHOT" print-config --sample >"$dir/sample"
expect "data/config/panelshot.yaml is up to date: print-config --sample" \
  cmp -s "$dir/sample" "$SOURCE/data/config/panelshot.yaml"
"$PANELSHOT" print-config --man >"$dir/man"
expect "data/man/panelshot.1 is up to date: print-config --man" \
  cmp -s "$dir/man" "$SOURCE/data/man/panelshot.1"
sed -n 's/^#\([a-z][A-Za-z0-9.-]*: .*\)/\1/p' "$dir/sample" >"$dir/all.yaml"
run "$PANELSHOT" print-config --config "$dir/all.yaml"
expect_status 0 "the sample with every line in force"
expect "nothing in it has no effect" test ! -s "$dir/stderr"
"$PANELSHOT" serve --help-all >"$dir/all"
"$PANELSHOT" print-config --json | sed -n 's/^  "\([^"]*\)" : {$/\1/p' >"$dir/keys"
expect "there are keys" test "$(wc -l <"$dir/keys")" -ge 60
missing=$(while read -r key; do
  roff=$(echo "$key" | sed 's/-/\\\\-/g')
  grep -q -e "^  --$key\b" "$dir/all" || echo "help: $key"
  grep -q -e "\"\\\\-\\\\-$roff\b" "$dir/man" || echo "man: $key"
  case $key in config | server.ready-fd) ;; *) grep -q -e "^#$key: " "$dir/sample" || echo "sample: $key" ;; esac
done <"$dir/keys")
[ -z "$missing" ] || echo "# $missing"
expect "each is in --help-all, man page and sample" test -z "$missing"
expect "--help-all is at most 80 wide" test "$(wc -L <"$dir/all")" -le 80
if command -v groff >/dev/null; then
  groff -man -ww -Tutf8 "$dir/man" >"$dir/page" 2>"$dir/stderr"
  expect "groff has nothing to say" test -s "$dir/page" -a ! -s "$dir/stderr"
fi

# healthcheck: silent when well, one line when not.
mkfifo "$dir/port"
"$PANELSHOT" server --listen 127.0.0.1:0 --ready-fd 4 --server.token=hunter2 --server.auth-token hunter2 \
  --browser.headers X=hunter2 --browser.override "x=--browser.header=X-Corp=hunter2" \
  --proxy=u:hunter2@p:1 4>"$dir/port" 2>"$dir/log" &
server=$!
read -r port <"$dir/port"
tr '\0' ' ' <"/proc/$server/cmdline" >"$dir/cmdline"
expect "no secret in the process list" sh -c "! grep -q hunter2 '$dir/cmdline'"
expect "the rest is still there" grep -q -e '--server.token=\*\*\*\*\*\*\* --server.auth-token ' "$dir/cmdline"
for address in "127.0.0.1:$port" "localhost:$port"; do
  run env SERVER_ADDR="$address" http_proxy=http://127.0.0.1:1 "$PANELSHOT" healthcheck
  expect_status 0 "healthcheck of $address"
  expect "and silent" test ! -s "$dir/stdout" -a ! -s "$dir/stderr"
done
run "$PANELSHOT" healthcheck --listen ":$port"
expect_status 0 "healthcheck of all addresses"
run "$PANELSHOT" healthcheck --url "http://localhost:$port/healthz"
expect_status 0 "healthcheck --url"
fails 6 'status 404' healthcheck --url "http://127.0.0.1:$port/nowhere"
fails 2 'no http or https address' healthcheck --url nonsense
kill "$server"
wait "$server"
fails 5 "http://127.0.0.1:$port/healthz: " healthcheck --listen "127.0.0.1:$port"

# doctor reads the same settings.
run env SERVER_ADDR=:8081 "$PANELSHOT" doctor
expect "doctor warns of an open server" grep -q '^warn  settings: anybody who reaches :8081' "$dir/stdout"
run env SERVER_ADDR=:8081 AUTH_TOKEN=own "$PANELSHOT" doctor
expect "doctor is content with a token" grep -q '^ok    settings: serve would listen on :8081' "$dir/stdout"
run env BROWSER_MIN_WIDTH=x "$PANELSHOT" doctor
expect "doctor tells of a wrong setting" grep -q '^fail  settings: BROWSER_MIN_WIDTH "x"' "$dir/stdout"

finish
