#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Checks that .clang-format had the last word; with --fix, gives it to it.
set -euo pipefail
cd "$(dirname "$0")/.."

files=$(mktemp)
trap 'rm -f "$files"' EXIT
git ls-files -z --cached --others --exclude-standard '*.cpp' '*.hpp' >"$files"

if [ "${1:-}" = --fix ]; then
    xargs -0 --no-run-if-empty clang-format-16 -i <"$files"
    exit
fi

# One line for each file that differs; the log of each difference is long.
report=$(xargs -0 --no-run-if-empty clang-format-16 --dry-run -Werror <"$files" 2>&1) || {
    grep -E ': error: ' <<<"$report" | cut -d: -f1 | sort -u || echo "$report"
    echo "these are not formatted; scripts/check-format.sh --fix does it"
    exit 1
} >&2
echo "ok: $(tr -cd '\0' <"$files" | wc -c) files are formatted"
