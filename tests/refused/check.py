#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks that what must not compile does not, and says why.

    check.py <compiler> <flags>...

Each slip is three lines of a table, tests/refused/*.txt:

    refused   an expression that must not compile
    because   words that the compiler's error must hold
    accepted  its twin, which must compile, so that no slip fails for a wrong
              reason (on one line)

Slips of lifetimes.txt are refused by a compiler that knows
[[clang::lifetimebound]], which is clang; others leave that table out.

All that must be refused is compiled as one file, and the errors are told apart
by their places, which are lines of the tables.
"""

import os
import pathlib
import re
import subprocess
import sys

PRELUDE = """\
#include <runnel/runnel.hpp>
#include <filesystem>
#include <ranges>
#include <string>
#include <utility>
#include <vector>
using namespace runnel;
extern Command const a, b, c, x, y, z;
extern std::string s;
extern std::vector<std::string> words;
extern std::filesystem::path path;
extern std::ranges::owning_view<std::vector<std::string>> owned;
extern Popen p;
"""

COLUMN = 10  # where the texts of a table begin
TABLES = pathlib.Path(__file__).parent
NEEDS_CLANG = "lifetimes.txt"
PLACE = re.compile(r"^(\w+\.txt):(\d+):", re.M)


def is_clang(compiler):
    version = subprocess.run([compiler, "--version"], capture_output=True,
                             text=True)
    return "clang" in version.stdout


def slips(with_clang):
    """Gives, of each slip: table, number of its first line, its three lines."""
    keys = ("refused", "because", "accepted")
    for table in sorted(TABLES.glob("*.txt")):
        if table.name == NEEDS_CLANG and not with_clang:
            continue
        lines = table.read_text().split("\n")
        numbers = [n for n, line in enumerate(lines)
                   if line and not line.startswith("#")]
        for first in numbers[::3]:
            slip = [line.split(None, 1) for line in lines[first:first + 3]]
            if tuple(entry[0] for entry in slip if entry) != keys:
                sys.exit(f"{table}:{first + 1}: want {', '.join(keys)}")
            yield table.name, first + 1, [text for _, text in slip]


def function(table, line, expression):
    """A function of one expression, in the very place that the table has it."""
    return (f'#line {line - 1} "{table}"\nvoid slip() {{ (void)(\n'
            f"{' ' * COLUMN}{expression}); }}\n")


def compiler_says(command, functions):
    """Compiles them, each in a namespace of its own."""
    spaces = (f"namespace slip_{n} {{\n{text}}}\n"
              for n, text in enumerate(functions))
    return subprocess.run(
        command + ["-fsyntax-only", "-x", "c++", "-"],
        input=PRELUDE + "".join(spaces), capture_output=True, text=True,
        cwd=TABLES, env=os.environ | {"LC_ALL": "C"}).stderr


def errors_by_place(messages):
    """What the errors of each place say.

    An error inside of a template names the place before its text (g++) or
    after it (clang).
    """
    found = {}
    part = []

    def take():
        says = "\n".join(line for line in part
                         if re.search(": error: |explicitly deleted", line))
        for place in set(PLACE.findall("\n".join(part))) if says else ():
            found[place] = found.get(place, "") + says + "\n"

    for line in messages.split("\n"):
        if (": In instantiation of" in line
                or ": error: " in line and any(": error: " in l for l in part)):
            take()
            part = []
        part.append(line)
    take()
    return found


def main():
    command = sys.argv[1:] + ["-Werror=unused-result", "-Werror=unused-value"]
    with_clang = is_clang(command[0])
    if with_clang:
        command += ["-Werror=return-stack-address", "-Werror=dangling"]
    everything = list(slips(with_clang))

    twins = compiler_says(
        command, (function(table, line + 2, accepted)
                  for table, line, (_, _, accepted) in everything))
    if twins:
        sys.exit(f"what must compile does not:\n{twins}")

    bad = ""
    errors = errors_by_place(compiler_says(
        command, (function(table, line, refused)
                  for table, line, (refused, _, _) in everything)))
    for table, line, (refused, because, _) in everything:
        says = errors.get((table, str(line)))
        if says is None:
            bad += f"{table}:{line}: this compiles: {refused}\n"
        elif because not in says:
            bad += f"{table}:{line}: wanted: {because}\n{says}"

    if bad:
        sys.exit(bad)
    print(f"ok: {len(everything)} slips are refused, their twins compile")


main()
