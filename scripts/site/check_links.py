#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks that every link inside of a built site leads to a page, a file and an anchor.

    scripts/site/check_links.py build/site/html

Nothing is fetched. A link to another site is not followed; anything else that a page would
load from another site is an error.
"""

import html.parser
import pathlib
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.anchors = set()
        self.links = [] # (attribute, address)
        self.feed(path.read_text(errors="replace"))

    def handle_starttag(self, tag, attributes):
        if ("class", "mermaid") in attributes: # the theme would fetch a script for it
            self.links.append((True, "https://a-script-for-mermaid"))
        for name, value in attributes:
            if name == "id" or (name == "name" and tag == "a"):
                self.anchors.add(value)
            elif name in ("href", "src") and value is not None:
                loads = name == "src" or (tag == "link" and ("rel", "stylesheet") in attributes)
                self.links.append((loads, value))


root = pathlib.Path(sys.argv[1]).resolve()
pages = {path: Page(path) for path in root.rglob("*.html")}
wrong = []
count = 0
for path, page in pages.items():
    for loads, address in page.links:
        url = urllib.parse.urlsplit(address)
        if url.scheme or url.netloc:
            if loads and url.scheme != "data":
                wrong.append(f"{path.relative_to(root)} loads {address}")
            continue
        count += 1
        there = path if not url.path else root / url.path[1:] if url.path[0] == "/" \
            else (path.parent / urllib.parse.unquote(url.path)).resolve()
        if there.is_dir():
            there /= "index.html"
        anchor = urllib.parse.unquote(url.fragment)
        if not there.exists():
            wrong.append(f"{path.relative_to(root)}: {address} leads nowhere")
        elif anchor and there in pages and anchor not in pages[there].anchors \
                and not anchor.startswith("__"):
            wrong.append(f"{path.relative_to(root)}: {address} has no such anchor")

for line in sorted(set(wrong)):
    print(line, file=sys.stderr)
if wrong:
    sys.exit(1)
print(f"ok: {count} links of {len(pages)} pages")
