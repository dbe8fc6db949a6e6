#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Checks that what we tell people to write compiles without a warning under
# each compiler: the examples; and in tests/clean the whole language, by itself
# and beside every header of POSIX and glibc. Nothing is built.
set -euo pipefail
cd "$(dirname "$0")/.."

compilers=(g++ clang++-16 clang++-19)
flags=(-std=c++20 -Iinclude -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
files=(examples/*.cpp tests/clean/*.cpp)

for compiler in "${compilers[@]}"; do
    printf '%s\0' "${files[@]}" \
        | xargs -0 -n 1 -P "$(nproc)" "$compiler" "${flags[@]}" -fsyntax-only
done
echo "ok: ${#files[@]} files are clean under ${compilers[*]}"
