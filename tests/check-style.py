#!/usr/bin/env python3
"""check-style.py: the rules of CONTRIBUTING.md that a program can check

  tests/check-style.py            checks every C file, and the width of scripts
  tests/check-style.py --files    the C sources that clang-format decides about, one a line

A finding is "file:line: rule: message". A line is excused by a comment on it or just above it,
"nocheck:rule reason"; rules about a whole file or header are excused in its first 30 lines, rules
about a function on the line that names it. A waiver without a reason is a finding itself.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MAX_COLUMNS = 120  # clang-format aims at 100 but leaves long strings alone
MAX_SCRIPT_COLUMNS = 170
MAX_FUNCTION = 80
MAX_FILE = 800
MAX_NESTING = 4
MAX_OPENING = 20

# Which directories of src a directory may include from; its own is understood.
ARROWS = {
    "base": set(),
    "web": {"base"},
    "job": {"base"},
    "encode": {"base"},
    "webext": {"base"},
    "engine": {"base", "job", "encode", "webext"},
    "egress": {"base"},
    "pool": {"base", "job"},
    "http": {"base", "web", "job", "egress", "pool"},
    "archive": {"base"},
    "grafana": {"base", "web"},
    "inspect": {"base", "web", "job", "encode", "pool", "archive", "grafana"},
    "notify": {"base", "web", "archive", "inspect", "grafana"},
    "report": {"base", "web", "job", "encode", "pool", "archive", "grafana", "inspect"},
    "review": {"base", "web", "job", "pool", "http", "archive", "grafana", "inspect", "notify", "report"},
    "cli": {"base", "job", "egress", "pool", "http", "encode", "archive", "grafana", "inspect", "notify", "report", "review"},
    "": {"base", "job", "egress", "pool", "http", "encode", "cli"},
}

# Headers of other projects that stay inside some directories.
FOREIGN = [
    (re.compile(r"(gtk|gdk|gsk|webkit)/"), {"engine", "webext"}),
    (re.compile(r"wayland-|.*-server-protocol\.h"), {"engine"}),
    (re.compile(r"zlib\.h"), {"encode"}),
    (re.compile(r"libsoup/"), {"engine", "http", "web", "webext"}),
    (re.compile(r"curl/"), {"notify"}),
]

BANNED = [
    ("exit", r"(?:exit|abort|g_error|g_abort)\s*\(", "return an error; only a main.c ends the process", "main tests"),
    ("sleep", r"(?:g_)?(?:u|nano)?sleep\s*\(", "wait for the event, or use a timeout source", "tests"),
    ("iterate", r"g_main_context_iteration\s*\(", "only main.c and tests turn the main context", "main tests"),
    ("string", r"(?:strcpy|strcat|v?sprintf|gets|strtok|atoi)\s*\(", "use the GLib counterpart", "tests"),
    ("shell", r"(?:system|popen|g_spawn_command_line_\w+)\s*\(", "start a program with an argument vector", ""),
    ("goto", r"goto\s+\w+\s*;", "use g_auto cleanup and guard clauses", ""),
    ("qdata", r"g_object_(?:set_data|set_data_full|set_qdata)\s*\(", "store it in a named field", ""),
    ("types", r"g(?:char|int|short|long)\b", "write char, int, short or long", ""),
    ("include", r"#\s*include\s+\"[^\"]*\.\./", "include paths never climb", ""),
]

findings = []


def blank(text):
    """The same text with comments and literals blanked out, line ends kept."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

    def replace(match):
        piece = match.group(0)
        if piece[0] in "\"'":
            return piece[0] + " " * (len(piece) - 2) + piece[0]
        return re.sub(r"[^\n]", " ", piece)

    return pattern.sub(replace, text)


class Source:
    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            self.text = file.read()
        self.lines = self.text.split("\n")
        self.code = blank(self.text).split("\n")
        parts = path.split("/")
        self.area = parts[0]
        self.directory = parts[1] if self.area == "src" and len(parts) > 2 else ""

    def excused(self, rule, line):
        near = self.lines[max(0, line - 2):line] if line else self.lines[:30]
        return any(re.search(rf"nocheck:{rule}\b", text) for text in near)

    def report(self, rule, line, message):
        if not self.excused(rule, line):
            findings.append(f"{self.path}:{max(line, 1)}: {rule}: {message}")


def check_lines(source, width):
    for number, line in enumerate(source.lines, 1):
        if len(line) > width:
            source.report("width", number, f"{len(line)} columns, at most {width}")
        if line != line.rstrip():
            source.report("blank", number, "white space at the end of the line")
        if "\t" in line:
            source.report("tab", number, "a tab; indent with spaces")
        waiver = re.search(r"nocheck:(\w+)(.*)", line)
        if waiver and not re.search(r"\w\w", waiver.group(2)):
            findings.append(f"{source.path}:{number}: waiver: say why after nocheck:{waiver.group(1)}")


def check_file(source):
    count = len(source.lines)
    if count > MAX_FILE:
        source.report("length", 0, f"{count} lines, at most {MAX_FILE}")
    if not source.text.endswith("\n"):
        source.report("blank", count, "no line end at the end of the file")


def check_header(source):
    if "#pragma once" not in source.text:
        source.report("once", 0, "a header needs #pragma once")
    if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(source.lines[:30]):
        source.report("licence", 0, "a header needs SPDX-License-Identifier: Apache-2.0")
    if not source.lines[0].startswith(f"/* {source.name}: "):
        source.report("opening", 0, f"a header opens with “/* {source.name}: what it is”")
    end = next((i for i, line in enumerate(source.lines, 1) if "*/" in line), 0)
    if end > MAX_OPENING:
        source.report("opening", 0, f"the opening comment has {end} lines, at most {MAX_OPENING}")


def check_functions(source):
    """Definitions have their name in column 0 and their braces too; clang-format sees to that."""
    name, name_line, start = None, 0, 0
    depth, deepest, deepest_line = 0, 0, 0
    for number, line in enumerate(source.code, 1):
        if start == 0:
            match = re.match(r"([A-Za-z_]\w*) \(", line)
            if match:
                name, name_line = match.group(1), number
            if line == "{" and name:
                start, depth, deepest = number, 0, 0
        if start == 0:
            continue
        for char in line:
            depth += (char == "{") - (char == "}")
            if depth > deepest:
                deepest, deepest_line = depth, number
        if line == "}":
            length = number - start - 1
            if length > MAX_FUNCTION and not name.endswith("_class_init"):
                source.report("function", name_line, f"{name} has {length} lines, at most {MAX_FUNCTION}")
            if deepest - 1 > MAX_NESTING:
                source.report("nesting", deepest_line, f"{name} nests {deepest - 1} deep, at most {MAX_NESTING}")
            name, start = None, 0


def check_banned(source):
    for rule, pattern, message, exempt in BANNED:
        if "main" in exempt and source.name == "main.c":
            continue
        if "tests" in exempt and source.area == "tests":
            continue
        lines = source.lines if rule == "include" else source.code
        for number, line in enumerate(lines, 1):
            if re.search(rf"(?<![\w.>]){pattern}", line):
                source.report(rule, number, message)


def check_includes(source, homes):
    includes = [(number, match.group(1), match.group(2)) for number, line in enumerate(source.lines, 1)
                if (match := re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line))]
    if source.name.endswith(".c") and (not includes or includes[0][2] != "config.h"):
        source.report("config", includes[0][0] if includes else 0, "include config.h first")
    for number, _, name in includes:
        for pattern, homes_allowed in FOREIGN:
            if pattern.match(name) and source.directory not in homes_allowed:
                source.report("foreign", number, f"{name} may be included in {', '.join(sorted(homes_allowed))} only")
        home = homes.get(name)
        if home is not None and home != source.directory and home not in ARROWS.get(source.directory, set()):
            source.report("arrow", number, f"{source.directory or 'main'} may not include from {home}")


def find(root, endings, skip=("node_modules", ".git", "subprojects")):
    for folder, folders, files in os.walk(os.path.join(ROOT, root)):
        folders[:] = sorted(f for f in folders if f not in skip and not f.startswith(("build", "dist")))
        for file in sorted(files):
            if file.endswith(endings):
                yield os.path.relpath(os.path.join(folder, file), ROOT)


def main():
    c_files = [*find("src", (".c", ".h")), *find("tests", (".c", ".h"))]
    if "--files" in sys.argv:
        print("\n".join(path for path in c_files if path.endswith(".c")))
        return 0
    sources = [Source(path) for path in c_files]
    homes = {}
    for source in sources:
        if source.area != "src" or not source.name.endswith(".h"):
            continue
        if source.name in homes:
            source.report("name", 0, f"another directory has a {source.name} too; includes name no directory")
        homes[source.name] = source.directory
    for source in sources:
        check_lines(source, MAX_COLUMNS)
        check_file(source)
        check_banned(source)
        if source.name.endswith(".h"):
            check_header(source)
        else:
            check_functions(source)
        if source.area == "src":
            check_includes(source, homes)
    for path in [*find("data", (".js",)), *find("tests", (".js", ".mjs", ".py"))]:
        check_lines(Source(path), MAX_SCRIPT_COLUMNS)
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} findings", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
