# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Reads what Doxygen has found in the public headers: declarations and their comments."""

import pathlib
import re
import xml.etree.ElementTree as ElementTree

# Helpers of templates, and the names that error messages of the compiler show.
HIDDEN = re.compile(r"\b(detail|refused)\b")


class Declaration:
    """A name with all of its overloads, or a class with its public members."""

    def __init__(self, name, kind, header, line):
        self.name, self.kind, self.header, self.line = name, kind, header, line
        self.elements = [] # of the XML, one for each overload
        self.members = [] # of a class
        self.bases = []

    @property
    def short(self):
        return self.name.rsplit("::", 1)[-1]


def _place(element):
    location = element.find("location")
    return location.get("file"), int(location.get("line"))


def _public_members(compound):
    for section in compound.findall("sectiondef"):
        for member in section.findall("memberdef"):
            if member.get("prot") == "public" and member.get("kind") != "friend":
                yield member


def _add(found, member, scope):
    name = scope + member.findtext("name")
    header, line = _place(member)
    declaration = found.get(name)
    if declaration is None:
        declaration = found[name] = Declaration(name, member.get("kind"), header, line)
    declaration.elements.append(member)


def _class(compound):
    name = compound.findtext("compoundname").removeprefix("runnel::")
    declaration = Declaration(name, compound.get("kind"), *_place(compound))
    declaration.elements.append(compound)
    declaration.bases = [
        base.text.removeprefix("runnel::") for base in compound.findall("basecompoundref")
        if base.get("prot") == "public" and not HIDDEN.search(base.text)]
    members = {}
    for member in _public_members(compound):
        _add(members, member, "")
    declaration.members = sorted(members.values(), key=lambda member: member.line)
    return declaration


def read(directory):
    """All declarations of namespace runnel, in the order of headers and lines."""
    directory = pathlib.Path(directory)
    found = {}
    for entry in ElementTree.parse(directory / "index.xml").getroot():
        name = entry.findtext("name")
        if entry.get("kind") not in ("namespace", "class", "struct") \
                or not re.match(r"runnel\b", name) or HIDDEN.search(name):
            continue
        compound = ElementTree.parse(directory / (entry.get("refid") + ".xml")).getroot()[0]
        if entry.get("kind") == "namespace": # its functions and constants
            scope = name.removeprefix("runnel").removeprefix("::")
            for member in _public_members(compound):
                _add(found, member, scope + "::" if scope else "")
        elif compound.get("prot") != "private" and "<" not in name:
            declaration = _class(compound)
            found[declaration.name] = declaration
    return sorted(found.values(), key=lambda one: (one.header, one.line))


def headers(directory):
    """The comment at the top of each header, by its name."""
    top = {}
    for path in sorted(pathlib.Path(directory).glob("*_8hpp.xml")):
        compound = ElementTree.parse(path).getroot()[0]
        top[compound.find("location").get("file")] = compound
    return top
