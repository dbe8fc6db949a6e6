#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Writes the reference of all public names, a page for each header, from Doxygen's XML.

    scripts/site/reference.py build/site/xml build/site/pages/api
"""

import html
import pathlib
import re
import sys

import doxygen_xml

source, target = map(pathlib.Path, sys.argv[1:])


def page_of(header):
    return pathlib.PurePath(header).stem + ".md"


def anchor(name):
    """A word that no other name has, operators included."""
    return re.sub(r"[^\w]", lambda sign: f"{ord(sign[0]):x}", name.replace("::", "_-")).replace("2d", "-").replace("_-", "-")


class Links:
    """Where each thing that Doxygen refers to is described."""

    def __init__(self, declarations):
        self.places = {}
        for one in declarations:
            place = (page_of(one.header), anchor(one.name))
            for element in one.elements:
                self.places[element.get("id")] = place
            for member in one.members:
                for element in member.elements:
                    self.places[element.get("id")] = (
                        place[0], anchor(one.name + "::" + member.name))

    def around(self, text, refid):
        if refid not in self.places:
            return text
        page, name = self.places[refid]
        return f"[{text}]({page}#{name})"


def escaped(text):
    """Text as Markdown; the name of a page becomes a link to it."""
    text = re.sub(r"([*_`\[\]<>\\])", r"\\\1", text)
    return re.sub(r"docs/(\w+)\.md", r"[\1](../\1.md)", text)


class Prose:
    """Turns a comment into Markdown."""

    def __init__(self, links):
        self.links = links

    def inline(self, element, raw=False):
        plain = (lambda text: text) if raw else escaped
        parts = [plain(element.text or "")]
        for child in element:
            parts.append(self.piece(child, raw))
            parts.append(plain(child.tail or ""))
        return "".join(parts)

    def piece(self, child, raw):
        if child.tag == "computeroutput":
            refs = child.findall("ref")
            code = "`" + "".join(child.itertext()) + "`"
            whole = len(refs) == 1 and "".join(refs[0].itertext()) == code[1:-1]
            return self.links.around(code, refs[0].get("refid")) if whole else code
        if child.tag == "ref":
            return self.links.around(self.inline(child, raw), child.get("refid"))
        if child.tag == "ulink":
            return f"<{child.get('url')}>"
        if child.tag == "emphasis":
            return "*" + self.inline(child) + "*"
        if child.tag == "bold":
            return "**" + self.inline(child) + "**"
        return {"lsquo": "`", "rsquo": "'", "ndash": "--", "mdash": "---"}.get(
            child.tag, self.inline(child, raw))

    def paragraph(self, para):
        """A paragraph; Doxygen puts lists and code inside of it."""
        blocks, text = [], [escaped(para.text or "")]

        def flush():
            joined = " ".join("".join(text).split())
            if joined:
                blocks.append(joined)
            text.clear()

        for child in para:
            if child.tag in ("itemizedlist", "verbatim", "preformatted"):
                flush()
                blocks.append(self.block(child))
                text.append(escaped(child.tail or ""))
            else:
                text.append(self.piece(child, False) + escaped(child.tail or ""))
        flush()
        return "\n\n".join(blocks)

    def block(self, child):
        if child.tag == "itemizedlist":
            items = []
            for item in child.findall("listitem"):
                text = "\n\n".join(self.paragraph(para) for para in item.findall("para"))
                items.append("- " + text.replace("\n", "\n    "))
            return "\n".join(items)
        code = "".join(child.itertext()).rstrip()
        return f"```cpp\n{code}\n```"

    def of(self, element):
        texts = []
        for part in ("briefdescription", "detaileddescription"):
            described = element.find(part)
            if described is not None:
                texts += [self.paragraph(para) for para in described.findall("para")]
        return "\n\n".join(filter(None, texts))


def flat(element):
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def template_of(element):
    parameters = element.find("templateparamlist")
    if parameters is None:
        return ""
    names = [
        " ".join(filter(None, (flat(p.find("type")), flat(p.find("declname")),
                               "= " + flat(p.find("defval")) if p.find("defval") is not None else "")))
        for p in parameters.findall("param")]
    requires = flat(element.find("requiresclause"))
    return "template <" + ", ".join(names) + ">\n" + (f"    requires {requires}\n" if requires else "")


def tidied(code):
    code = re.sub(r"\bRUNNEL_\w+(\([^)]*\))?\s*", "", code)
    code = re.sub(r"\s*< \s*", "<", code)
    code = re.sub(r"\s+>", ">", code)
    code = re.sub(r"([&*>])(?=[A-Za-z_])(?<!operator.)", r"\1 ", code.replace(" &", "&").replace(" *", "*"))
    return re.sub(r"(?<![=<>!+\-*/&|^ (])=(?![= ])(?!\))", " = ", code)


def enumeration(element):
    values = "\n".join(
        "    " + value.findtext("name") + " " * bool(flat(value.find("initializer")))
        + flat(value.find("initializer")) + "," for value in element.findall("enumvalue"))
    return f"enum class {element.findtext('name')} {{\n{values}\n}};"


def signature(element):
    kind = element.get("kind")
    if kind == "enum":
        return enumeration(element)
    if kind in ("class", "struct"):
        name = element.findtext("compoundname").rsplit("::", 1)[-1]
        return template_of(element) + f"{kind} {name};"
    if kind == "typedef":
        return f"using {element.findtext('name')} = {tidied(flat(element.find('type')))};"
    initial = flat(element.find("initializer"))
    static = "static" if kind == "function" and element.get("static") == "yes" \
        and element.get("id").startswith(("class", "struct")) else ""
    text = " ".join(filter(None, (static, flat(element.find("type")), element.findtext("name"))))
    text += element.findtext("argsstring") or ""
    if initial and kind == "variable" and len(initial) < 40:
        text += initial if initial.startswith("{") else " " + initial
    return tidied(template_of(element) + text) + ";"


def enumerators(element, prose):
    rows = [(value.findtext("name"), prose.of(value)) for value in element.findall("enumvalue")]
    if not any(text for _, text in rows):
        return ""
    return "\n".join(
        f"- `{name}`: " + text.replace("\n", "\n    ") for name, text in rows if text)


def described(one, prose):
    """The signatures of a name and what their comments say."""
    blocks, pending = [], []
    for element in one.elements:
        pending.append(signature(element))
        text = prose.of(element)
        listed = enumerators(element, prose) if element.get("kind") == "enum" else ""
        if text or listed:
            blocks.append("```cpp\n" + "\n".join(pending) + "\n```")
            blocks += filter(None, (text, listed))
            pending = []
    if pending:
        blocks.append("```cpp\n" + "\n".join(pending) + "\n```")
    return blocks


def is_told(member):
    """Copies, moves and destructors are not."""
    kind = [flat(element.find("argsstring")) for element in member.elements]
    return not member.name.startswith("~") and not all(
        re.search(r"=\s*(default|delete)$", text) for text in kind)


def section(one, prose):
    blocks = [f"## `{one.name}` {{ #{anchor(one.name)} }}"]
    blocks += described(one, prose)
    if one.bases:
        blocks.append("It is a " + ", ".join(f"`{base}`" for base in one.bases) + ".")
    for member in filter(is_told, one.members):
        whole = one.name + "::" + member.name
        blocks.append(f"### `{member.name}` {{ #{anchor(whole)} }}")
        blocks += described(member, prose)
    return "\n\n".join(blocks)


declarations = doxygen_xml.read(source)
classes = {one.name for one in declarations if one.kind in ("class", "struct")}


def is_nested(one):
    return one.name.rpartition("::")[0] in classes


prose = Prose(Links(declarations))
target.mkdir(parents=True)
index = ["# Every header", "What `<runnel/runnel.hpp>` includes, and the headers beside it. "
         "", ""]
for header, compound in doxygen_xml.headers(source).items():
    here = [one for one in declarations if one.header == header]
    top = prose.of(compound)
    text = [f"# `<{header}>`", top] + [section(one, prose) for one in here]
    (target / page_of(header)).write_text("\n\n".join(text) + "\n")
    names = ", ".join(
        f"[`{html.escape(one.short)}`]({page_of(header)}#{anchor(one.name)})"
        for one in here if not one.short.startswith("operator") and not is_nested(one))
    index.append(f"**[`<{header}>`]({page_of(header)})**  \n{top.split(chr(10), 1)[0]}  \n{names}\n")
(target / "index.md").write_text("\n".join(index))
