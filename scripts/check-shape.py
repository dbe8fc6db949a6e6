#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks that the functions of src/ are short and its classes small.

A function's length is its number of lines from its opening to its closing brace, both
included; comments count, and a lambda is a part of the function that it stands in. A class
is as large as the number of functions that its definition declares, whether public
or private, less those that are defaulted or deleted.

    scripts/check-shape.py [--list N] [FOLDER]

Prints the figures and the N longest functions and largest classes (ten), and fails
if a limit below is passed.
"""

import argparse
import dataclasses
import math
import pathlib
import re
import sys

MOST_MEDIAN = 6      # lines of the function in the middle
NINE_IN_TEN = 16     # nine of ten functions have fewer lines
ALL = 40             # every function has fewer lines
MOST_FUNCTIONS = 28  # of a class

# Why a function may be longer.
LONG_FUNCTIONS = {
    "make_native_calls": "the table of all kernel calls, a line or two for each",
}

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass
class Function:
    place: str
    name: str
    lines: int


@dataclasses.dataclass
class Class:
    place: str
    name: str
    functions: int = 0


def blank(text):
    """The same text with comments, literals and preprocessor lines as blanks."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*",
        re.S | re.M)
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def matching(text, start, opening, closing):
    """Where the bracket at `start` is closed."""
    depth = 0
    for at in range(start, len(text)):
        if text[at] == opening:
            depth += 1
        elif text[at] == closing:
            depth -= 1
            if depth == 0:
                return at
    raise ValueError("a bracket is not closed")


def without_brackets(head):
    """`head` with all that stands in round or angle brackets taken out."""
    while True:
        shorter = re.sub(r"\([^()]*\)", "@", head)
        if shorter == head:
            break
        head = shorter
    head = re.sub(r"\boperator\s*[^\s\w@(]+", "operator", head)
    while True:
        shorter = re.sub(r"<[^<>]*>", "", head)
        if shorter == head:
            return head
        head = shorter


CLASS = re.compile(r"\b(?:class|struct|union)\s+(?:alignas@\s*)?(?:[A-Z]\w*_[A-Z_]+\s+)?"
                   r"((?:\w+::)*\w+)(?:\s+final)?\s*(?::(?!:).*)?$", re.S)
NAME = re.compile(r"((?:\w+\s*::\s*)*(?:operator\s*(?:[\w:]+)?|~?\w+))\s*@")
NOT_NAMES = {"alignas", "requires", "noexcept", "decltype", "explicit", "static_assert",
             "__attribute__", "asm", "RUNNEL_PRINTF"}


def function_name(head):
    """The name of the function that `head` declares or begins, if it does."""
    short = without_brackets(head)
    # Past the "requires" of a template, in front of initialisers of members.
    short = re.sub(r"\btemplate\b", " ", short)
    before = re.split(r"(?<![=!<>])=(?!=)", short)[0] if "operator" not in short else short
    for found in NAME.finditer(before):
        name = re.sub(r"\s+", " ", found[1])
        if name.split("::")[-1] not in NOT_NAMES:
            return name
    return None


class Reader:
    """Reads one file: what its braces enclose."""

    def __init__(self, path, text):
        self.path = path
        self.text = blank(text)
        self.functions = []
        self.classes = []
        self.read(0, len(self.text), None)

    def line_of(self, at):
        return self.text.count("\n", 0, at) + 1

    def read(self, at, end, owner):
        """Reads what stands at namespace scope, or in the class `owner`."""
        begin = at
        while at < end:
            char = self.text[at]
            if char == "(":
                at = matching(self.text, at, "(", ")")
            elif char == ";":
                self.declare(begin, at, owner)
                begin = at + 1
            elif char == "{":
                close = matching(self.text, at, "{", "}")
                if not self.is_value(self.text[begin:at]):
                    self.enclose(begin, at, close, owner)
                    begin = close + 1
                at = close
            elif char == ":" and re.fullmatch(r"\s*(public|private|protected)\s*",
                                              self.text[begin:at]):
                begin = at + 1
            at += 1

    @staticmethod
    def is_value(head):
        """Whether the brace behind `head` begins a value: of a variable or a member."""
        short = without_brackets(head).rstrip()
        if re.search(r"\b(namespace|class|struct|union|enum|extern)\b", short) \
                and "@" not in short and "=" not in short:
            return False
        if short.endswith("=") or "@" not in short:
            return True
        # Behind the colon of a constructor each member has a name.
        return bool(re.search(r"@[^@]*[^:]:[^:]", short)) \
            and bool(re.search(r"[\w>]$", short))

    def declare(self, begin, end, owner):
        head = self.text[begin:end]
        if owner is None or re.search(r"=\s*(default|delete)\s*$", head) \
                or re.match(r"\s*(using|friend|typedef|static_assert)\b", head) \
                or "(*" in head:
            return
        if function_name(head):
            owner.functions += 1

    def enclose(self, begin, brace, close, owner):
        head = self.text[begin:brace]
        short = without_brackets(head)
        if re.search(r"\bnamespace\b|^\s*extern\s*$", short):
            self.read(brace + 1, close, owner)
        elif re.search(r"\benum\b", short) and "@" not in short:
            pass
        elif (found := CLASS.search(re.sub(r"^\s*template\b", "", short))) \
                and not function_name(head.split(":")[0]):
            name = Class(self.place(begin + len(head) - len(head.lstrip())), found[1])
            self.classes.append(name)
            self.read(brace + 1, close, name)
        elif name := function_name(head):
            if owner is not None and not re.match(r"\s*friend\b", head):
                owner.functions += 1
                name = f"{owner.name}::{name}"
            start = self.start_of(begin, brace, name)
            self.functions.append(Function(
                self.place(start), name, self.line_of(close) - self.line_of(brace) + 1))

    def start_of(self, begin, brace, name):
        last = name.split("::")[-1].strip()
        found = re.search(re.escape(last).replace(r"\ ", r"\s*") + r"[^\w]", self.text[begin:brace])
        return begin + (found.start() if found else 0)

    def place(self, at):
        return f"{self.path}:{self.line_of(at)}"


def measured(folder):
    functions, classes = [], []
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".hpp", ".cpp"):
            reader = Reader(path.relative_to(folder.parent), path.read_text())
            functions += reader.functions
            classes += reader.classes
    return (sorted(functions, key=lambda one: -one.lines),
            sorted(classes, key=lambda one: -one.functions))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--list", type=int, default=10)
    options.add_argument("folder", nargs="?", type=pathlib.Path, default=ROOT / "src")
    given = options.parse_args()
    functions, classes = measured(given.folder.resolve())

    lengths = sorted(one.lines for one in functions)
    median = lengths[len(lengths) // 2]
    ninth = lengths[math.ceil(len(lengths) * 0.9) - 1]
    print(f"{len(functions)} functions: median {median} lines, 90 % up to {ninth},"
          f" longest {lengths[-1]}; {len(classes)} classes: largest"
          f" {classes[0].functions} functions")
    for one in functions[:given.list]:
        print(f"  {one.lines:4} lines      {one.place} {one.name}")
    for one in classes[:given.list]:
        print(f"  {one.functions:4} functions  {one.place} {one.name}")

    problems = []
    if median > MOST_MEDIAN:
        problems.append(f"the median function has {median} lines, more than {MOST_MEDIAN}")
    if ninth >= NINE_IN_TEN:
        problems.append(f"nine in ten functions have up to {ninth} lines,"
                        f" not fewer than {NINE_IN_TEN}")
    problems += [f"{one.place}: {one.name} has {one.lines} lines, not fewer than {ALL}"
                 for one in functions
                 if one.lines >= ALL and one.name not in LONG_FUNCTIONS]
    problems += [f"{one.place}: {one.name} has {one.functions} functions, more than"
                 f" {MOST_FUNCTIONS}" for one in classes
                 if one.functions > MOST_FUNCTIONS]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


sys.exit(main())
