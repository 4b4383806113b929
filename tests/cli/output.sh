#!/bin/sh
# output.sh: pictures and reports end up whole, where they belong, or not at all
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/tap.sh"

G=http://grafana.example
out=$dir/out
mkdir "$out"

is_png() {
  [ "$(head -c 4 "$1" | tail -c 3)" = PNG ]
}

is_alone() {
  [ "$(ls -A "$out" | tr '\n' ' ')" = "$1" ]
}

run "$PANELSHOT" render $G/ok -o "$out/a.png" --width 20 --height 10
expect_status 0 "render to a file"
expect "a picture" is_png "$out/a.png"
expect "nothing else in the folder" is_alone 'a.png '
expect "usual permissions" test "$(stat -c %a "$out/a.png")" = "$(printf '%o' $((0666 & ~0$(umask))))"
expect "stdout is silent" test ! -s "$dir/stdout"
expect "flags are told" grep -q '^panelshot: .*20 x 10.*still_moving.*query A' "$dir/stderr"

run "$PANELSHOT" render $G/ok
expect_status 0 "render to a pipe"
expect "a picture on stdout" is_png "$dir/stdout"
run "$PANELSHOT" render $G/ok -o -
expect "a picture on stdout by -o -" is_png "$dir/stdout"

# Exit statuses of the table; a failed render leaves the old file.
for row in usage:2 unauthorized:3 refused:3 timeout:4 unreachable:5 document:6 login:7 not-found:8 \
  script:9 engine:10 busy:11 cancelled:130; do
  echo old >"$out/a.png"
  fails "${row#*:}" 'made to fail' render "$G/fail/${row%:*}" -o "$out/a.png"
  expect "the old file is still there" grep -q old "$out/a.png"
  expect "and alone" is_alone 'a.png '
done
fails 10 'exit status 7' render $G/exit -o "$out/a.png"
fails 10 'signal 9' render $G/kill -o "$out/a.png"
fails 10 'announced 1 files and sent 0' render $G/nofd -o "$out/a.png"

# A terminal is shown tables, and no pictures.
on_terminal='import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'
run python3 -c "$on_terminal" "$PANELSHOT" render $G/ok
expect_status 2 "a picture on a terminal"
expect "no picture on a terminal" grep -q 'not written to a terminal' "$dir/stdout"
run python3 -c "$on_terminal" "$PANELSHOT" render $G/ok --encoding csv
expect_status 0 "a table on a terminal"

# Outputs that cannot be written are found before anything is rendered.
fails 2 'No such file' render $G/exit -o "$dir/none/a.png"
fails 2 'give -o a file, not a folder' render $G/exit -o "$out"
fails 2 '-o is empty' render $G/exit -o ''
fails 2 'Not a directory' render $G/exit -o /dev/null/a.png
if [ "$(id -u)" -ne 0 ]; then
  chmod a-w "$out"
  fails 2 'Permission denied' render $G/exit -o "$out/b.png"
  chmod u+w "$out"
fi
"$PANELSHOT" render $G/ok -o /dev/full >"$dir/stdout" 2>"$dir/stderr"
status=$?
expect_status 2 "a full device"
expect_error 'No space left' "a full device"
"$PANELSHOT" render $G/ok >/dev/full 2>"$dir/stderr"
status=$?
expect_status 2 "a full stdout"

run "$PANELSHOT" render $G/ok -o /dev/null
expect_status 0 "a device is written to"
expect "and stays a device" test -c /dev/null
ln -s a.png "$out/link.png"
run "$PANELSHOT" render $G/ok -o "$out/link.png"
expect "a link stays a link" test -L "$out/link.png"
expect "what it points to is replaced" is_png "$out/a.png"
rm "$out/link.png"

# JSON.
run "$PANELSHOT" render $G/ok -o "$out/a.png" --json
expect "JSON on stdout" grep -qF '"pictures":[{"width":1000,"height":500,"bytes":' "$dir/stdout"
for word in '"output":' '"encoding":"png","n_pages":0,"file_name":null' '"missing":null' '"attempts":1,' '"flags":["still_moving","open_request"]' '"stages":{"queued":' \
  '"last_blocker":"query A"' '"final_uri":"http://grafana.example/d/x"' '"redirects":["http'; do
  expect "JSON has $word" grep -qF "$word" "$dir/stdout"
done
expect "JSON is one line" test "$(wc -l <"$dir/stdout")" -eq 1
run "$PANELSHOT" render $G/ok --json
expect "JSON on stderr beside a picture" grep -qF '"output":"-"' "$dir/stderr"
expect "which is not mixed" is_png "$dir/stdout"
run "$PANELSHOT" render $G/fail/login -o "$out/a.png" --json
expect_status 7 "a failure with --json"
expect "JSON of a failure" grep -qF '{"error":{"code":"login","message":"made to fail' "$dir/stdout"
run "$PANELSHOT" render $G/secret -o "$out/a.png" --json
expect "no secret in JSON or errors" sh -c "! cat '$dir/stdout' '$dir/stderr' | grep -q hunter2"

# What the engine is told.
echo glsa_abc >"$dir/token"
echo a.b.c >"$dir/jwt"
echo key >"$dir/key"
run "$PANELSHOT" render "$G:80/echo" --token-file "$dir/token" --jwt-file "$dir/jwt" \
  --render-key-file "$dir/key" --domain grafana.example --header 'X-One: two: three' \
  --width 640 --full-page --scale 1.5 --timeout 1m30s --timezone UTC-05:30 --language zh-CN \
  --wait-for '#a' --quiet-ms 250 --allow-insecure
for word in '"width":640,"height":480,"scale":1.5,' '"quiet_ms":250' '"kind":"full-page"' \
  '"timezone":"GMT+05:30"' '"language":"zh-CN"' '"wait_for":"#a"' '"domain":"grafana.example"' \
  '"allow_insecure":true' '"render_key":"key"' '"name":"X-One","value":"two: three"' \
  '{"origin":"http://grafana.example:80","name":"Authorization","value":"Bearer glsa_abc"}' \
  '"name":"X-JWT-Assertion","value":"a.b.c"'; do
  expect "the job has $word" grep -qF -e "$word" "$dir/stdout"
done
# What becomes of the picture: the extension, unless --encoding says otherwise.
for row in 'x.jpg|jpeg|viewport' 'x.webp|webp|viewport' 'x.PDF|pdf|print' 'x.csv|csv|download' \
  'x.2026-11-23|png|viewport' '.hidden|png|viewport' 'x|png|viewport'; do
  file=${row%%|*} kind=${row##*|} encoding=${row#*|}
  run "$PANELSHOT" render "$G/echo" -o "$dir/$file"
  for word in "\"encoding\":\"${encoding%|*}\"" "\"kind\":\"$kind\""; do
    expect "-o $file: $word" grep -qF -e "$word" "$dir/$file"
  done
done
run "$PANELSHOT" render "$G/echo" -o "$dir/x.png" --encoding JPG --quality 40 --zoom 1.5 \
  --selector '#b' --wait-expression 'a > 1' --best-effort --user-agent 'Mine/1' --scale 0.1
for word in '"encoding":"jpeg","quality":40' '"selector":"#b"' '"kind":"element"' '"zoom":1.5' \
  '"scale":0.1' '"wait_expression":"a > 1"' '"best_effort":true' '"user_agent":"Mine/1"'; do
  expect "the job has $word" grep -qF -e "$word" "$dir/x.png"
done
run "$PANELSHOT" render "$G/echo" --encoding pdf --paper Letter --portrait --paper-scale 0.5 \
  --page-ranges ' 1, 3-4' --no-backgrounds
for word in '"paper_width":8.5' '"paper_height":11' '"landscape":false' '"backgrounds":false' \
  '"paper_scale":0.5' '"page_ranges":"1,3-4"'; do
  expect "the job's paper has $word" grep -qF -e "$word" "$dir/stdout"
done

# The theme is a parameter of Grafana's address.
for row in '|?theme=light' '?a=1|?a=1&theme=light' '?theme=dark&a=1|?a=1&theme=light' \
  '?theme&a=1#x?theme=y|?a=1&theme=light#x?theme=y' '?xtheme=1|?xtheme=1&theme=light' \
  '#x|?theme=light#x'; do
  run "$PANELSHOT" render "$G/echo${row%%|*}" --theme light
  expect "--theme on ${row%%|*}" grep -qF -e "\"uri\":\"$G/echo${row#*|}\"" "$dir/stdout"
done

# A certificate and its key, in one file or two.
printf -- '-----BEGIN CERTIFICATE-----\nc\n' >"$dir/cert.pem"
printf -- '-----BEGIN PRIVATE KEY-----\nk\n' >"$dir/key.pem"
cat "$dir/cert.pem" "$dir/key.pem" >"$dir/both.pem"
for options in "--client-certificate $dir/cert.pem --client-key $dir/key.pem" \
  "--client-certificate $dir/both.pem"; do
  # shellcheck disable=SC2086
  run "$PANELSHOT" render "$G/echo" $options
  expect "the job has certificate and key" grep -qF 'c\n' "$dir/stdout"
  expect "and the key" grep -qF 'PRIVATE KEY-----\nk\n' "$dir/stdout"
done
PANELSHOT_TOKEN=t PANELSHOT_JWT=j PANELSHOT_RENDER_KEY=k \
  run "$PANELSHOT" render "$G/echo" --jwt-header X-jwt-ttk
for word in '"value":"Bearer t"' '"name":"X-jwt-ttk","value":"j"' '"render_key":"k"'; do
  expect "from the environment: $word" grep -qF -e "$word" "$dir/stdout"
done
run env PANELSHOT_TOKEN=hunter2 PANELSHOT_JWT=hunter2 BROWSER_HEADER=X-Key=hunter2 \
  HTTPS_PROXY=http://u:hunter2@p PANELSHOT_PROXY=u:hunter2@p TRACING_HEADER=a=hunter2 WHATEVER=hunter2 \
  "BROWSER_OVERRIDE=x=--browser.header=X=hunter2" LC_TIME=C.UTF-8 TZ=Asia/Tokyo GIO_USE_VFS=local \
  "$PANELSHOT" render "$G/env"
expect "the engine's environment has no secret" sh -c "! grep -q hunter2 '$dir/stdout'"
for word in LC_TIME=C.UTF-8 TZ=Asia/Tokyo GIO_USE_VFS=local "PATH=$PATH" "HOME=$HOME"; do
  expect "the engine's environment: $word" grep -qxF -e "$word" "$dir/stdout"
done

# The command line that everybody can list.
"$PANELSHOT" render $G/stuck --render-key=hunter2 --header 'X-A: hunter2' -o "$out/a.png" \
  >"$dir/stdout" 2>"$dir/stderr" &
child=$!
sleep 0.5
tr '\0' ' ' <"/proc/$child/cmdline" >"$dir/cmdline"
expect "secrets are gone from the process list" sh -c "! grep -q hunter2 '$dir/cmdline'"
expect "the rest is still there" grep -q 'render-key=\*\*\*\*\*\*\* --header \*\*' "$dir/cmdline"

# Ctrl-C, and nothing stays behind.
kill -INT "$child"
wait "$child"
status=$?
expect_status 130 "Ctrl-C"
expect_error 'cancelled' "Ctrl-C"
expect "no half-written file" is_alone 'a.png '

# Ctrl-C in the middle of writing comes too late: the file is whole, and alone.
echo old >"$out/a.png"
run "$INTERRUPTED" render $G/ok -o "$out/a.png"
expect_status 0 "Ctrl-C while the file is written"
expect "a whole picture" is_png "$out/a.png"
expect "nothing half-written beside it" is_alone 'a.png '

finish
