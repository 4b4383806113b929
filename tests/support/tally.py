#!/usr/bin/env python3
"""tally.py: counts test cases, for tests/run

  tally.py junit FILE STATUS   of meson's testlog.junit.xml
  tally.py tap FILE STATUS     of the TAP of one node:test file
  tally.py failures FILE       the failed cases of that TAP, with their reasons

Prints "passed failed skipped". STATUS is the runner's exit status: a runner that failed although
no case did, or that left no result at all, counts as one failed case.
"""
import json
import os
import re
import sys
import xml.etree.ElementTree


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def count_junit(path):
    passed = failed = skipped = failed_programs = 0
    # Tests may print characters that XML forbids.
    text = re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", read(path))
    for suite in xml.etree.ElementTree.fromstring(text) if text else ():
        bad = 0
        for case in suite.findall("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                bad += 1
            elif case.find("skipped") is not None:
                skipped += 1
            else:
                passed += 1
        failed += bad
        failed_programs += bad > 0

    # A program that died between two cases has no failed case; only the other log tells of it.
    rows = [json.loads(line) for line in read(os.path.join(os.path.dirname(path), "testlog.json")).splitlines()]
    broken = sum(row["result"] not in ("OK", "SKIP", "EXPECTEDFAIL") for row in rows)
    return passed, failed + max(0, broken - failed_programs), skipped


def count_tap(path):
    text = read(path)

    def total(word):
        found = re.findall(rf"^# {word} (\d+)$", text, re.M)
        return int(found[-1]) if found else 0

    if re.search(r"^# tests \d+$", text, re.M):
        return total("pass"), total("fail") + total("cancelled"), total("skipped") + total("todo")
    # Cut short: what it had reported by then, and the end itself is the failure.
    skipped = len(re.findall(r"^(?:not )?ok \d.* # (?:SKIP|TODO)", text, re.M))
    passed = len(re.findall(r"^ok \d(?!.* # (?:SKIP|TODO))", text, re.M))
    failed = len(re.findall(r"^not ok \d(?!.* # TODO)", text, re.M))
    return passed, failed + 1, skipped


def print_failures(text):
    lines = text.split("\n")
    printing = False
    shown = 0
    for line in lines:
        if re.match(r"\s*not ok ", line):
            printing = "# TODO" not in line
        elif re.match(r"\s*(ok \d|# Subtest|1\.\.\d)", line):
            printing = False
        if printing and shown < 200:
            print(line)
            shown += 1
    if shown == 0:
        print("\n".join(lines[-60:]))


def main():
    verb, path = sys.argv[1:3]
    if verb == "failures":
        print_failures(read(path))
        return
    passed, failed, skipped = count_junit(path) if verb == "junit" else count_tap(path)
    if failed == 0 and (sys.argv[3] != "0" or passed + skipped == 0):
        failed = 1
    print(passed, failed, skipped)


if __name__ == "__main__":
    main()
