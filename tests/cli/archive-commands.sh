#!/bin/sh
# archive-commands.sh: panelshot archive, from a run to its export and back
#
# SPDX-License-Identifier: Apache-2.0
# Everything is brought to the disk at once, which a folder in memory makes quick.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "$(dirname "$0")/tap.sh"
unset PANELSHOT_ARCHIVE XDG_DATA_HOME
A="$dir/archive"
run "$PANELSHOT" archive --help
expect_status 0 "archive --help"
expect "archive --help is at most 80 wide" test "$(wc -L <"$dir/stdout")" -le 80
for command in list show verify export import backup prune verdict sign users token; do
  expect "archive --help names $command" grep -q "^  $command " "$dir/stdout"
done
for command in list show verify export import backup prune verdict sign users token; do
  run "$PANELSHOT" archive $command --help
  expect "archive $command --help fits a screen" \
    test "$status" -eq 0 -a "$(wc -L <"$dir/stdout")" -le 80 -a "$(wc -l <"$dir/stdout")" -le 24
  fails 2 "see \`panelshot archive $command --help\`" archive $command --frobnicate
done
fails 2 'unknown command "archive frobnicate"' archive frobnicate
fails 8 'there is no archive in it' archive list --archive "$dir/none"
expect "list makes no folder" test ! -e "$dir/none"
fails 8 '.local/share/panelshot/archive' archive list

head=$("$MAKE_ARCHIVE" "$A" daily 3 signed)
"$MAKE_ARCHIVE" "$A" weekly 2
export PANELSHOT_ARCHIVE="$A"

run "$PANELSHOT" archive list
expect "list: two runs and the size" sh -c "grep -q '^daily-20261125-081500 .* signed ' '$dir/stdout' &&
  grep -q '^weekly-20261125-081500 .* interrupted ' '$dir/stdout' &&
  grep -q '^2 runs, 5 cells, 13 files of ' '$dir/stdout' && grep -q '$head' '$dir/stdout'"
run "$PANELSHOT" archive list --plan weekly --json
expect "list --json" python3 -c "
import json, sys
d = json.load(open('$dir/stdout'))
assert [r['name'] for r in d['runs']] == ['weekly-20261125-081500'] and d['runs'][0]['interrupted']
assert d['archive']['chainHead'] == '$head' and d['archive']['objects'] == 13"
fails 2 'want running, done or signed' archive list --state over
fails 2 'want a number from 1 to 1000' archive list --limit 0
fails 8 'has no run "daily"' archive show daily
run "$PANELSHOT" archive show latest:daily --cells
expect "show" sh -c "grep -q '^signed by  ann' '$dir/stdout' && grep -q 'Operations / Panel 2' '$dir/stdout'"
run "$PANELSHOT" archive show 1 --cells --json
expect "show --json" python3 -c "
import json
d = json.load(open('$dir/stdout'))
assert len(d['cellList']) == 3 and d['signed']['head'] == '$head' and d['planText']"

run "$PANELSHOT" archive verify --head "$head"
expect "verify --head proves it" sh -c "[ $status -eq 0 ] && grep -q '^clean: 2 runs' '$dir/stdout' &&
  grep -q 'proves 1 of 1 signed runs' '$dir/stdout'"
run "$PANELSHOT" archive verify --head 0123456789abcdef0123456789abcdef
expect "verify of another head" sh -c "[ $status -eq 13 ] && grep -q 'no signed run has the head' '$dir/stdout'"
fails 2 'is no head' archive verify --head xyz

# Verdicts and sign-off.
fails 3 'signed off' archive verdict 1 abnormal
fails 2 'is not done' archive sign latest:weekly
fails 8 'no cell 99' archive verdict 99 ok
fails 2 'want ok, abnormal, ignored or none' archive verdict 4 fine
run "$PANELSHOT" archive verdict 4 abnormal --severity high --note 'three series gone' --user ann --json
expect "verdict" python3 -c "
import json
d = json.load(open('$dir/stdout'))
assert (d['kind'], d['severity'], d['by'], d['from'], d['revision']) == ('abnormal', 'high', 'ann', 'cli', 1)"

# Out, and in again elsewhere.
run "$PANELSHOT" archive export -o "$dir/out.zip" 1 latest:weekly
expect_status 0 "export"
fails 2 'File already exists: name another file' archive export -o "$dir/out.zip" 1
fails 2 'give -o FILE, and either' archive export -o "$dir/x.zip"
fails 8 'has no run' archive export -o "$dir/x.zip" 1 nothing
expect "nothing is left of an export that fails" test ! -e "$dir/x.zip"
mkdir "$dir/out"
expect "the export verifies with sha256sum alone" python3 -c "
import zipfile, subprocess
zipfile.ZipFile('$dir/out.zip').extractall('$dir/out')
subprocess.run(['sha256sum', '--quiet', '--strict', '-c', 'SHA256SUMS'], cwd='$dir/out', check=True)
sums = open('$dir/out/SHA256SUMS').read().splitlines()
files = [f for f in zipfile.ZipFile('$dir/out.zip').namelist() if f != 'SHA256SUMS']
assert sorted(line.split('  ')[1] for line in sums) == sorted(files)"
expect "a manifest's hash is the head" sh -c "sha256sum '$dir/out/runs/1/manifest.json' | grep -q '^$head '"
B="$dir/second"
run "$PANELSHOT" archive import "$dir/out.zip" --archive "$B"
expect_status 0 "import"
run "$PANELSHOT" archive verify --archive "$B" --head "$head"
expect_status 0 "the imported run proves itself"
fails 12 'is in this archive already' archive import "$dir/out.zip" --archive "$B"
python3 - "$dir" <<'END'
import sys, zipfile
d = sys.argv[1]
with zipfile.ZipFile(d + '/out.zip') as old, zipfile.ZipFile(d + '/bad.zip', 'w') as new:
    for name in old.namelist():
        data = old.read(name)
        new.writestr(name, data.replace(b'"ok"', b'"ignored"') if 'manifest' in name else data)
END
fails 3 'was changed after the export' archive import "$dir/bad.zip" --archive "$dir/third"
run "$PANELSHOT" archive verify --archive "$dir/third"
expect "nothing of a refused import is left" grep -q '^clean: 0 runs, 0 cells, 0 files' "$dir/stdout"

run "$PANELSHOT" archive backup "$dir/copy"
expect_status 0 "backup"
run "$PANELSHOT" archive verify --archive "$dir/copy" --head "$head"
expect_status 0 "a backup is an archive"
run "$PANELSHOT" archive prune --dry-run
expect "prune --dry-run" grep -q '^would remove [0-9]* files' "$dir/stdout"
cp -r "$A" "$dir/old"
python3 - "$dir/old/archive.db" <<'END'
import sqlite3, sys
# As if it had been captured two years ago.
db = sqlite3.connect(sys.argv[1])
db.execute('DROP TRIGGER runs_sealed')
db.execute('UPDATE runs SET started_ms = 1700000000000 WHERE retention_ms > 0')
db.commit()
END
run "$PANELSHOT" archive prune --archive "$dir/old"
expect "prune" grep -qE '^removed [0-9]+ files of .* from 3 cells of 1 runs' "$dir/stdout"
run "$PANELSHOT" archive show 1 --archive "$dir/old"
expect "show tells who pruned and why" grep -q '^pruned     3 cells, on .* by .*: plan daily keeps pictures for 1 days' "$dir/stdout"
picture=$(find "$A/objects" -type f | head -1)
rm -f "$picture"
run "$PANELSHOT" archive verify
expect "verify: a file is missing" sh -c "[ $status -eq 13 ] && grep -q 'is missing: of run' '$dir/stdout' &&
  grep -q '^NOT CLEAN' '$dir/stdout'"
expect "and the backup still has it" test -s "$dir/copy/${picture#"$A"/}"

# People.
echo 'a good password' >"$dir/password"
echo 'short' >"$dir/short"
run "$PANELSHOT" archive users add ann --role admin --password-file "$dir/password"
expect_status 0 "users add"
fails 12 'there is a user "Ann" already' archive users add Ann --role viewer
fails 2 'a password has 10 to 1024 bytes' archive users add bob --role viewer --password-file "$dir/short"
fails 2 'want viewer, reviewer or admin' archive users add bob --role boss
fails 3 'is the last admin' archive users disable ann
run "$PANELSHOT" archive users add bob --role viewer
run "$PANELSHOT" archive users role bob admin
run "$PANELSHOT" archive users disable ann
run "$PANELSHOT" archive users
expect "users" sh -c "grep -q '^ann .* admin .* disabled' '$dir/stdout' && grep -q '^bob .* by proxy alone' '$dir/stdout'"
run "$PANELSHOT" archive token add ci --role viewer --expires 720h
expect "token add prints it once" grep -qE '^pst_[A-Za-z0-9_-]{43}$' "$dir/stdout"
token=$(cat "$dir/stdout")
run "$PANELSHOT" archive token --json
expect "token list does not have it" sh -c "grep -q '\"ci\"' '$dir/stdout' && ! grep -q '$token' '$dir/stdout'"
run "$PANELSHOT" archive token remove 1
expect_status 0 "token remove"

# What is damaged, of another kind, or newer is refused and left as it was.
mkdir -p "$dir/damaged" "$dir/newer"
cp "$dir/copy/archive.db" "$dir/newer/archive.db"
head -c 8192 "$dir/copy/archive.db" >"$dir/damaged/archive.db"
python3 - "$dir/newer/archive.db" <<'END'
import sqlite3, sys
sqlite3.connect(sys.argv[1]).execute('PRAGMA user_version = 99').connection.commit()
END
for kind in damaged newer; do
  sum=$(sha256sum <"$dir/$kind/archive.db")
  for command in list users; do
    run "$PANELSHOT" archive $command --archive "$dir/$kind"
    expect_status 13 "$command of a $kind database"
  done
  run "$PANELSHOT" archive users add eve --role admin --archive "$dir/$kind"
  expect_status 13 "users add of a $kind database"
  expect "a $kind database is left as it was" test "$sum" = "$(sha256sum <"$dir/$kind/archive.db")"
done
fails 13 'of a newer panelshot' archive list --archive "$dir/newer"
finish
