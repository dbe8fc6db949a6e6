#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Installs what is missing, builds runnel and its example "report", and runs
# it. Arguments go to it. What it prints is the report alone; that it builds is
# said on stderr, if that is a terminal.
set -euo pipefail
cd "$(dirname "$0")/.."

quietly() {
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        rm -f "$log"
        exit 1
    fi
    rm -f "$log"
}

has_tools() {
    local tool
    for tool in g++ cmake ninja; do
        command -v $tool >/dev/null || return 1
    done
}

report=build/release/examples/report
if [ ! -x $report ] && [ -t 2 ]; then
    echo "building it, which takes a minute or two ..." >&2
fi
has_tools || quietly scripts/deps.sh build
quietly cmake --preset release
quietly cmake --build --preset release --target example_report
exec $report "$@"
