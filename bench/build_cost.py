#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Measures what ten small programs cost to build with runnel and with Boost.Process.

usage: build_cost.py [options] [TASK...]

Each task is written twice, in tasks/runnel and in tasks/boost. Every file is compiled
at -O2 in each round, in an order that is shuffled for each round. After the first
round the programs are linked, and the two of each task are run and compared. The
script fails if they differ.

Times are CPU seconds of the compiler, without the linker. Sizes are those of stripped
programs that contain runnel, or Boost.Filesystem, as a static library, linked with
--gc-sections. Lines that are
blank, or only a comment, are not counted. `x Boost` is runnel's time divided by the time
of Boost.Process in the same round: the median of all rounds.
"""

import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
FLAGS = ["-std=c++20", "-O2", "-pthread"]
BOOST_LIBRARY = "-l:libboost_filesystem.a"

# What a file costs that does nothing, by what it includes.
HEADERS = ["", "runnel/runnel.hpp", "boost/process.hpp", "boost/process/v2.hpp"]

# Each program that a task runs; a stub of that name makes the task fail.
CHILDREN = ["awk", "cmp", "date", "grep", "ls", "sleep", "sort", "test", "wc"]


# --- what is printed ------------------------------------------------------------------


class Report:
    """Prints facts and tables, and writes them to `file` as lines of JSON, if given."""

    def __init__(self, file):
        self.file = file

    def record(self, kind, *words):
        if self.file:
            print(json.dumps([kind, *words]), file=self.file, flush=True)

    def fact(self, name, value):
        self.record("fact", name, value)
        print(f"{name:<10} {value}")

    def table(self, title, head, rows):
        self.record("title", title)
        self.record("head", *head)
        for row in rows:
            self.record("row", *row)
        print(f"\n{title}\n")
        print_aligned([head, *rows])
        sys.stdout.flush()


def print_aligned(rows):
    """The first column is of words, the others of numbers."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for number, row in enumerate(rows):
        cells = [cell.rjust(width) for cell, width in zip(row, widths)]
        print("  " + "   ".join([row[0].ljust(widths[0]), *cells[1:]]))
        if number == 0:
            print("  " + "-" * (sum(widths) + 3 * (len(widths) - 1)))


def cpu_model():
    info = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"^model name\s*: (.*)", info, re.MULTILINE)
    return found[1] if found else "unknown model"


def print_facts(report, given):
    names = [compiler_name(compiler) for compiler in given.compiler]
    report.fact("kernel", f"{platform.system()} {platform.release()} {platform.machine()}")
    report.fact("cpu", f"{cpu_model()}, {os.cpu_count()} of them")
    report.fact("load", f"{os.getloadavg()[0]:.2f} in the last minute, before this")
    report.fact("compiler", "; ".join(names))
    report.fact("Boost", boost_version(given.compiler[0]))
    report.fact("flags", " ".join(FLAGS))
    report.fact("rounds", f"{given.rounds}; medians of CPU seconds")
    report.fact("date", datetime.date.today().isoformat())


# --- programs and how they are built --------------------------------------------------


@dataclasses.dataclass
class Program:
    """A source file and what becomes of it."""

    source: pathlib.Path
    libraries: list
    binary: pathlib.Path
    seconds: list = dataclasses.field(default_factory=list)

    @property
    def object_file(self):
        return self.binary.with_suffix(".o")

    def lines(self):
        text = self.source.read_text(encoding="utf-8")
        lines = (line.strip() for line in text.splitlines())
        return sum(1 for line in lines if line and not line.startswith("//"))

    def time(self):
        return statistics.median(self.seconds)

    def kib(self):
        return self.binary.stat().st_size / 1024


@dataclasses.dataclass
class Task:
    """One task by two libraries."""

    name: str
    runnel: Program
    boost: Program

    def ratio(self):
        return ratio(self.runnel.seconds, self.boost.seconds)


def ratio(ours, theirs):
    return statistics.median(a / b for a, b in zip(ours, theirs))


def environment(**changes):
    """That of this script, with changes. ccache is off: it would hide the cost."""
    return os.environ | {"CCACHE_DISABLE": "1"} | changes


def output_of(command, text=""):
    """What the command prints. If the command fails, this script ends with it."""
    try:
        done = subprocess.run(
            command,
            input=text,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except OSError as error:
        sys.exit(f"cannot start {command[0]}: {error.strerror}")
    if done.returncode != 0:
        sys.exit(f"{done.stdout}failed: {' '.join(map(str, command))}")
    return done.stdout


def compiler_name(compiler):
    return output_of([compiler, "--version"]).splitlines()[0]


def boost_version(compiler):
    macros = output_of(
        [compiler, "-x", "c++", "-E", "-dM", "-"], "#include <boost/version.hpp>\n"
    )
    return re.search(r'BOOST_LIB_VERSION "(.*)"', macros)[1].replace("_", ".")


def cpu_seconds():
    """Of all child processes that have ended, and of their own children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compile_program(program, compiler):
    before = cpu_seconds()
    output_of(
        [compiler, *FLAGS, "-I", ROOT / "include", "-c", program.source]
        + ["-o", program.object_file]
    )
    program.seconds.append(cpu_seconds() - before)


def link(program, compiler):
    output_of(
        [compiler, *FLAGS, "-s", "-Wl,--gc-sections", program.object_file]
        + [*program.libraries, "-o", program.binary]
    )


def task_names():
    return sorted(path.stem for path in (HERE / "tasks" / "runnel").glob("*.cpp"))


def make_task(name, library, folder):
    def program(side, libraries):
        source = HERE / "tasks" / side / f"{name}.cpp"
        return Program(source, libraries, folder / f"{side}-{name}")

    return Task(name, program("runnel", [library]), program("boost", [BOOST_LIBRARY]))


def make_floor(header, library, folder):
    """A program that includes the header and does nothing."""
    source = folder / (re.sub(r"\W", "-", header or "nothing") + ".cpp")
    include = f"#include <{header}>\n" if header else ""
    source.write_text(include + "int main(){}\n", encoding="utf-8")
    libraries = [BOOST_LIBRARY] if header.startswith("boost") else [library]
    return Program(source, libraries if header else [], source.with_suffix(".bin"))


# --- do both print the same? ----------------------------------------------------------


def make_stubs(folder):
    """Makes a program that fails for each program that a task runs."""
    folder.mkdir()
    for name in CHILDREN:
        stub = folder / name
        stub.write_text("#!/bin/sh\nexit 7\n", encoding="utf-8")
        stub.chmod(0o755)
    return folder


def make_situations(folder):
    """The PATH of each run."""
    nothing = folder / "nothing"
    nothing.mkdir()
    return {
        "as usual": os.environ["PATH"],
        "if no program is found": str(nothing),
        "if each program fails": str(make_stubs(folder / "stubs")),
    }


def behaviour(program, path):
    """What a user sees of the program: messages may differ, their presence may not."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [program.binary],
            cwd=folder,
            env=environment(PATH=path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        files = {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}
        return {
            "exit code": done.returncode,
            "stdout": done.stdout,
            "files": files,
            "complaint": bool(done.stderr),
        }


def compare(task, situations):
    """Ends this script if the two programs of a task do not do the same."""
    for situation, path in situations.items():
        ours, theirs = behaviour(task.runnel, path), behaviour(task.boost, path)
        if ours != theirs:
            sys.exit(
                f"{task.name}: the programs differ {situation}:\n"
                f"runnel: {ours}\nBoost:  {theirs}"
            )


# --- measure --------------------------------------------------------------------------


def programs_of(tasks, floors):
    return [*floors, *(side for task in tasks for side in (task.runnel, task.boost))]


def link_and_compare(tasks, programs, compiler, folder):
    for program in programs:
        link(program, compiler)
    situations = make_situations(folder)
    for task in tasks:
        compare(task, situations)


def measure(tasks, floors, compiler, rounds, folder):
    programs = programs_of(tasks, floors)
    for number in range(rounds):
        for program in random.sample(programs, len(programs)):
            compile_program(program, compiler)
        if number == 0:
            link_and_compare(tasks, programs, compiler, folder)


# --- tables ---------------------------------------------------------------------------

TASK_HEAD = ["task", "lines runnel", "lines Boost", "s runnel", "s Boost", "x Boost"]
TASK_HEAD += ["KiB runnel", "KiB Boost"]
FLOOR_HEAD = ["int main(){} and", "s", "KiB"]


def task_row(task):
    sides = task.runnel, task.boost
    return [
        task.name,
        *(str(side.lines()) for side in sides),
        *(f"{side.time():.2f}" for side in sides),
        f"{task.ratio():.2f}",
        *(f"{side.kib():.0f}" for side in sides),
    ]


def floor_row(header, program):
    name = f"#include <{header}>" if header else "nothing"
    return [name, f"{program.time():.2f}", f"{program.kib():.0f}"]


def total(programs):
    """Adds the times of each round."""
    return [sum(one) for one in zip(*(program.seconds for program in programs))]


def total_row(tasks):
    sides = [task.runnel for task in tasks], [task.boost for task in tasks]
    seconds = [total(side) for side in sides]
    return [
        "all",
        *(str(sum(program.lines() for program in side)) for side in sides),
        *(f"{statistics.median(one):.2f}" for one in seconds),
        f"{ratio(*seconds):.2f}",
        *(f"{sum(program.kib() for program in side):.0f}" for side in sides),
    ]


def print_tables(report, compiler, tasks, floors):
    name = compiler_name(compiler)
    rows = [task_row(task) for task in tasks]
    report.table(f"build cost: {name}", TASK_HEAD, [*rows, total_row(tasks)])
    rows = [floor_row(header, program) for header, program in zip(HEADERS, floors)]
    report.table(f"build cost of the headers alone: {name}", FLOOR_HEAD, rows)


def measure_compiler(report, compiler, given):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        tasks = [make_task(task, given.library, folder) for task in given.tasks]
        floors = [make_floor(header, given.library, folder) for header in HEADERS]
        measure(tasks, floors, compiler, given.rounds, folder)
        print_tables(report, compiler, tasks, floors)


# --- the command line -----------------------------------------------------------------


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def parser():
    """The options; their help is that of the script."""
    description, _, notes = __doc__.partition("\n\n")
    _, _, notes = notes.partition("\n\n")
    options = argparse.ArgumentParser(
        description=description,
        epilog=notes,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = options.add_argument
    add("tasks", nargs="*", metavar="TASK", help="default: all tasks")
    add("-n", "--rounds", type=positive, default=5, metavar="N", help="default: 5")
    add("--compiler", action="append", help="may be given again; default: g++")
    library = ROOT / "build" / "librunnel.a"
    add("--library", type=pathlib.Path, default=library, metavar="FILE",
        help="runnel as a static library; default: build/librunnel.a")
    add("--json", type=argparse.FileType("w", encoding="utf-8"), metavar="FILE",
        help="write the tables there as well")
    return options


def command_line():
    options = parser()
    given = options.parse_args()
    given.compiler = given.compiler or ["g++"]
    given.tasks = given.tasks or task_names()
    unknown = set(given.tasks) - set(task_names())
    if unknown:
        options.error(f"no such task: {', '.join(sorted(unknown))}")
    if not given.library.is_file():
        options.error(f"no library {given.library}: build runnel first, or use --library")
    return given


def main():
    given = command_line()
    report = Report(given.json)
    print_facts(report, given)
    for compiler in given.compiler:
        measure_compiler(report, compiler, given)


if __name__ == "__main__":
    main()
