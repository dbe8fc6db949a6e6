#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks that some page mentions each public name of include/runnel, and that an example uses it.

    scripts/check-reference.py [DIRECTORY]     which has Doxygen's XML, else Doxygen is run

The names are those of namespace runnel, and the public members of its classes. Names of a kind
that a page would not list are left out: see NOT_LISTED. An example is a ```cpp block of a page, or
a file of examples/; names that no program spells need none: see NOT_SPELLED.
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

# Shows each function that only the library calls; docs/executors.md names it.
EACH_OF_RUNNING = root / "tests/verbs/running_around.test.cpp"

# Types of results, constants and tags for which `auto` or the constant is the name, what derived
# classes of the library use, and a default that nobody needs to write.
NOT_SPELLED = {
    "AnyWord", "AnyWords", "Chunks", "Connected", "EndedJobs", "ErrToOut", "Lines", "Listed",
    "Negated", "OutToErr", "RowsView", "Running::at_any_time", "StderrOf", "Tagged",
    "TimeoutExpired::More", "ToVector",
}


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


def pages():
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def mentioned():
    """The words of the blocks and spans of code of the pages."""
    words = set()
    for page in pages():
        text = page.read_text()
        blocks = re.findall(r"^```cpp.*?^```", text, re.M | re.S)
        spans = re.findall(r"`[^`\n]+`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
        words |= set(re.findall(r"\w+", "\n".join(blocks + spans)))
    return words


def used():
    """The words of all examples that are compiled, without comments and strings."""
    examples = [path.read_text() for path in [*(root / "examples").rglob("*.?pp"), EACH_OF_RUNNING]]
    for page in pages():
        for notes, code in re.findall(r"((?:^<!--(?:(?!-->).)*-->\s*\n)*)^```cpp[^\n]*\n(.*?)^```",
                                      page.read_text(), re.M | re.S):
            if "no-compile" not in notes:
                examples.append(code)
    code = re.sub(r"""'(?:\\.|[^'\\\n])'|"(?:\\.|[^"\\\n])*"|//.*""", " ", "\n".join(examples))
    return set(re.findall(r"\w+", code))


def wrong_orders():
    """Sentences such as "`S` has `a`, `b`, in this order" that the struct does not bear out."""
    headers = "\n".join(path.read_text() for path in (root / "include/runnel").glob("*.hpp"))
    for page in pages():
        for name, listed in re.findall(r"`(\w+)` has ((?:`\w+`,\s+)+)in this order", page.read_text()):
            body = re.search(rf"^struct {name} {{\n(.*?)^}};", headers, re.M | re.S)[1]
            fields = re.findall(r"^    [\w:<>*& ]+ \*?(\w+)(?:\{\}| = .*);", body, re.M)
            if re.findall(r"\w+", listed) != fields:
                yield f"{page.name}: {name} has {', '.join(fields)}, in this order"


def wrong_headers():
    """The table of headers that <runnel/runnel.hpp> does not include."""
    folder = root / "include/runnel"
    included, new = set(), {"runnel.hpp"}
    while new:
        included |= new
        text = "".join((folder / name).read_text() for name in new)
        new = set(re.findall(r"#include <runnel/([\w/]+\.hpp)>", text)) - included
    wanted = {path.name for path in folder.glob("*.hpp")} - included
    table = (root / "docs/reference.md").read_text().split("\n## ")[0]
    listed = set(re.findall(r"`<runnel/(\w+\.hpp)>`", table)) - {"runnel.hpp"}
    for name in wanted ^ listed:
        yield f"reference.md: the table of headers {'lacks' if name in wanted else 'has'} {name}"


def main():
    with tempfile.TemporaryDirectory() as directory:
        xml = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else xml_in(directory)
        names = {name: header for name, header in names_of(xml)
                 if "operator" not in name and not NOT_LISTED.fullmatch(name.rsplit("::", 1)[-1])}
    told, shown = mentioned(), used()
    problems = [*wrong_orders(), *wrong_headers()]
    for name, header in names.items():
        word = name.rsplit("::", 1)[-1]
        if word not in told:
            problems.append(f"{header}: no page mentions {name}")
        if word not in shown and name not in NOT_SPELLED:
            problems.append(f"{header}: no example uses {name}")
        if word in shown and name in NOT_SPELLED:
            problems.append(f"{header}: an example uses {name}, so NOT_SPELLED must not have it")
    problems += [f"NOT_SPELLED has {name}, which is no name" for name in NOT_SPELLED - names.keys()]
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        sys.exit(f"{len(problems)} problems with {len(names)} names")
    print(f"ok: {len(names)} of {len(names)} public names are in a page, "
          f"{len(names) - len(NOT_SPELLED)} of them in an example; {len(NOT_SPELLED)} are never spelled")


main()
