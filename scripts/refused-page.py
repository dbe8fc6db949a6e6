#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Makes docs/refused.md of tests/refused/shell.txt, and of what g++ and clang say.

    refused-page.py            writes the page
    refused-page.py --check    fails if the page is not what would be written

The environment may name the compilers: GXX and CLANGXX. Others than those that the
page names word some lines of their own differently.
"""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "refused.md"
sys.path.insert(0, str(ROOT / "tests" / "refused"))
sys.dont_write_bytecode = True

import check  # noqa: E402

TABLE = "shell.txt"
COMPILERS = (
    ("g++", [os.environ.get("GXX", "g++-12")]),
    ("clang", [os.environ.get("CLANGXX", "clang++-19"), "-stdlib=libc++",
               "-ferror-limit=0"]),
)

HEAD = """\
# What does not compile, and what to write

The {count} commonest slips of people who know a shell or Python. Each is refused when it
is compiled, in at most {most} lines, of which the first says what to write. Below are
what was written, these first lines (of g++ 12 and of clang 19), and what to write.

This page is made by `scripts/refused-page.py` from `{table}`, which is a
test; `a`, `b` and `c` are commands, `s` is a string, `words` a vector of strings, `p` a
`Popen`. The other tables beside it hold further slips.
"""


def main():
    everything = [slip for slip in check.slips(False) if slip[0] == TABLE]
    said = []
    for name, compiler in COMPILERS:
        command = (compiler + ["-std=c++20", f"-I{ROOT}/include"]
                   + check.flags_of(compiler))
        said.append((name, check.said(command, everything)))

    page = HEAD.format(count=len(everything), most=check.MOST_LINES,
                       table=f"tests/refused/{TABLE}")
    for table, line, (refused, _, accepted) in everything:
        page += f"\n```text\n{refused}\n\n"
        for name, found in said:
            first, _ = found[table, str(line)]
            page += f"{name + ':':6} {first.split(': error: ', 1)[1]}\n"
        page += f"\nwrite  {accepted}\n```\n"

    if "--check" not in sys.argv:
        PAGE.write_text(page)
    elif PAGE.read_text() != page:
        sys.exit(f"{PAGE} is not what {__file__} writes: run it")
    print(f"ok: {len(everything)} slips in {PAGE.relative_to(ROOT)}")


main()
