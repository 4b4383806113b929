#!/bin/sh
# inspect.sh: a first plan of the demo, and what it would capture
#
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/tap.sh"

run "$PANELSHOT" inspect --help
expect_status 0 "inspect --help"
for command in init check run report; do
  run "$PANELSHOT" inspect --help
  expect "inspect --help names $command" grep -q "^  $command " "$dir/stdout"
  run "$PANELSHOT" inspect $command --help
  expect_status 0 "inspect $command --help"
  expect "inspect $command --help is at most 80 wide" test "$(wc -L <"$dir/stdout")" -le 80
  expect "inspect $command --help is at most 24 high" test "$(wc -l <"$dir/stdout")" -le 24
done
run "$PANELSHOT" inspect
expect_status 2 "inspect alone"
expect "inspect alone: help on stderr" test -s "$dir/stderr" -a ! -s "$dir/stdout"
fails 2 'unknown command "inspect frobnicate"' inspect frobnicate
fails 2 'init wants one address' inspect init
fails 2 'see `panelshot inspect init --help`' inspect init --frobnicate http://x
fails 2 'address of Grafana is no http or https one' inspect init nonsense -o -
fails 5 'cannot reach Grafana' inspect init http://127.0.0.1:1 -o -
fails 2 '--org-id "0"' inspect init http://127.0.0.1:1 --org-id 0 -o -
fails 2 'No such file' inspect init http://127.0.0.1:1 --token-file "$dir/none" -o -
fails 2 'check wants one plan' inspect check
fails 2 'cannot read the plan' inspect check "$dir/none.yaml"
run "$PANELSHOT" inspect init --sample
expect "--sample prints the manual of plans" cmp -s "$dir/stdout" "$SOURCE/data/plan/plan.yaml"

mkfifo "$dir/port"
"$PANELSHOT" serve --demo --listen 127.0.0.1:0 --ready-fd 4 4>"$dir/port" 2>"$dir/log" &
server=$!
read -r port <"$dir/port"
demo=http://127.0.0.1:$port/demo
plan=$dir/demo.yaml

run "$PANELSHOT" inspect init "$demo" -o "$plan"
expect_status 0 "init"
expect "init says what comes next on stderr" grep -qF "inspect check $plan" "$dir/stderr"
expect "init writes nothing to stdout" test ! -s "$dir/stdout"
expect "the plan has the dashboard, with its panels" grep -q '^  - uid: demo .*: 11 panels, varies by \$region$' "$plan"
fails 2 'is there already' inspect init "$demo" -o "$plan"
run "$PANELSHOT" inspect init --grafana "$demo/" -o "$plan" --force
expect_status 0 "init --force"
run "$PANELSHOT" inspect init "$demo" -o -
expect "init -o -" grep -q '^grafana:' "$dir/stdout"
fails 6 'there is no Grafana at' inspect init "http://127.0.0.1:$port" -o -

run "$PANELSHOT" inspect check "$plan"
expect_status 0 "check"
expect "check counts" grep -qx '1 dashboard, 11 panels, 3 ranges, 1 set of variables: 33 pictures in 3 visits' "$dir/stdout"
expect "check says nothing else" test ! -s "$dir/stderr"
run "$PANELSHOT" inspect check "$plan" --json --now 2026-11-25T08:00:00Z
expect_status 0 "check --json"
expect "check --json counts" grep -q '"pictures" : 33' "$dir/stdout"
expect "check --now" grep -q '"to" : 1795593600000' "$dir/stdout"
fails 2 '--now "noon": want a time' inspect check "$plan" --now noon
fails 2 'only' inspect check "$plan" --only nonsense

cat >"$dir/wide.yaml" <<END
grafana: {address: "$demo"}
timezone: UTC
ranges: [yesterday, last 1h]
variables: {region: all}
dashboards:
  - folder: "示例 · Samples"
    exclude: [{kind: text}]
    panels: [{id: 3, ranges: [last 7d]}]
END
run "$PANELSHOT" inspect check "$dir/wide.yaml"
expect_status 0 "check of all values"
expect "variables multiply" grep -q '9 × 5 = 45 pictures$' "$dir/stdout"
expect "a panel with a range of its own" grep -q 'last 7d .* 1 × 5 = 5 pictures$' "$dir/stdout"
expect "the total" grep -q ' 95 pictures in 15 visits$' "$dir/stdout"
run "$PANELSHOT" inspect check "$dir/wide.yaml" --only panel='可用率*'
expect "--only" grep -q ' 5 pictures in 5 visits$' "$dir/stdout"

cat >"$dir/wrong.yaml" <<END
grafana: {address: "$demo"}
ranges: [last 1h]
dashboards:
  - uid: dema
  - uid: demo
    variables: {regoin: all}
END
run "$PANELSHOT" inspect check "$dir/wrong.yaml"
expect_status 2 "check of a plan with mistakes"
expect "all mistakes at once" test "$(grep -c '^panelshot: .*wrong.yaml:[45]: .*did you mean' "$dir/stderr")" -eq 2
expect "nothing on stdout" test ! -s "$dir/stdout"
run "$PANELSHOT" inspect check "$dir/wrong.yaml" --json
expect_status 2 "check --json of a plan with mistakes"
expect "mistakes as JSON" grep -q '"code" : "usage"' "$dir/stdout"
printf 'grafana: x\nrangs: [a]\ndashboards: [{uid: a, colour: b}]\n' >"$dir/bad.yaml"
run "$PANELSHOT" inspect check "$dir/bad.yaml"
expect_status 2 "check of what is no plan"
expect "a line for each" test "$(grep -c '^panelshot: .*bad.yaml:[123]: ' "$dir/stderr")" -eq 3

kill "$server"
wait "$server"
run "$PANELSHOT" inspect check "$plan"
expect_status 5 "check without Grafana"
finish
