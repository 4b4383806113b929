# tap.sh: sourced by the tests of the command line
#
# run COMMAND… keeps stdout, stderr and the status; the others look at them and print one line of
# TAP each. A folder for the test is in $dir; it is removed at the end.
#
# SPDX-License-Identifier: Apache-2.0

count=0
dir=$(mktemp -d)
export HOME="$dir" XDG_RUNTIME_DIR="$dir" XDG_CACHE_HOME="$dir" XDG_CONFIG_HOME="$dir"
unset PANELSHOT_TOKEN PANELSHOT_JWT PANELSHOT_RENDER_KEY AUTH_TOKEN
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT

report() {
  count=$((count + 1))
  if [ "$1" -eq 0 ]; then
    echo "ok $count - $2"
  else
    echo "not ok $count - $2"
    echo "# status $status; stdout:"
    sed 's/^/#   /' "$dir/stdout" | head -5
    echo "# stderr:"
    sed 's/^/#   /' "$dir/stderr" | head -5
  fi
}

run() {
  "$@" >"$dir/stdout" 2>"$dir/stderr" </dev/null
  status=$?
}

expect_status() {
  [ "$status" -eq "$1" ]
  report $? "$2: status $1"
}

# One line on stderr that holds the text; nothing on stdout.
expect_error() {
  [ "$(wc -l <"$dir/stderr")" -eq 1 ] && [ ! -s "$dir/stdout" ] &&
    grep -q '^panelshot: ' "$dir/stderr" && grep -qF -e "$1" "$dir/stderr"
  report $? "$2: one line with \"$1\""
}

expect() {
  name=$1
  shift
  "$@"
  report $? "$name"
}

# A row: arguments of panelshot, status, text of the error.
fails() {
  wanted=$1
  text=$2
  shift 2
  run "$PANELSHOT" "$@"
  [ "$status" -eq "$wanted" ] && [ "$(wc -l <"$dir/stderr")" -eq 1 ] && [ ! -s "$dir/stdout" ] &&
    grep -q '^panelshot: ' "$dir/stderr" && grep -qF -e "$text" "$dir/stderr"
  report $? "$* (status $wanted, \"$text\")"
}

finish() {
  echo "1..$count"
}
