#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Writes runnel as two files, for programs that have no package of it.

usage: single-header.py FOLDER

FOLDER gets runnel.hpp, which is all public headers but those that need other libraries or
bring slow ones, and runnel.cpp, which is compiled with the program, as C++20 and with
-pthread. What is in which file of the sources stands in both as a comment.
"""

import argparse
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE, SRC = ROOT / "include", ROOT / "src"
LEFT_OUT = {"range_v3.hpp", "stop_token.hpp", "asio.hpp", "coroutine.hpp", "fmt.hpp", "format.hpp",
            "poll_loop.hpp", "described.hpp", "event_sources.hpp"}

# --- files -----------------------------------------------------------------------------

INCLUDED = re.compile(r'^#include ([<"])([^>"]+)[>"]')
GUARDED = re.compile(r"^#\s*(if|ifdef|ifndef|endif)\b")


class Writer:
    """Takes files, each once, with the files that they include in front of them."""

    def __init__(self, seen=()):
        self.seen = set(seen)
        self.standard = set()
        self.parts = []

    def add(self, path):
        if path in self.seen:
            return
        self.seen.add(path)
        depth = 0
        body = []
        for line in path.read_text(encoding="utf-8").splitlines():
            found = INCLUDED.match(line)
            guard = GUARDED.match(line)
            if guard:
                depth += -1 if guard[1] == "endif" else 1
            if not found:
                if line != "#pragma once":
                    body.append(line)
            elif not self.add_ours(path, found[2]):
                self.add_standard(line, depth, body)
        name = path.relative_to(ROOT)
        text = "\n".join(body).strip() + "\n"
        self.parts.append(f"// --- {name}\n\n{text}")

    def add_ours(self, path, name):
        for folder in (INCLUDE, SRC, path.parent):
            if (folder / name).is_file():
                self.add(folder / name)
                return True
        return False

    def add_standard(self, line, depth, body):
        if depth == 0:
            self.standard.add(line)
        else:
            body.append(line)

    def text(self):
        return "\n".join(sorted(self.standard)) + "\n\n" + "\n".join(self.parts)


def as_asm(path):
    """An assembler file as top-level asm of C++; what is conditional stays so."""
    parts, block = [], []

    def flush():
        if block:
            parts.append("asm(" + "\n    ".join(block) + ");")
            block.clear()

    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.split("//")[0].rstrip()
        if line.startswith("#"):
            flush()
            parts.append(line)
        elif line.strip():
            quoted = line.replace("\\", "\\\\").replace('"', '\\"')
            block.append(f'"{quoted}\\n"')
    flush()
    # What follows goes where code goes.
    parts.append('asm(".text\\n");')
    return f"// --- {path.relative_to(ROOT)}\n\n" + "\n".join(parts) + "\n"


def sources():
    """The .cpp files in the order of the build, without those of one processor."""
    listed = re.findall(r"^    ([a-z_0-9/]+\.(?:cpp|S))$", (SRC / "CMakeLists.txt").read_text(), re.M)
    return [SRC / name for name in listed]


def version():
    text = (ROOT / "include/runnel/version.hpp").read_text()
    return ".".join(re.findall(r"define RUNNEL_VERSION_[A-Z]+ (\d+)", text))


def notice(what):
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8").strip().splitlines()
    head = [f"runnel {version()}: {what}", "Made by scripts/single-header.py; not to be edited.", ""]
    return "\n".join(f"// {line}".rstrip() for line in head + licence) + "\n"


def header():
    writer = Writer()
    for path in sorted(INCLUDE.glob("runnel/*.hpp")):
        if path.name not in LEFT_OUT:
            writer.add(path)
    text = notice("compose processes the way a shell does") + "#pragma once\n\n" + writer.text()
    return text, writer.seen


def source(seen):
    writer = Writer(seen)
    asm = []
    for path in sources():
        if path.suffix == ".S":
            asm.append(as_asm(path))
        else:
            writer.add(path)
    writer.add(SRC / "sys/posix/users_nss.cpp")
    x86, others = Writer(writer.seen), Writer(writer.seen)
    x86.add(SRC / "text/cpu/line_ends_x86.cpp")
    others.add(SRC / "text/cpu/line_ends_any.cpp")
    return (
        notice("the one source file") + '#include "runnel.hpp"\n\n' + writer.text()
        + "\n#if defined(__x86_64__) || defined(__i386__)\n\n" + x86.text()
        + "\n#else\n\n" + others.text() + "\n#endif\n\n" + "\n".join(asm)
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    text, seen = header()
    (folder / "runnel.hpp").write_text(text, encoding="utf-8")
    (folder / "runnel.cpp").write_text(source(seen), encoding="utf-8")


if __name__ == "__main__":
    main()
