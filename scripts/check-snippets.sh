#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Compiles every ```cpp block of README.md and docs/*.md with each compiler of
# COMPILERS, and runs those that say what they print. Pages may be named:
#     scripts/check-snippets.sh docs/capture.md
#
# A block with "int main" is compiled as it stands. Any other is taken as the
# body of a function, after the usual headers and using namespace runnel.
# Lines before a block say what is special about it:
#     <!-- no-compile -->                          leave it out
#     <!-- from: examples/boost/v1.cpp -->         it stands in that file, word for word
#     <!-- given: std::string name; int n(); -->   declarations that it relies on
#     <!-- before: seq 3 > numbers -->             shell commands; the block runs where they ran
# The line behind a block, if it is followed by a ```text block:
#     <!-- prints -->                              that is what the block writes to stdout
# In a line of such text, "..." stands for anything.
set -euo pipefail
cd "$(dirname "$0")/.."

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Precompiled once, as most of the time goes into these.
cat >"$tmp/prelude.hpp" <<'END'
#include <runnel/log.hpp>
#include <runnel/progress.hpp>
#include <runnel/recording.hpp>
#include <runnel/report.hpp>
#include <runnel/runnel.hpp>
#include <runnel/scripted.hpp>
#include <runnel/trace.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>
END

shopt -s nullglob
[ $# -gt 0 ] || set -- README.md docs/*.md
python3 - "$tmp" "$@" <<'END'
import pathlib, re, sys

out = pathlib.Path(sys.argv[1])
block = re.compile(
    r"((?:^<!--(?:(?!-->).)*-->\s*\n)*)^```cpp[^\n]*\n(.*?)^```"
    r"(?:\s*<!-- *prints *-->\s*^```text\n(.*?)^```)?", re.M | re.S)

for name in filter(lambda name: pathlib.Path(name).exists(), sys.argv[2:]):
    page = pathlib.Path(name).read_text()
    for found in block.finditer(page):
        notes, code, printed = found.groups()
        if "no-compile" in notes:
            continue
        line = page.count("\n", 0, found.start(2)) + 1
        if source := re.search(r"<!-- *from: *(\S+) *-->", notes):
            if code not in pathlib.Path(source[1]).read_text():
                sys.exit(f"{name}:{line}: this does not stand in {source[1]}")
            continue
        where = f'#line {line} "{name}"\n'
        if "int main" in code:
            text = where + code
        else:
            given = "\n".join(re.findall(r"<!-- *given:(.*?)-->", notes, re.S))
            includes = "".join(re.findall(r"^#include.*\n", code, re.M))
            body = re.sub(r"^#include.*$", "", code, flags=re.M)
            text = (
                '#include "prelude.hpp"\n' + includes
                + "using namespace runnel;\n"
                + given + "\nvoid snippet()\n{\n" + where + body + "}\n")
            if printed is not None:
                text += "int main() { snippet(); }\n"
        stem = name.replace("/", "-").replace(".", "-") + f"-{line}"
        (out / f"{stem}.cpp").write_text(text)
        if printed is not None:
            (out / f"{stem}.printed").write_text(printed)
            (out / f"{stem}.before").write_text(
                "\n".join(re.findall(r"<!-- *before:(.*?)-->", notes, re.S)))
    if page.count("<!-- prints -->") != sum(f[3] is not None for f in block.finditer(page)):
        sys.exit(f"{name}: <!-- prints --> stands between a ```cpp block and a ```text block")
END

# A snippet may name a thing for the reader's sake and not use it.
# Asio 1.22 does not see that clang has coroutines.
flags=(-std=c++20 -DASIO_HAS_CO_AWAIT=1 -Iinclude -I"$tmp" -Wall -Wextra -Werror -Wno-unused-variable
    -Wno-unused-but-set-variable -Wno-unused-local-typedefs)

snippets=("$tmp"/*.cpp)
quiet=() # those that only compile
for snippet in "${snippets[@]}"; do
    [ -e "${snippet%.cpp}.printed" ] || quiet+=("$snippet")
done
read -ra compilers <<<"${COMPILERS:-g++ clang++-19}"
for compiler in "${compilers[@]}"; do
    # g++ finds the precompiled header by its name, clang wants to be told. What is run
    # is compiled by g++ then.
    "$compiler" "${flags[@]}" -x c++-header "$tmp/prelude.hpp" -o "$tmp/prelude.hpp.gch"
    with=()
    these=("${quiet[@]}")
    [ "$compiler" = g++ ] || {
        with=(-include-pch "$tmp/prelude.hpp.gch")
        these=("${snippets[@]}")
    }
    [ ${#these[@]} = 0 ] || printf '%s\0' "${these[@]}" \
        | xargs -0 -n 1 -P "$(nproc)" "$compiler" "${flags[@]}" "${with[@]}" -fsyntax-only
done

# Runs a block that says what it prints, in a directory of its own.
check_output() { # stem of its files, flags of the compiler...
    local stem=$1 lib=build/dev/librunnel.a
    mkdir "$stem.d"
    g++ "${@:2}" -O0 "$stem.cpp" "$lib" -pthread -o "$stem.program"
    (cd "$stem.d" && bash -euc "$(<"$stem.before")" && timeout 60 "$stem.program" </dev/null) \
        >"$stem.out" || { echo "$(basename "$stem") failed:"; cat "$stem.out"; return 1; } >&2
    python3 - "$stem.printed" "$stem.out" <<'END' || { echo "see $(basename "$stem")" >&2; return 1; }
import pathlib, re, sys

printed, out = (pathlib.Path(name).read_text() for name in sys.argv[1:])
if not re.fullmatch(".*".join(map(re.escape, printed.split("..."))), out):
    sys.exit(f"the page says\n{printed}and the block prints\n{out}")
END
}

running=("$tmp"/*.printed)
if [ ${#running[@]} -gt 0 ]; then
    cmake --preset dev >/dev/null
    cmake --build --preset dev --target runnel -- --quiet
    export -f check_output
    g++ "${flags[@]}" -x c++-header "$tmp/prelude.hpp" -o "$tmp/prelude.hpp.gch"
    printf '%s\0' "${running[@]%.printed}" \
        | xargs -0 -n 1 -P "$(nproc)" bash -euc 'check_output "${@: -1}" "${@:1:$#-1}"' check "${flags[@]}"
fi
echo "ok: ${#snippets[@]} snippets compile under ${compilers[*]}; ${#running[@]} print what their pages say"
