#!/usr/bin/env bash
# Builds runnel and runs its tests; the last lines are the summary of ctest.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/deps.sh build test
cmake --preset dev
cmake --build --preset dev
ctest --preset dev
