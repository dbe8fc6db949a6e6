#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Builds and runs the recipes of docs/event_loops.md for Qt and GLib, where these are
# installed (scripts/deps.sh loops), with each compiler. Needs the library of a build:
#     scripts/check-loops.sh [build/dev]
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-build/dev}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Position independent, as Qt wants it. Its headers are not ours to warn of.
flags=(-std=c++20 -fPIC -Iinclude -Wall -Wextra -Wconversion -Wshadow -Werror)
expected='hello
"sleep 1000" timed out after 0.2 s'
done=()

recipe() { # file, package of pkg-config
    local compiler given
    pkg-config --exists "$2" || { echo "not here: $2"; return; }
    given=$(pkg-config --cflags "$2" | sed 's/-I/-isystem /g')
    for compiler in g++ clang++-16; do
        # shellcheck disable=SC2046,SC2086  # several words each
        "$compiler" "${flags[@]}" $given "examples/event_loops/$1.cpp" "$build/librunnel.a" \
            $(pkg-config --libs "$2") -pthread -o "$tmp/$1"
        timeout 60 "$tmp/$1" >"$tmp/out"
        diff "$tmp/out" - <<<"$expected"
    done
    done+=("$1")
}

recipe qt Qt5Core
recipe glib glib-2.0
echo "ok: recipes for ${done[*]:-no event loop} run"
