#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks that docs/errors.md has each message that src/ and include/ throw.

    scripts/check-errors.py            says which messages are missing
    scripts/check-errors.py --list     shows all of them, "..." for the parts that vary

A message is what stands between the parentheses of an exception of the table below: its
literals, in order. Words of the page that no message has are not looked for.
"""

import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
THROWN = re.compile(
    r"\b(refuse_argument|std::invalid_argument|std::logic_error|std::runtime_error|SystemError)\(")
# Told by the page in words: pieces of messages that are put together elsewhere.
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')


def call_at(text, begin):
    """The arguments of a call whose parenthesis opens before `begin`."""
    depth, at = 1, begin
    while depth:
        if text[at] == '"':
            at = LITERAL.match(text, at).end()
            continue
        if text[at] == "'": # a character
            at = text.index("'", at + (2 if text[at + 1] == "\\" else 1) + 1) + 1
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return text[begin:at - 1]


def message_of(arguments):
    """Literals side by side are one; "..." stands for what lies between others."""
    parts, end = [], None
    for found in LITERAL.finditer(arguments):
        piece = found[1].replace('\\"', '"').replace("\\n", "\n")
        if end is not None and not arguments[end:found.start()].strip():
            parts[-1] += piece
        else:
            parts.append(piece)
        end = found.end()
    return [" ".join(part.split()) for part in parts]


def messages():
    for path in sorted([*root.glob("src/**/*.[ch]pp"), *root.glob("include/**/*.hpp")]):
        text = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.M)
        for found in THROWN.finditer(text):
            parts = message_of(call_at(text, found.end()))
            if parts:
                yield path.relative_to(root), found[1], parts


def main():
    if sys.argv[1:] == ["--list"]:
        for path, kind, parts in messages():
            print(f"{path}\t{kind}\t{' ... '.join(parts)}")
        return
    page = " ".join((root / "docs/errors.md").read_text().replace("\\|", "|").split())
    count, missing = 0, []
    for path, _, parts in messages():
        count += 1
        missing += [f"{path}: docs/errors.md lacks {part!r}"
                    for part in parts if len(re.findall(r"[a-z]", part)) > 4 and part not in page]
    for line in missing:
        print(line, file=sys.stderr)
    if missing:
        sys.exit(1)
    print(f"ok: docs/errors.md has all {count} messages")


if __name__ == "__main__":
    main()
