#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Makes docs/performance.md and its pictures from what the benchmarks have recorded.

usage: page.py [--only-check] RECORD... PAGE

RECORD: what `--json FILE` of a benchmark has written: lines of JSON, each an array of
strings that begins with "fact", "title", "head", "row", "not measured", "too noisy" or "target".
Everything between the marks `<!-- measured -->` and `<!-- end -->` of PAGE is replaced;
the pictures lie beside it in images/.
"""

import argparse
import html
import json
import pathlib
import re
import sys

BEGIN, END = "<!-- measured -->", "<!-- end -->"


class Section:
    """A table of a benchmark, and what stands above and below it."""

    def __init__(self, program, title, facts):
        self.program = program
        self.title = title
        self.compiler = facts.get("compiler", "")
        self.head = []
        self.rows = []
        self.missing = []
        self.noisy = []

    def column(self, name):
        return self.head.index(name) if name in self.head else None


def records(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def read(path):
    """The facts of one record, and its sections."""
    program = pathlib.Path(path).stem
    facts, sections = {}, []
    for kind, *words in records(path):
        if kind == "fact":
            facts[words[0]] = words[1]
        elif kind == "title":
            sections.append(Section(program, words[0], facts))
        elif kind == "head":
            sections[-1].head = words
        elif kind == "row":
            sections[-1].rows.append(words)
        elif kind == "not measured":
            sections[-1].missing.append(": ".join(words))
        elif kind == "too noisy":
            sections[-1].noisy.append(words[0])
    return facts, sections


# --- text ----------------------------------------------------------------------------


def is_ours(name):
    return name.startswith("runnel")


def cell(text, bold):
    text = text.replace("|", "\\|")
    return f"**{text}**" if bold and text else text


def table(section):
    lines = ["| " + " | ".join(section.head) + " |"]
    lines.append("| --- |" + " ---: |" * (len(section.head) - 1))
    for row in section.rows:
        row = row + [""] * (len(section.head) - len(row))
        cells = (cell(text, is_ours(row[0])) for text in row)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def slug(section):
    words = re.sub(r"[^a-z0-9]+", "-", section.title.lower()).strip("-")
    return f"{section.program}-{words}"[:60].strip("-")


# --- pictures ------------------------------------------------------------------------

WIDTH, BAR, GAP, LEFT = 760, 18, 8, 300
STYLE = """<style>
text { font: 13px sans-serif; fill: #24292f }
.ours { fill: #0a7d55 } .peer { fill: #9aa4b2 } .rule { stroke: #57606a; stroke-dasharray: 4 }
.line { fill: none; stroke: #0a7d55; stroke-width: 2 } .axis { stroke: #57606a }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .ours, .dot { fill: #3fb98c } .line { stroke: #3fb98c }
  .peer { fill: #5c6673 } .rule, .axis { stroke: #8b949e }
}
</style>"""


def svg(width, height, title, body):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
        f"<title>{html.escape(title)}</title>{STYLE}{body}</svg>\n"
    )


def bars(section):
    """A bar for each contender; the longest are cut off."""
    at = section.column("x floor")
    rows = [(row[0], float(row[at])) for row in section.rows if row[at] not in ("", "-")]
    most = min(max(ratio for _, ratio in rows), 6.0)
    scale = (WIDTH - LEFT - 60) / most
    parts = []
    for i, (name, ratio) in enumerate(rows):
        y = GAP + i * (BAR + GAP)
        length = min(ratio, most) * scale
        kind = "ours" if is_ours(name) else "peer"
        shown = f"{ratio:.2f}" + (" →" if ratio > most else "")
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{html.escape(name)}</text>'
            f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{length:.0f}" height="{BAR}" rx="2"/>'
            f'<text x="{LEFT + length + 6:.0f}" y="{y + 14}">{shown}</text>'
        )
    height = GAP + len(rows) * (BAR + GAP)
    floor = LEFT + scale
    parts.append(f'<line class="rule" x1="{floor:.0f}" x2="{floor:.0f}" y1="0" y2="{height}"/>')
    return svg(WIDTH, height, section.title + ": times the floor", "".join(parts))


def curve(section):
    """The cost of one against how many there are; the numbers grow by factors."""
    points = [(int(row[0]), float(row[1])) for row in section.rows]
    most = max(value for _, value in points) or 1
    step = (WIDTH - 140) / max(len(points) - 1, 1)
    place = [(80 + i * step, 180 - 150 * value / most) for i, (_, value) in enumerate(points)]
    parts = ['<line class="axis" x1="80" x2="740" y1="180" y2="180"/>']
    path = " ".join(f"{x:.0f},{y:.0f}" for x, y in place)
    parts.append(f'<polyline class="line" points="{path}"/>')
    for (count, value), (x, y) in zip(points, place):
        parts.append(
            f'<circle class="ours dot" cx="{x:.0f}" cy="{y:.0f}" r="3"/>'
            f'<text x="{x:.0f}" y="{y - 8:.0f}" text-anchor="middle">{value:g}</text>'
            f'<text x="{x:.0f}" y="198" text-anchor="middle">{count}</text>'
        )
    unit = html.escape(section.head[1])
    parts.append(f'<text x="8" y="24">{unit}</text>')
    return svg(WIDTH, 208, section.title, "".join(parts))


def picture(section):
    if section.title.startswith("growth: "):
        return curve(section)
    if section.column("x floor") and section.rows:  # it is not the first
        return bars(section)
    return None


# --- the page ------------------------------------------------------------------------


def written(section, images):
    text = f"### {section.title}\n\n"
    image = picture(section)
    if image:
        name = slug(section) + ".svg"
        (images / name).write_text(image, encoding="utf-8")
        text += f"![{section.title}](images/{name})\n\n"
    text += table(section) + "\n"
    for one in section.missing:
        text += f"\nNot measured: {one}.\n"
    return text


def page_text(all_facts, sections, images):
    shown = [name for name in ("kernel", "cpu", "compiler", "date") if name in all_facts]
    text = "Measured on " + "; ".join(f"{name}: {all_facts[name]}" for name in shown) + ".\n\n"
    return text + "\n".join(written(section, images) for section in sections)


def replaced(page, text):
    old = page.read_text(encoding="utf-8")
    before, _, rest = old.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest or END not in old:
        sys.exit(f"{page}: the marks {BEGIN} and {END} are missing")
    return f"{before}{BEGIN}\n\n{text}\n{END}{after}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only-check", action="store_true", help="for noise; write nothing")
    parser.add_argument("records", nargs="+", metavar="RECORD")
    parser.add_argument("page", type=pathlib.Path, metavar="PAGE")
    given = parser.parse_args()
    facts, sections = {}, []
    for path in given.records:
        more_facts, more = read(path)
        facts = more_facts | facts
        sections += more
    for section in sections:
        is_told = section.compiler in (facts.get("compiler"), section.title.split(": ")[-1])
        if section.compiler and not is_told:
            section.title += f", {section.compiler}"
    noise = [(section.title, row) for section in sections for row in section.noisy]
    for title, row in noise:
        print(f"too noisy: {title}: {row}", file=sys.stderr)
    if noise:
        sys.exit("this run is no result: let nothing else run, and run it again")
    if given.only_check:
        return
    images = given.page.parent / "images"
    images.mkdir(exist_ok=True)
    for program in {section.program for section in sections}:
        for old in images.glob(f"{program}-*.svg"):
            old.unlink()
    given.page.write_text(replaced(given.page, page_text(facts, sections, images)), "utf-8")


if __name__ == "__main__":
    main()
