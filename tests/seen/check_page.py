#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Checks that the elements of a page on stdin are closed, in order."""

import html.parser
import sys

EMPTY = {"meta", "br", "img", "link", "input", "hr"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            print(f"{self.getpos()}: </{tag}> ends {self.open[-1:]}")
            sys.exit(1)
        self.open.pop()


page = Page()
page.feed(sys.stdin.buffer.read().decode("utf-8", "strict"))
if page.open:
    print("not ended:", page.open)
