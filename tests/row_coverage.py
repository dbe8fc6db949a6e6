#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks that every row of Python's subprocess is tested, or listed with a reason.

The rows are those of the tables in docs/subprocess.md. A row is tested if a
case that is not hidden has the tag [row:ID], or if a comment of a table in
tests/refused names it so. It is listed if its last cell begins with
"listed: " and a reason. The faults of bad input, [fault:I01] to [fault:I17],
must have a case each as well.
"""

import pathlib
import re
import sys

GROUPS = {  # letter: first and last number, what it is about
    "R": (1, 12, "run"),
    "C": (1, 6, "CompletedProcess"),
    "V": (1, 3, "special values"),
    "P": (1, 57, "Popen"),
    "M": (1, 15, "methods of Popen"),
    "A": (1, 7, "attributes of Popen"),
    "E": (1, 10, "exceptions"),
    "O": (1, 7, "older functions"),
    "Q": (0, 17, "replacing older functions"),
    "L": (1, 6, "legacy shell helpers"),
    "S": (1, 4, "security"),
    "N": (1, 4, "notes"),
    "W": (1, 18, "Windows"),
}
ROWS = [f"{letter}{number:02}" for letter, (first, last, _) in GROUPS.items()
        for number in range(first, last + 1)]
FAULTS = [f"I{number:02}" for number in range(1, 18)]

TESTS = pathlib.Path(__file__).parent
PAGE = TESTS.parent / "docs" / "subprocess.md"

STRING = r'"((?:[^"\\]|\\.)*)"'
CASE = re.compile(rf"TEST_CASE\(\s*((?:{STRING}\s*)+),\s*((?:{STRING}\s*)+)[,)]")
ROW = re.compile(r"^\| ([A-Z]\d+) \|")
HIDDEN = re.compile(r"\[\.|\[!hide\]")


def page():
    """The ids in the page, in its order, each with its last cell."""
    rows = []
    for line in PAGE.read_text().splitlines():
        if found := ROW.match(line):
            cells = re.split(r"(?<!\\)\|", line)
            rows.append((found[1], cells[-2].strip() if len(cells) == 5 else ""))
    return rows


def reasons(rows):
    """Of the rows that are listed: why."""
    return {row: cell.removeprefix("listed:").strip()
            for row, cell in rows if cell.startswith("listed:")}


def cases(kind):
    """The tags [kind:ID] of every case that runs, one by one."""
    for file in sorted(TESTS.rglob("*.test.cpp")):
        for case in CASE.finditer(file.read_text()):
            tags = "".join(re.findall(STRING, case[3]))
            if not HIDDEN.search(tags):
                yield from re.findall(rf"\[{kind}:([^\]]*)\]", tags)


def refusals():
    """The rows that a comment of what must not compile names."""
    for table in sorted(TESTS.glob("refused/*.txt")):
        for comment in re.findall(r"^#.*$", table.read_text(), re.M):
            yield from re.findall(r"\[row:([^\]]*)\]", comment)


def wrong_in_page(rows, listed):
    ids = [row for row, _ in rows]
    yield from (f"{row} is not in {PAGE.name}" for row in ROWS if row not in ids)
    yield from (f"{row} is in {PAGE.name}, but there is no such row"
                for row in ids if row not in ROWS)
    yield from (f"{row} is in {PAGE.name} more than once"
                for row in sorted(set(ids)) if ids.count(row) > 1)
    yield from (f"{row} does not have three cells, or says nothing"
                for row, cell in rows if not cell)
    yield from (f"{row} is listed without a reason"
                for row, why in listed.items() if not why)


def wrong_in_tests(tags, listed, faults):
    yield from (f"{row} has neither a test nor a reason"
                for row in ROWS if row not in tags and row not in listed)
    yield from (f"{row} is listed, but has a test"
                for row in listed if row in tags)
    yield from (f"[row:{tag}] names no row"
                for tag in sorted(set(tags)) if tag not in ROWS)
    yield from (f"fault {fault} has no test"
                for fault in FAULTS if fault not in faults)
    yield from (f"[fault:{fault}] names no fault" for fault in sorted(set(faults))
                if fault.startswith("I") and fault not in FAULTS)


def print_groups(tags, listed):
    for letter, (_, _, about) in GROUPS.items():
        rows = [row for row in ROWS if row[0] == letter]
        apart = sum(row in listed for row in rows)
        tested = sum(row in tags for row in rows)
        count = sum(tag[:1] == letter for tag in tags)
        print(f"{letter}  {about:26}{len(rows):3} rows: {tested:2} tested, "
              f"{apart:2} listed; {count} times")


def print_listed(listed):
    print("\nlisted:")
    for why in dict.fromkeys(listed.values()):
        rows = " ".join(row for row in listed if listed[row] == why)
        print(f"  {why}:\n    {rows}")


def main():
    rows = page()
    listed = reasons(rows)
    tags = [*cases("row"), *refusals()]
    faults = list(cases("fault"))

    print_groups(tags, listed)
    print_listed(listed)
    print(f"\nfaults of bad input: {len({*FAULTS} & {*faults})} of {len(FAULTS)}")
    wanted = [row for row in ROWS if row not in listed]
    print(f"row coverage: {sum(row in tags for row in wanted)} of {len(wanted)}, "
          f"{len(listed)} listed apart")
    wrong = [*wrong_in_page(rows, listed), *wrong_in_tests(tags, listed, faults)]
    sys.exit("\n".join(["", *wrong]) if wrong else 0)


if __name__ == "__main__":
    main()
