#!/usr/bin/env bash
# Builds runnel and its example "report", and runs it. Arguments go to it.
set -euo pipefail
cd "$(dirname "$0")/.."

quietly() {
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        exit 1
    fi
    rm -f "$log"
}

quietly scripts/deps.sh build
quietly cmake --preset release
quietly cmake --build --preset release --target example_report
exec build/release/examples/report "$@"
