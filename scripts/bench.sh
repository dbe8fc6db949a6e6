#!/usr/bin/env bash
# Measures runnel beside its peers and writes docs/performance.md. Takes about an hour;
# nothing else may run on the machine. A run that was disturbed is no result: it is
# refused, and the page stays as it is. With --quick, fewer rounds, and no page.
set -euo pipefail
cd "$(dirname "$0")/.."

quick=""
[ "${1:-}" != --quick ] || quick=yes
records=build/records
programs=build/release/bench

# More than a twentieth of one processor is too much.
is_quiet() {
    local busy
    busy=$( (grep '^cpu ' /proc/stat; sleep 3; grep '^cpu ' /proc/stat) \
        | awk '{ used = $2 + $3 + $4 + $7 + $8 } NR == 1 { first = used }
               NR == 2 { print used - first }')
    [ "$busy" -lt $((3 * $(getconf CLK_TCK) / 20)) ]
}

measure() { # program, arguments...
    local name=$1
    shift
    printf '\n=== %s\n\n' "$name"
    "$programs/$name" --json "$records/$name.jsonl" "$@"
}

scripts/deps.sh build bench peers
cmake --preset release -DRUNNEL_BENCH=ON >/dev/null
cmake --build --preset release -- --quiet
is_quiet || { echo "other programs run on this machine: nothing is measured" >&2; exit 1; }

rm -rf "$records"
mkdir -p "$records"
if [ -n "$quick" ]; then
    measure spawn --rounds 20
    measure bytes --rounds 3 --mib 64
    measure lines --rounds 3 --mib 64
    measure many --rounds 1 --count 500 --files 200
    measure growth --rounds 5 --most 100
    exit
fi
measure spawn
measure bytes
measure lines
measure many
measure growth
printf '\n=== build cost\n\n'
bench/build_cost.py --library build/release/librunnel.a --json "$records/build_cost.jsonl"
bench/page.py "$records"/{spawn,bytes,lines,many,growth,build_cost}.jsonl docs/performance.md
