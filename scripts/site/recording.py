#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Records scripts/demo.sh on a terminal and writes it as an SVG that moves without a script.

    scripts/site/recording.py docs/images/demo.svg

The text is what the demo prints on this machine, less the sections that SECTIONS does not name.
The lines come in their order; pauses are longer than in the demo, so that a reader can follow.
"""

import html
import os
import pathlib
import pty
import re
import sys

COMMAND = "scripts/demo.sh"
SECTIONS = ("Packages, by what", "Packages that nobody", "What gzip makes", "And when something")
ROWS, COLUMNS = 26, 88
LINE, WIDE = 17, 7.83 # pixels of a line, and of a character
BETWEEN_LINES, BETWEEN_SECTIONS, AT_THE_END = 0.12, 2.0, 6.0 # seconds

root = pathlib.Path(__file__).resolve().parents[2]


def record():
    """What the command writes to a terminal."""
    pid, screen = pty.fork()
    if pid == 0:
        os.environ.pop("NO_COLOR", None)
        os.chdir(root)
        os.execl("/bin/sh", "sh", "-c", COMMAND)
    text = b""
    while True:
        try:
            some = os.read(screen, 65536)
        except OSError: # the last program has closed the terminal
            break
        if not some:
            break
        text += some
    os.waitpid(pid, 0)
    return text.decode(errors="replace").replace("\r\n", "\n")


def sections_of(text):
    """Each a list of lines; an empty line is in front of each but the first."""
    for section in re.split(r"\n\n", text.strip("\n")):
        lines = section.split("\n")
        title = re.sub(r"\033\[[\d;]*m", "", lines[0])
        if text.startswith(section) or title.startswith(SECTIONS):
            yield lines


def line_as_svg(line, y):
    """Bold, faint and coloured as the terminal has them."""
    style, out = "", []
    for part in re.split(r"(\033\[[\d;]*m)", line):
        if found := re.fullmatch(r"\033\[([\d;]*)m", part):
            style = {"1": "b", "2": "f", "36": "c"}.get(found[1], "")
        elif part:
            word = html.escape(part, quote=False)
            out.append(f'<tspan class="{style}">{word}</tspan>' if style else word)
    return f'<text y="{y}">{"".join(out)}</text>'


def svg(sections):
    at, when, lines, scrolls = 0.0, [], [], [(0.0, 0)]
    for section in sections:
        for line in section:
            lines.append(line)
            when.append(at)
            if len(lines) > ROWS - 1:
                scrolls.append((at, len(lines) - ROWS + 1))
            at += BETWEEN_LINES
        lines.append("")
        when.append(at)
        at += BETWEEN_SECTIONS if len(lines) > 4 else BETWEEN_LINES
    length = at + AT_THE_END

    def percent(seconds):
        return f"{100 * seconds / length:.2f}%"

    width, height = round(COLUMNS * WIDE + 32), ROWS * LINE + 50
    last = scrolls[-1][1] * LINE
    keys = "".join(f"{percent(t)}{{transform:translateY({-n * LINE}px)}}" for t, n in scrolls)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="{COMMAND} on a terminal">',
        "<style>",
        "text{font:13px ui-monospace,'DejaVu Sans Mono',monospace;fill:#e4e7ee;white-space:pre}",
        ".b{font-weight:bold}.f{fill:#99a2b3}.c{fill:#8fc7dc}",
        f"#all{{animation:scroll {length:.1f}s step-end 3 forwards}}",
        f"@keyframes scroll{{{keys}100%{{transform:translateY({-last}px)}}}}",
    ]
    for i, t in enumerate(when):
        if lines[i] and t:
            out.append(f".l{i}{{animation:k{i} {length:.1f}s step-end 3}}"
                       f"@keyframes k{i}{{0%{{opacity:0}}{percent(t)}{{opacity:1}}}}")
    out += [
        "@media (prefers-reduced-motion:reduce){*{animation:none!important}"
        f"#all{{transform:translateY({-last}px)}}}}",
        "</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#14171d"/>',
        *(f'<circle cx="{20 + 18 * i}" cy="17" r="5" fill="{c}"/>'
          for i, c in enumerate(("#f0756a", "#e0a43a", "#58c08a"))),
        f'<svg x="16" y="34" width="{width - 32}" height="{ROWS * LINE}">',
        '<g id="all">',
    ]
    for i, line in enumerate(lines):
        if line:
            out.append(f'<g class="l{i}">{line_as_svg(line, 13 + LINE * i)}</g>')
    return "\n".join([*out, "</g>", "</svg>", "</svg>"]) + "\n"


def main():
    sections = list(sections_of(record()))
    if len(sections) <= len(SECTIONS): # the name of the machine is the first
        sys.exit(f"{COMMAND} has no longer all of {SECTIONS}")
    sections[0].insert(0, "\033[2m$\033[0m \033[1m" + COMMAND + "\033[0m")
    sections[0].insert(1, "")
    pathlib.Path(sys.argv[1]).write_text(svg(sections))


main()
