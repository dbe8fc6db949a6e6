#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Measures runnel beside its peers and writes docs/performance.md. Takes about half an
# hour; nothing else may run on the machine. A part that was disturbed is no result, and is
# measured again. If that does not help, the run is refused, and the page stays as it is.
# With --quick, fewer rounds, and no page.
set -euo pipefail
cd "$(dirname "$0")/.."

quick=""
[ "${1:-}" != --quick ] || quick=yes
records=build/records
programs=build/release/bench
with_clang=build/release-clang/bench

# More than a twentieth of one processor is too much; what other machines take of it
# counts as well.
is_quiet() {
    local busy
    busy=$( (grep '^cpu ' /proc/stat; sleep 3; grep '^cpu ' /proc/stat) \
        | awk '{ used = $2 + $3 + $4 + $7 + $8 + $9 } NR == 1 { first = used }
               NR == 2 { print used - first }')
    [ "$busy" -lt $((3 * $(getconf CLK_TCK) / 20)) ]
}

wait_for_quiet() {
    for _ in {1..20}; do
        is_quiet && return
    done
    return 1
}

insist_on_quiet() {
    wait_for_quiet || { echo "other programs run on this machine: no result" >&2; exit 1; }
}

# Three times at most.
measure() { # record, program, arguments...
    local record=$records/$1.jsonl program=$2
    shift 2
    for _ in 1 2 3; do
        insist_on_quiet
        rm -f "$record"
        printf '\n=== %s\n\n' "$program"
        "$program" --json "$record" "$@"
        [ -z "$quick" ] || return 0
        bench/page.py --only-check "$record" docs/performance.md && return
    done
    exit 1
}

scripts/deps.sh build bench peers
cmake --preset release -DRUNNEL_BENCH=ON >/dev/null
cmake --build --preset release -- --quiet
cmake -B build/release-clang -G Ninja -DCMAKE_BUILD_TYPE=Release -DRUNNEL_BENCH=ON \
    -DCMAKE_CXX_COMPILER="${CLANGXX:-$(compgen -c clang++- | sort -V | tail -n 1)}" >/dev/null
cmake --build build/release-clang --target lines -- --quiet
rm -rf "$records"
mkdir -p "$records"
if [ -n "$quick" ]; then
    measure spawn $programs/spawn --rounds 20
    measure bytes $programs/bytes --rounds 3 --mib 64
    measure lines $programs/lines --rounds 3 --mib 64
    measure lines-clang $with_clang/lines --rounds 3 --mib 64
    measure many $programs/many --rounds 1 --count 500 --files 200
    measure growth $programs/growth --rounds 5 --most 100
    exit
fi
measure spawn $programs/spawn --rounds 150
measure bytes $programs/bytes --rounds 15 capture both tee
measure channel $programs/bytes --rounds 50 channel
measure lines $programs/lines --rounds 25 --mib 192
# What a range costs depends on the compiler of the program.
measure lines-clang $with_clang/lines --rounds 25 --mib 192
measure many $programs/many --rounds 15 --count 3000 --files 1000
measure growth $programs/growth
printf '\n=== build cost\n\n'
bench/build_cost.py --library build/release/librunnel.a --json "$records/build_cost.jsonl"
bench/page.py "$records"/{spawn,bytes,channel,lines,lines-clang,many,growth,build_cost}.jsonl docs/performance.md
