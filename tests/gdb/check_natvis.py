#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks that the natvis file is well-formed, and that the types and members which it
names are those of the headers."""

import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPACE = "{http://schemas.microsoft.com/vstudio/debugger/natvis/2010}"

headers = "\n".join(path.read_text() for path in (ROOT / "include/runnel").rglob("*.hpp"))
tree = ElementTree.parse(ROOT / "packaging/natvis/runnel.natvis").getroot()
problems = []
if tree.tag != SPACE + "AutoVisualizer":
    problems.append(f"the root is {tree.tag}")


def body_of(name):
    nodiscard = r"(?:\[\[nodiscard(?:\((?:\s*\"[^\n]*\")+\))?\]\]\s+)?"
    found = re.search(rf"^(?:class|struct)\s+{nodiscard}(?:RUNNEL_EXPORT\s+)?{name}\b"
                      r"[^;]*?\{.*?^\};", headers, re.S | re.M)
    return found[0] if found else ""


def names_in(element):
    """The members in the expressions of an element."""
    texts = [element.text or ""] if element.tag == SPACE + "Item" else []
    texts += re.findall(r"\{([^{}]*)\}", element.text or "")
    texts.append(element.get("Condition", ""))
    for text in texts:
        plain = re.sub(r"std::string_view|\b(int|this|na)\b|__r\b", "", text)
        yield from re.findall(r"[A-Za-z_]\w*", plain)


count = 0
for one in tree.findall(SPACE + "Type"):
    count += 1
    body = body_of(one.get("Name").rsplit("::", 1)[-1])
    if not body:
        problems.append(f"there is no type {one.get('Name')}")
    for element in one.iter():
        for name in names_in(element):
            if body and not re.search(rf"\b{name}\b", body):
                problems.append(f"{one.get('Name')} has no member {name}")
if count == 0:
    problems.append("it has no types")
print("\n".join(problems) or f"ok: {count} types")
sys.exit(1 if problems else 0)
