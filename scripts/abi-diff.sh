#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Says how the binary interface of the shared library has changed since a commit:
#     scripts/abi-diff.sh COMMIT
# Fails if a program that was linked with the old library could not run with the new one.
set -euo pipefail
cd "$(dirname "$0")/.."

old=${1:?which commit?}
scripts/deps.sh build abi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/source"
git archive "$old" | tar -x -C "$tmp/source"

build() { # source, folder
    cmake -G Ninja -S "$1" -B "$2" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DBUILD_SHARED_LIBS=ON >/dev/null
    cmake --build "$2" --target runnel -- --quiet
}
build "$tmp/source" "$tmp/old"
build . "$tmp/new"

# Bit 4 of the result says that something changed, bit 8 that it breaks programs.
status=0
abidiff --headers-dir1 "$tmp/source/include" --headers-dir2 include \
    "$tmp/old/librunnel.so" "$tmp/new/librunnel.so" || status=$?
[ $((status & ~4)) = 0 ] || { echo "the binary interface has changed since $old" >&2; exit 1; }
echo "ok: programs linked since $old run with this library"
