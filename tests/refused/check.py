#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks that what must not compile does not, and says why.

    check.py <compiler> <flags>...

Each slip is three lines of a table, tests/refused/*.txt:

    refused   an expression that must not compile
    because   words that the first line of the compiler's error must hold
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
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <ranges>
#include <string>
#include <utility>
#include <vector>
using namespace runnel;
using namespace std::chrono_literals;
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
MOST_LINES = 15  # that a compiler may say of one slip
NEXT = re.compile(r": In (instantiation|substitution|member function|function|lambda) |"
                  r": In instantiation of|^In file included from")
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


def unescaped(line):
    """A line of g++ shows text as C++ does, with backslashes."""
    return re.sub(r"\\([\\\"'])", r"\1", line)


def by_place(messages):
    """Gives, of each place: the first line that says what is wrong, and how many
    lines there are.

    An error inside of a template names the place before its text (g++) or
    after it (clang).
    """
    found = {}
    part = []

    def take():
        says = [line for line in part if ": error: " in line]
        for place in set(PLACE.findall("\n".join(part))) if says else ():
            first, count = found.get(place, (unescaped(says[0]), 0))
            found[place] = first, count + len(part)

    for line in messages.rstrip("\n").split("\n"):
        if (NEXT.search(line)
                or ": error: " in line and any(": error: " in l for l in part)):
            take()
            part = []
        part.append(line)
    take()
    return found


def said(command, everything):
    """What the compiler says of all slips: see by_place."""
    return by_place(compiler_says(
        command, (function(table, line, refused)
                  for table, line, (refused, _, _) in everything)))


def flags_of(command):
    """Warnings that are errors here."""
    flags = ["-Werror=unused-result", "-Werror=unused-value"]
    if is_clang(command[0]):
        flags += ["-Werror=return-stack-address", "-Werror=dangling"]
    return flags


def main():
    command = sys.argv[1:] + flags_of(sys.argv[1:])
    everything = list(slips(is_clang(command[0])))

    twins = compiler_says(
        command, (function(table, line + 2, accepted)
                  for table, line, (_, _, accepted) in everything))
    if twins:
        sys.exit(f"what must compile does not:\n{twins}")

    bad = ""
    found = said(command, everything)
    print("lines  slip")
    for table, line, (refused, because, _) in everything:
        first, count = found.get((table, str(line)), (None, 0))
        print(f"{count:5}  {refused}")
        if first is None:
            bad += f"{table}:{line}: this compiles: {refused}\n"
        elif because not in first:
            bad += f"{table}:{line}: wanted: {because}\n{first}\n"
        if count > MOST_LINES:
            bad += f"{table}:{line}: {count} lines, more than {MOST_LINES}\n"

    if bad:
        sys.exit(bad)
    print(f"ok: {len(everything)} slips are refused, in at most {MOST_LINES} lines;"
          " their twins compile")


if __name__ == "__main__":
    main()
