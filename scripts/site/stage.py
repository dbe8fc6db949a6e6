#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Copies docs/ to a directory from which mkdocs makes the site.

    scripts/site/stage.py build/site

The pages are written for readers of the repository, so these things change:

- Marks of scripts/site/graphs.py become the pictures that it has drawn.
- Diagrams in Mermaid are drawn, so that no page needs a script of another site for them.
- Other notes, such as those to scripts/check-snippets.sh, are left out.
- `\\|` in code of a table becomes `|`, as mkdocs wants it.
- A link whose text is the name of a page is called by its title.
- A link to a file outside docs/ leads to a page that shows this file, under source/.

A page that is not in the navigation is an error, so that no page can be forgotten.
"""

import os
import pathlib
import re
import shutil
import sys

import drawing
import graphs

# In the navigation when they exist.
OPTIONAL = {"event_loops.md", "refused.md", "examples.md"}

LANGUAGES = {".cpp": "cpp", ".hpp": "cpp", ".py": "python", ".txt": "text", ".sh": "bash"}

root = pathlib.Path(__file__).resolve().parents[2]
site = pathlib.Path(sys.argv[1]).resolve()
pages = site / "pages"


def target_of(path):
    """Where a file of the repository stands below pages/."""
    if path.parts[0] == "docs":
        return path.relative_to("docs")
    path = pathlib.Path(*(part.lstrip(".") for part in path.parts)) # mkdocs leaves dot-files out
    if path.suffix in (".md", ".svg", ".png"):
        return "source" / path
    return pathlib.Path("source") / (str(path) + ".md")


class Stage:
    def __init__(self):
        self.wanted = []
        self.done = set()

    def link(self, page, address):
        """What a link of a page is called on the site."""
        path, hash_sign, anchor = address.partition("#")
        if not path or re.match(r"[a-z]+:", path) or path.startswith("api/"):
            return address
        real = pathlib.Path(os.path.normpath(page.parent / path))
        if not (root / real).exists():
            sys.exit(f"{page}: there is no {path}")
        self.wanted.append(real)
        there = os.path.relpath(target_of(real), target_of(page).parent)
        return there + hash_sign + anchor

    def named_link(self, page, link):
        """A link whose text is the name of a file is called by the title of that page."""
        title = re.search(r"^# (.*)", (root / "docs" / link[1]).read_text(), re.M)[1] \
            if link[1] else ""
        return "[" + title + link[2] + self.link(page, link[3]) + link[4]

    def markdown(self, page):
        text = (root / page).read_text()
        text = text.replace("<!-- prints -->\n```text\n", '```text title="prints"\n')
        parts = re.split(r"(^```.*?^```[^\n]*\n)", text, flags=re.M | re.S)
        for i in range(1, len(parts), 2):
            if diagram := re.fullmatch(r"```mermaid\n(.*)```\n", parts[i], re.S):
                heading = re.findall(r"^#+ (.*)", "".join(parts[:i]), re.M)[-1]
                parts[i] = drawing.from_mermaid(diagram[1], heading)
        for i in range(0, len(parts), 2): # those outside of code blocks
            part = graphs.MARK.sub(
                lambda mark: "" if mark[2] else "\n" + graphs.picture(
                    site / "graphs", mark[1], " ".join(mark[3].split())) + "\n", parts[i])
            part = re.sub(r"^<!--.*?-->\s*?\n", "", part, flags=re.M | re.S)
            part = re.sub(
                r"^\|.*\|$",
                lambda row: re.sub(r"`[^`]+`", lambda code: code[0].replace(r"\|", "|"), row[0]),
                part, flags=re.M)
            part = re.sub(
                r"\[(\w+\.md)?(\]\()([^)\s]+)(\))|(\]\()([^)\s]+)(\))",
                lambda link: self.named_link(page, link) if link[2]
                else link[5] + self.link(page, link[6]) + link[7], part)
            parts[i] = part
        return "".join(parts)

    def source(self, path):
        """A page that shows a file, or all files of a directory."""
        real = root / path
        files = [real] if real.is_file() else sorted(p for p in real.iterdir() if p.is_file())
        text = [f"# {path}\n"]
        for file in files:
            if len(files) > 1:
                text.append(f"## {file.name}\n")
            text.append(f"````{LANGUAGES.get(file.suffix, '')}\n{file.read_text()}````\n")
        return "\n".join(text)

    def put(self, path):
        target = pages / target_of(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            target.write_text(self.markdown(path))
        elif target.suffix == ".md":
            target.write_text(self.source(path))
        else:
            shutil.copyfile(root / path, target)

    def put_all(self, paths):
        self.wanted = list(paths)
        while self.wanted:
            path = self.wanted.pop()
            if path not in self.done:
                self.done.add(path)
                self.put(path)


def navigation():
    """mkdocs.yml without the pages that do not exist yet."""
    lines = (root / "scripts/site/mkdocs.yml").read_text().splitlines(keepends=True)
    kept, named = [], set()
    for line in lines:
        if page := re.search(r"^ +- [^#]*?: (\S+\.md)\b", line):
            if page[1] in OPTIONAL and not (root / "docs" / page[1]).exists():
                continue
            named.add(page[1])
        kept.append(line)
        if "# and a page for each" in line:
            kept[-1] = line.split(": api/")[0] + ":\n      - api/index.md\n"
            kept += [f"      - {header.name}: api/{header.stem}.md\n"
                     for header in sorted((root / "include/runnel").glob("*.hpp"))]
    for page in sorted(p.name for p in (root / "docs").glob("*.md")):
        if page not in named:
            sys.exit(f"docs/{page} is not in the navigation: scripts/site/mkdocs.yml")
    return "".join(kept)


shutil.rmtree(pages, ignore_errors=True)
pages.mkdir(parents=True)
(site / "mkdocs.yml").write_text(navigation())
shutil.copyfile(root / "scripts/site/site.css", pages / "site.css")
(pages / "graphs").mkdir()
for report in (site / "graphs").glob("*.html"):
    shutil.copyfile(report, pages / "graphs" / report.name)
Stage().put_all(
    p.relative_to(root) for p in (root / "docs").rglob("*") if p.is_file())
