# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Draws diagrams as SVG that stands inside of a page, by graphviz and without a script.

The colours come from the page (`currentColor` and scripts/site/site.css), so that one drawing
serves light and dark pages.
"""

import html
import re
import subprocess

FONT = "DejaVu Sans Mono"


def from_dot(text, title):
    """The drawing of a graph in graphviz's language."""
    svg = subprocess.run(
        ["dot", "-Tsvg", "-Gbgcolor=transparent", "-Gpad=0.05", "-Gnodesep=0.3", "-Granksep=0.35",
         f"-Gfontname={FONT}", "-Gfontsize=10", f"-Nfontname={FONT}", "-Nfontsize=10",
         "-Nmargin=0.1,0.05", "-Nheight=0.35", f"-Efontname={FONT}", "-Efontsize=9",
         "-Earrowsize=0.7"],
        input=text, text=True, check=True, capture_output=True).stdout
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"<!--.*?-->|<title>.*?</title>| id=\"[^\"]*\"", "", svg, flags=re.S)
    svg = re.sub(r'="(black|#000000)"', '="currentColor"', svg)
    width, height = re.search(r'width="(\d+)pt" height="(\d+)pt"', svg).groups()
    svg = re.sub(r"<svg.*?>", _open(float(width) * 4 / 3, float(height) * 4 / 3, title,
                                    re.search(r'viewBox="[^"]*"', svg)[0]), svg, count=1, flags=re.S)
    return _block(svg)


def from_mermaid(text, title):
    """The drawing of what the pages use of Mermaid; anything else is a ValueError."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    kind, _, direction = lines[0].partition(" ")
    if kind == "flowchart":
        return from_dot(_flowchart(lines[1:], direction), title)
    if kind == "stateDiagram-v2":
        return from_dot(_states(lines[1:]), title)
    if kind == "sequenceDiagram":
        return _sequence(lines[1:], title)
    raise ValueError(f"cannot draw a {kind}")


def _open(width, height, title, view_box):
    return (f'<svg class="drawing" role="img" aria-label="{html.escape(title)}" '
            f'width="{width:.0f}" height="{height:.0f}" {view_box}>')


def _block(svg):
    """One that Markdown leaves alone: no empty line is in it."""
    lines = [line for line in svg.splitlines() if line.strip()]
    return '<div class="picture" tabindex="0">\n' + "\n".join(lines) + "\n</div>\n"


def _label(text):
    """A label with <b> and <br/> as graphviz wants it. Lines are set from the left."""
    parts = re.split(r"(<br/>|</?b>)", text)
    out = "".join('<br align="left"/>' if part == "<br/>" else part if part in ("<b>", "</b>")
                  else html.escape(html.unescape(part), quote=False) for part in parts)
    return f'<{out}<br align="left"/>>' if "<br/>" in text else f"<{out}>"


class _Flow:
    NODE = re.compile(r'(\w+)(?:\["([^"]*)"\]|\{"([^"]*)"\})?\s*')
    ARROW = re.compile(r'(?:--\s*"([^"]*)"\s*)?-->\s*')

    def __init__(self, direction):
        # Arrows from and to a subgraph end at its border.
        self.out = [f"digraph {{ compound=true; rankdir={direction.replace('TD', 'TB')};",
                    "node [shape=box];"]
        self.subgraphs = {} # id -> the first and the last node inside
        self.open = []
        self.edges = []

    def node(self, line, at):
        found = self.NODE.match(line, at)
        if not found:
            raise ValueError(f"cannot draw: {line}")
        name, label, question = found.groups()
        if label is not None or question is not None:
            shape = "" if label is not None else ", shape=diamond, margin=0"
            self.out.append(f'{name} [label={_label(label or question)}{shape}];')
        if self.open and name not in self.subgraphs:
            for subgraph in self.open:
                self.subgraphs[subgraph] = (self.subgraphs[subgraph] or (name,))[0], name
        return name, found.end()

    def edge(self, a, b, label):
        """Drawn last, when all subgraphs are known."""
        more = [f"label={_label(label)}"] if label else []
        for name, end in ((a, "ltail"), (b, "lhead")):
            if name in self.subgraphs:
                more.append(f"{end}=cluster_{name}")
        a = self.subgraphs[a][1] if a in self.subgraphs else a
        b = self.subgraphs[b][0] if b in self.subgraphs else b
        self.out.append(f"{a} -> {b} [{', '.join(more)}];")

    def add(self, line):
        if found := re.fullmatch(r"subgraph (\w+)(?: \[([^\]]*)\])?", line):
            self.open.append(found[1])
            self.subgraphs[found[1]] = None
            self.out.append(f"subgraph cluster_{found[1]} {{ label={_label(found[2] or found[1])};")
        elif line == "end":
            self.open.pop()
            self.out.append("}")
        else:
            name, at = self.node(line, 0)
            while at < len(line):
                arrow = self.ARROW.match(line, at)
                if not arrow:
                    raise ValueError(f"cannot draw: {line}")
                after, at = self.node(line, arrow.end())
                self.edges.append((name, after, arrow[1]))
                name = after


def _flowchart(lines, direction):
    flow = _Flow(direction)
    for line in lines:
        flow.add(line)
    for edge in flow.edges:
        flow.edge(*edge)
    return "\n".join([*flow.out, "}"])


def _states(lines):
    out = ["digraph { node [shape=box, style=rounded];",
           'begin [shape=point, width=0.15]; end [shape=doublecircle, label="", fixedsize=true, width=0.15, height=0.15];']
    for line in lines:
        found = re.fullmatch(r"(\S+) --> ([^\s:]+)(?:: (.*))?", line)
        if not found:
            raise ValueError(f"cannot draw: {line}")
        a, b = found[1].replace("[*]", "begin"), found[2].replace("[*]", "end")
        label = (found[3] or "").replace(", all", ",<br/>all")
        out.append(f"{a} -> {b} [label={_label(label)}];" if label else f"{a} -> {b};")
    return "\n".join([*out, "}"])


def _sequence(lines, title):
    """Columns of participants, and what they say to each other, from top to bottom."""
    step, column, top = 34, 300, 60
    names, body, y = {}, [], top
    for line in lines:
        if found := re.fullmatch(r"participant (\w+) as (.*)", line):
            names[found[1]] = (130 + column * len(names), found[2])
            continue
        if found := re.fullmatch(r"Note over (\w+): (.*)", line):
            x, words = names[found[1]][0], found[2].split("<br/>")
            high = 12 + 17 * len(words)
            body.append(f'<rect class="note" x="{x - 105}" y="{y - 8}" width="210" height="{high}"/>')
            for i, word in enumerate(words):
                body.append(f'<text x="{x}" y="{y + 8 + 17 * i}" text-anchor="middle">'
                            f'{html.escape(word)}</text>')
            y += high + 20
            continue
        found = re.fullmatch(r"(\w+)(--?>>)(\w+): (.*)", line)
        if not found:
            raise ValueError(f"cannot draw: {line}")
        a, b = names[found[1]][0], names[found[3]][0]
        dash = ' stroke-dasharray="5 4"' if found[2] == "-->>" else ""
        tip = b - 8 if b > a else b + 8
        body.append(f'<line x1="{a}" y1="{y + 8}" x2="{tip}" y2="{y + 8}"{dash}/>')
        body.append(f'<polygon class="tip" points="{b},{y + 8} {tip},{y + 4} {tip},{y + 12}"/>')
        body.append(f'<text x="{(a + b) / 2}" y="{y + 2}" text-anchor="middle">'
                    f'{html.escape(found[4])}</text>')
        y += step
    frame = []
    for x, name in names.values():
        frame.append(f'<line class="life" x1="{x}" y1="30" x2="{x}" y2="{y}"/>')
        frame.append(f'<rect x="{x - 75}" y="4" width="150" height="28"/>')
        frame.append(f'<text x="{x}" y="23" text-anchor="middle">{html.escape(name)}</text>')
    width = 260 + column * (len(names) - 1)
    return _block("\n".join([_open(width, y, title, f'viewBox="0 0 {width} {y}"'),
                             '<g class="sequence">', *frame, *body, "</g>", "</svg>"]))
