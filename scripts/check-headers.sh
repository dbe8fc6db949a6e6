#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Checks what the headers bring to who includes them:
#   1. public headers and src/sys/*.hpp include standard headers and ours, no more
#      (range_v3.hpp may also include range/v3, expected.hpp tl/expected.hpp, asio.hpp
#      the headers of Asio and of epoll, fmt.hpp fmt/format.h, poll_loop.hpp poll.h);
#   2. the preprocessor confirms it: nothing comes in but ours and what those
#      standard headers bring by themselves;
#   3. no <iostream>, <thread> or <regex> comes in, by whatever way, nor
#      <stop_token> but by the header of that name;
#   4. OS headers are included in src/sys/posix and src/sys/linux only, those of a
#      processor in src/text/cpu;
#   5. runnel.hpp keeps to its budget of lines once preprocessed; check-cost.py has
#      one for the time to compile it.
set -euo pipefail
cd "$(dirname "$0")/.."

max_lines=95000

cxx=${CXX:-g++}
flags=(-std=c++20 -Iinclude -Isrc)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

complain() {
    echo "$*" >&2
    bad=1
}

# The names in a file's #include lines, quotes and brackets kept.
included_by() {
    sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*([<"][^>"]+[>"]).*/\1/p' "$@"
}

# Every file that comes in with a source file, one a line.
brought_by() {
    "$cxx" "${flags[@]}" -x c++ -M "$1" | sed 's/^[^:]*: *//; s/\\$//' | tr ' ' '\n' \
        | grep -v '^$' | sort -u
}

# Standard headers have neither a dot nor a slash in their names.
is_standard() { [[ $1 =~ ^\<[a-z0-9_]+\>$ ]]; }
is_ours() {
    local name=${1:1:-1}
    [ -e "include/$name" ] || [ -e "src/$name" ] || [ -e "$(dirname "$2")/$name" ]
}

check_names() { # file
    local name
    for name in $(included_by "$1"); do
        is_standard "$name" || is_ours "$name" "$1" \
            || { [[ $1 == */range_v3.hpp ]] && [[ $name == "<range/v3/"* ]]; } \
            || { [[ $1 == */expected.hpp ]] && [[ $name == "<tl/expected.hpp>" ]]; } \
            || { [[ $1 == */asio.hpp ]] && [[ $name =~ ^\<(asio/.*|sys/epoll.h|unistd.h)\>$ ]]; } \
            || { [[ $1 == */fmt.hpp ]] && [[ $name == "<fmt/format.h>" ]]; } \
            || { [[ $1 == */poll_loop.hpp ]] && [[ $name == "<poll.h>" ]]; } \
            || complain "$1 includes $name"
    done
}

check_brought() { # header
    local ours strays costly
    brought_by "$1" >"$tmp/all"
    ours=$(grep -E '^(include|src)/' "$tmp/all")
    # shellcheck disable=SC2086  # a list of files
    included_by $ours | sort -u | sed -nE 's/^<[a-z0-9_]+>$/#if __has_include(&)\n#include &\n#endif/p' \
        >"$tmp/std.cpp" # not every library has <format>
    brought_by "$tmp/std.cpp" >"$tmp/standard"
    strays=$(comm -23 "$tmp/all" "$tmp/standard" | grep -Ev '^(include|src)/' || true)
    [ -z "$strays" ] || complain "$1 brings in:"$'\n'"$strays"
    costly='iostream|thread|regex'
    [[ $1 == */stop_token.hpp ]] || costly+='|stop_token'
    strays=$(grep -E "/($costly)$" "$tmp/all" || true)
    [ -z "$strays" ] || complain "$1 brings in, at a cost to every user:"$'\n'"$strays"
}

public=$(find include/runnel -name '*.hpp' | sort)
for header in $public $(find src/sys -maxdepth 1 -name '*.hpp'); do
    check_names "$header"
    [[ $header =~ /(range_v3|asio|fmt|poll_loop)\.hpp$ ]] || check_brought "$header"
done

for file in $(find src \( -name '*.hpp' -o -name '*.cpp' \) -not -path 'src/sys/*/*' \
    -not -path 'src/text/cpu/*' | sort); do
    check_names "$file"
done

echo '#include <runnel/runnel.hpp>' >"$tmp/ours.cpp"
lines=$("$cxx" "${flags[@]}" -E "$tmp/ours.cpp" | wc -l)
[ "$lines" -le $max_lines ] \
    || complain "runnel.hpp is $lines lines once preprocessed, more than $max_lines"

[ $bad = 0 ] || exit 1
echo "ok: $(wc -w <<<"$public") public headers; runnel.hpp is $lines lines once preprocessed"
