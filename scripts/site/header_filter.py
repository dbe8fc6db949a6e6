#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Shows Doxygen a public header: the comment at its top becomes the text of its page, and
specialisations of templates of other libraries, which Doxygen does not find, are left out. So are
functions that the compiler refuses: a page of their own has them."""

import re
import sys

text = open(sys.argv[1]).read()
licence, top, rest = re.match(
    r"((?://[^\n]*SPDX[^\n]*\n)*\n?)((?://[^\n]*\n)*)(.*)", text, re.S).groups()
top = re.sub(r"^// (?! )[^\n]*", lambda line: re.sub(r"`?<[\w/.]+>`?",
             lambda name: "`" + name[0].strip("`") + "`", line[0]), top, flags=re.M)
told = "".join("///" + line[2:] + "\n" for line in top.splitlines())
text = licence + ("/// @file\n" + told if told else "") + rest
text = text.replace("namespace runnel::inline v0", "namespace runnel")
text = re.sub(r"^template <>\ninline constexpr bool .*?;$", "", text, flags=re.M | re.S)
text = re.sub(r"^template <[^>]*>\n(struct|class) std::.*?^};$", "", text, flags=re.M | re.S)
text = re.sub(r"^template <[^>]*>\nstruct fmt::.*?{};$", "", text, flags=re.M | re.S)
# With the words of the refusals gone, a deleted function is all that lies in front of a semicolon.
text = re.sub(r'(RUNNEL_REFUSED\w*\()(?:\s*"(?:[^"\\]|\\.)*")+', r"\1", text)
text = re.sub(r"RUNNEL_REFUSED_\w+\(\)", "", text)
inside = r"(?:\{\}|[^;{}])*?"
text = re.sub(rf"(^ *template <{inside})?^ *RUNNEL_REFUSED\({inside}RUNNEL_DELETED;\n", "", text,
              flags=re.M)
sys.stdout.write(text)
