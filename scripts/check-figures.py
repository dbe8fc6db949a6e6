#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks the figures of docs/reliability.md against the tests.

    scripts/check-figures.py            fails if a figure is not true
    scripts/check-figures.py --write    writes the figures into the page

A figure is a number and a unit, such as "65 calls". "over 2100 cases" is rounded down, so that
it does not change with every case.
"""

import importlib.util
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reliability.md"
TESTS = ROOT / "tests"
sys.dont_write_bytecode = True
sys.path[:0] = [str(TESTS), str(TESTS / "refused"), str(TESTS / "differential/python"),
                str(ROOT / "scripts")]

CASE = re.compile(r"^(?:TEST|SCENARIO|TEMPLATE_TEST)_CASE(?:_METHOD)?\(.*?^\}", re.M | re.S)


def cases(folder=".", has="", lacks=None):
    """How many there are below a folder, with and without a word inside."""
    return sum(has in case and (lacks is None or lacks not in case) for file in (TESTS / folder).rglob("*.test.cpp")
               for case in CASE.findall(file.read_text()))


def rows(are_listed):
    import row_coverage
    table = row_coverage.page()
    listed = row_coverage.reasons(table)
    return len(listed) if are_listed else len(table) - len(listed)


def pairs_with_python():
    import cases as python
    return sum(len(list(group())) for group in python.GROUPS.values())


def mistakes():
    import check
    return len(list(check.slips(True)))


def messages():
    spec = importlib.util.spec_from_file_location("errors", ROOT / "scripts/check-errors.py")
    errors = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(errors)
    return len({tuple(parts) for _, _, parts in errors.messages()})


def matches(file, pattern):
    return len(re.findall(pattern, (ROOT / file).read_text(), re.M))


def snippets(that_print):
    count = 0
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        text = page.read_text()
        if that_print:
            count += text.count("<!-- prints -->")
        else:
            blocks = re.findall(r"((?:^<!--(?:(?!-->).)*-->\s*\n)*)^```cpp", text, re.M | re.S)
            count += sum("no-compile" not in notes and "from:" not in notes for notes in blocks)
    return count


# unit, how it is rounded, the figure
FIGURES = [
    ("cases |", 100, lambda: cases()),
    ("rows tested", 1, lambda: rows(False)),
    ("rows with a reason", 1, lambda: rows(True)),
    ("pairs of results", 100, pairs_with_python),
    ("cells", 1, lambda: int(re.search(
        r"cells run: (\d+)", (TESTS / "crossed/crossed.test.cpp").read_text())[1])),
    ("properties", 1, lambda: cases("model", lacks="[.]")),
    ("mistakes", 10, mistakes),
    ("files", 1, lambda: len(list((TESTS / "clean").glob("*.cpp")))),
    ("messages", 10, messages),
    ("calls", 1, lambda: matches("tests/support/calls.def", r"^RUNNEL_CALL\(")),
    ("situations", 1, lambda: cases("memory")),
    ("cases |", 100, lambda: cases(has="NoLeaks")),
    ("guards", 1, lambda: cases(has="[guard]")),
    ("layers", 1, lambda: len(re.search(
        r"tests_of tsan (.*)", (ROOT / ".ci/run").read_text())[1].split())),
    ("parsers", 1, lambda: len(list((TESTS / "fuzz").glob("*.cpp")))),
    ("limits", 1, lambda: cases("counts") + cases("allocations")),
    ("snippets", 50, lambda: snippets(False)),
    ("outputs", 10, lambda: snippets(True)),
]


def main():
    text, at, wrong = PAGE.read_text(), 0, []
    for unit, step, count in FIGURES: # in the order of the page
        found = re.compile(rf"(?:over )?\d+ {re.escape(unit)}").search(text, at)
        if not found:
            sys.exit(f"{PAGE.name} has no figure of {unit}")
        number = count()
        right = f"{number} {unit}" if step == 1 else f"over {(number - 1) // step * step} {unit}"
        if found[0] != right:
            wrong.append(f"{PAGE.name} says \"{found[0]}\" and should say \"{right}\"")
        text = text[:found.start()] + right + text[found.end():]
        at = found.start() + len(right)
    if "--write" in sys.argv[1:]:
        PAGE.write_text(text)
    elif wrong:
        sys.exit("\n".join(wrong) + "\nscripts/check-figures.py --write")
    print(f"ok: {len(FIGURES)} figures of {PAGE.name} are true")


main()
