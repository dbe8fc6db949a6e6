#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Counts the lines of code of the examples: neither blank nor only a comment.

usage: count-lines.py [--fix]

Without an option, fails if the column "now" of the table in docs/examples.md differs;
with --fix, writes it."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/examples.md"
ROW = re.compile(r"^\| \d+ \| .*?\| (?P<files>[^|]*) \| *(?P<before>\d+) \| *(?P<now>\d+) \|")


def lines_of(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    return sum(1 for line in text.splitlines()
               if line.strip() and not line.strip().startswith("//"))


def counted(row):
    """The row with the number of lines as they are."""
    found = ROW.match(row)
    if found is None:
        return row
    files = re.findall(r"\]\(\.\./(examples/[^)]*)\)", found["files"])
    now = sum(lines_of(ROOT / file) for file in files)
    return row[:found.start("now")] + str(now) + row[found.end("now"):]


def main():
    old = PAGE.read_text()
    new = "".join(counted(row) for row in old.splitlines(keepends=True))
    if "--fix" in sys.argv[1:]:
        PAGE.write_text(new)
    elif new != old:
        print("docs/examples.md: the lines are not those of the examples; "
              "run scripts/count-lines.py --fix", file=sys.stderr)
        return 1
    print("ok: the lines in docs/examples.md are those of the examples")
    return 0


sys.exit(main())
