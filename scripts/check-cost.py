#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks what runnel adds to a program and to the time of its compiler.

    scripts/check-cost.py LIBRARY [--compiler g++] [--rounds N]

LIBRARY is a static librunnel.a of a release build. Prints a table, each row with its
limit, and fails if a limit is passed. Sizes are KiB of stripped programs that contain
the library, linked with --gc-sections, or of code in one object file. Times are CPU
seconds of the compiler, as multiples of those of <ranges>, <string> and <vector>: the
median of the ratios of all rounds. bench/build_cost.py compares with Boost.
"""

import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = ["-std=c++20", "-O2", "-pthread", "-I", ROOT / "include"]

# KiB of a stripped program.
PROGRAMS = {"run and lines": ("run_and_lines.cpp", 675), "Popen alone": ("popen.cpp", 290)}

# KiB of code in the object file of 100 functions that each run a pipeline of three.
CALLS = 58

# The time of an include, as a multiple. A busy machine changes it by a tenth.
BASE = ["ranges", "string", "vector"]
HEADERS = {
    # What the public headers cannot do without.
    "the standard headers of popen.hpp": (
        [*BASE, "chrono", "memory", "optional", "system_error"],
        None,
    ),
    "runnel/popen.hpp": (["runnel/popen.hpp"], 2.5),
    "runnel/run.hpp": (["runnel/run.hpp"], 2.7),
    "runnel/runnel.hpp": (["runnel/runnel.hpp"], 3.4),
}


def build(command):
    environment = os.environ | {"CCACHE_DISABLE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stderr}failed: {' '.join(map(str, command))}")
    return done.stdout


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Costs:
    """Measures, prints rows, and remembers whether all limits were kept."""

    def __init__(self, given, folder):
        self.compiler = given.compiler
        self.library = given.library
        self.rounds = given.rounds
        self.folder = pathlib.Path(folder)
        self.kept = True

    def row(self, name, value, limit, form):
        told = "" if limit is None else format(limit, form)
        verdict = ""
        if limit is not None and value > limit:
            self.kept = False
            verdict = "  too much"
        print(f"  {name:<40}{format(value, form):>8}{told:>8}{verdict}")

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def program_kib(self, source):
        binary = self.folder / "program"
        build([self.compiler, *FLAGS, "-ffunction-sections", "-fdata-sections", source]
              + [self.library, "-s", "-Wl,--gc-sections", "-o", binary])
        return binary.stat().st_size / 1024

    def programs(self):
        print("KiB of a stripped program")
        nothing = self.write("nothing.cpp", "#include <iostream>\nint main() { std::cout << 1; }\n")
        self.row("nothing but iostream", self.program_kib(nothing), None, ".0f")
        for name, (source, limit) in PROGRAMS.items():
            self.row(name, self.program_kib(ROOT / "tests" / "cost" / source), limit, ".0f")

    def calls(self):
        call = 'check(cmd("dmesg") | cmd("grep", "{0}") | cmd("wc", "-l"));'
        functions = "".join(f"void f{i}() {{ {call.format(i)} }}\n" for i in range(100))
        text = f"#include <runnel/runnel.hpp>\nusing namespace runnel;\n{functions}"
        source = self.write("calls.cpp", text)
        built = source.with_suffix(".o")
        build([self.compiler, *FLAGS, "-c", source, "-o", built])
        sizes = build(["size", built]).splitlines()[1].split()
        print("KiB of code")
        self.row("100 x check(a | b | c)", int(sizes[0]) / 1024, CALLS, ".0f")

    def seconds(self, includes):
        text = "".join(f"#include <{header}>\n" for header in includes)
        source = self.write("header.cpp", text)
        before = cpu_seconds()
        build([self.compiler, *FLAGS, "-c", source, "-o", source.with_suffix(".o")])
        return cpu_seconds() - before

    def headers(self):
        print(f"time to compile, as a multiple of <{'>, <'.join(BASE)}>")
        ratios = {name: [] for name in HEADERS}
        for _ in range(self.rounds):
            for name, (includes, _limit) in HEADERS.items():
                ratios[name].append(self.seconds(includes) / self.seconds(BASE))
        for name, (_includes, limit) in HEADERS.items():
            self.row(name, statistics.median(ratios[name]), limit, ".2f")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", type=pathlib.Path, metavar="LIBRARY")
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        costs = Costs(given, folder)
        print(f"  {'':<40}{'now':>8}{'limit':>8}")
        costs.programs()
        costs.calls()
        costs.headers()
    sys.exit(0 if costs.kept else "a limit was passed: see above")


if __name__ == "__main__":
    main()
