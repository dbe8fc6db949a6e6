#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Builds runnel and runs its tests; the last lines are the summary of ctest.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/deps.sh build test
cmake --preset dev
cmake --build --preset dev
ctest --preset dev
