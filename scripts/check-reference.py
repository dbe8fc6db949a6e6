#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks that some page mentions each public name of include/runnel, in code.

    scripts/check-reference.py [DIRECTORY]     which has Doxygen's XML, else Doxygen is run

The names are those of namespace runnel, and the public members of its classes. Names of a kind
that a page would not list are left out: see NOT_LISTED.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
root = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root / "scripts/site"))

import doxygen_xml # noqa: E402

# Types of containers and iterators that algorithms ask for, and what a language feature calls.
NOT_LISTED = re.compile(
    r"~.*|.*_type|pointer|reference|iterator(_.*)?|begin|end|get|swap|what|tuple_\w+|"
    r"underflow|overflow|sync|xsputn|xsgetn|error_category|refuse_\w+")


def xml_in(directory):
    config = (root / "scripts/site/Doxyfile").read_text() + f"OUTPUT_DIRECTORY = {directory}\n"
    subprocess.run(["doxygen", "-"], input=config, text=True, cwd=root, check=True)
    return pathlib.Path(directory) / "xml"


def names_of(xml):
    """Each name, and where it is declared."""
    for one in doxygen_xml.read(xml):
        yield one.name, one.header
        for member in one.members:
            if member.short != one.short: # no constructor
                yield f"{one.name}::{member.name}", one.header
            for element in member.elements:
                for value in element.findall("enumvalue"):
                    yield f"{one.name}::{value.findtext('name')}", one.header
        for element in one.elements:
            for value in element.findall("enumvalue"):
                yield f"{one.name}::{value.findtext('name')}", one.header


def code_of(page):
    """The blocks and spans of code of a page."""
    text = page.read_text()
    blocks = re.findall(r"^```cpp.*?^```", text, re.M | re.S)
    spans = re.findall(r"`[^`\n]+`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    return "\n".join(blocks + spans)


def words_of_pages():
    pages = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    return {word for page in pages for word in re.findall(r"\w+", code_of(page))}


def main():
    with tempfile.TemporaryDirectory() as directory:
        xml = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else xml_in(directory)
        names = {name: header for name, header in names_of(xml)
                 if "operator" not in name and not NOT_LISTED.fullmatch(name.rsplit("::", 1)[-1])}
    told = words_of_pages()
    missing = {name: header for name, header in names.items()
               if name.rsplit("::", 1)[-1] not in told}
    for name, header in missing.items():
        print(f"{header}: no page mentions {name}", file=sys.stderr)
    if missing:
        sys.exit(f"{len(missing)} of {len(names)} names are in no page")
    print(f"ok: {len(names)} of {len(names)} public names are in a page")


main()
