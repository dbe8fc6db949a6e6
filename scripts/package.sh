#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Makes the Debian packages librunnel<version> and librunnel-dev:
#     scripts/package.sh [FOLDER]        (build/package, if none is given)
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(realpath -m "${1:-build/package}")
scripts/deps.sh build package
cmake -G Ninja -B "$folder/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON \
    -DCMAKE_INSTALL_PREFIX=/usr -DRUNNEL_PACKAGE=ON >/dev/null
cmake --build "$folder/build" -- --quiet
rm -f "$folder"/*.deb
(cd "$folder/build" && cpack -B "$folder" >/dev/null)
rm -rf "$folder/_CPack_Packages"
ls "$folder"/*.deb
