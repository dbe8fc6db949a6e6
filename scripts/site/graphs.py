#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Lets runnel draw the expressions that README.md and docs/*.md want to show as pictures.

    scripts/site/graphs.py build/site            draws what scripts/site/stage.py puts into pages
    scripts/site/graphs.py build/site --write    and the pictures that are files of the repository

In a page stands one of these, and what it becomes:

    <!-- graph: cmd("a") | cmd("b") -->                      the graph of to_dot, by graphviz
    <!-- report: cmd("a") | cmd("b") | capture -->           is run; the page of to_html
    <!-- graph docs/images/ab.svg: cmd("a") | cmd("b") -->   the file, as to_svg draws it

One program with all expressions is compiled and run. It is neither if nothing has changed that
could change its pictures. Without --write, a file of the repository that differs from its picture
is an error.
"""

import hashlib
import pathlib
import re
import shutil
import subprocess
import sys

import drawing

root = pathlib.Path(__file__).resolve().parents[2]
MARK = re.compile(r"^<!-- (graph|report)(?: (\S+))?: (.*?) -->[ \t]*\n", re.M | re.S)

PRELUDE = """#include <runnel/report.hpp>
#include <runnel/progress.hpp>
#include <runnel/runnel.hpp>
#include <fstream>
#include <string>
using namespace runnel;
using namespace std::literals;

namespace {
// For stages whose code does not matter to the picture.
auto const f = [](LineRange in) { return in; };

[[maybe_unused]] void report(std::string const& name, Expression const& e)
{
    std::ofstream(name + ".html") << to_html(run(e, {.count_bytes = true}), e);
}
} // namespace

int main()
{
"""


def name_of(expression):
    return hashlib.sha256(expression.encode()).hexdigest()[:12]


def marks():
    for page in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        for kind, file, expression in MARK.findall(page.read_text()):
            yield kind, file, " ".join(expression.split())


def program():
    lines = []
    for kind, file, e in marks():
        if kind == "report":
            lines.append(f'    report("{name_of(e)}", {e});')
        elif file:
            lines.append(f'    std::ofstream("{name_of(e)}.svg") << to_svg(make_plan({e}));')
        else:
            lines.append(f'    std::ofstream("{name_of(e)}.dot") << to_dot(make_plan({e}));')
    return PRELUDE + "\n".join(dict.fromkeys(lines)) + "\n}\n"


def state(text):
    """Of all that the pictures depend on."""
    hash_ = hashlib.sha256(text.encode())
    for folder in ("include/runnel", "src/plan", "src/seen"):
        for file in sorted(p for p in (root / folder).rglob("*") if p.is_file()):
            hash_.update(file.read_bytes())
    return hash_.hexdigest()


def draw(out):
    text = program()
    stamp = out / "state"
    if stamp.exists() and stamp.read_text() == state(text):
        return
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / "graphs.cpp").write_text(text)
    for command in (["cmake", "--preset", "dev"],
                    ["cmake", "--build", "--preset", "dev", "--target", "runnel", "--", "--quiet"]):
        subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-Wno-unused-variable",
                    f"-I{root}/include", "graphs.cpp",
                    root / "build/dev/librunnel.a", "-pthread", "-o", "graphs"], cwd=out, check=True)
    subprocess.run(["./graphs"], cwd=out, check=True, stdin=subprocess.DEVNULL, timeout=60)
    stamp.write_text(state(text))


def picture(out, kind, expression):
    """What a mark in a page becomes."""
    name = name_of(expression)
    if kind == "report":
        # In the directory of the pages as well, because the page shows it in a frame.
        return (f'<iframe class="report" src="graphs/{name}.html" '
                f'title="A page of to_html"></iframe>\n')
    return drawing.from_dot((out / f"{name}.dot").read_text(), "The graph of " + expression)


def files_of_the_repository(out, shall_write):
    for kind, file, expression in marks():
        if not file:
            continue
        drawn = (out / f"{name_of(expression)}.svg").read_text()
        there = root / file
        if shall_write:
            there.write_text(drawn)
        elif not there.exists() or there.read_text() != drawn:
            sys.exit(f"{file} is not what runnel draws: scripts/site/graphs.py build/site --write")


if __name__ == "__main__":
    out = pathlib.Path(sys.argv[1]).resolve() / "graphs"
    draw(out)
    files_of_the_repository(out, "--write" in sys.argv[2:])
