#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Checks that every file that has to repeat the version says what version.hpp says.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -nE 's/^#define RUNNEL_VERSION_[A-Z]+ ([0-9]+)$/\1/p' include/runnel/version.hpp \
    | paste -sd.)
bad=0
says() { # file, pattern of the line; the version stands for VERSION
    grep -qE "${2//VERSION/${version//./\\.}}" "$1" && return
    echo "$1 does not say $version" >&2
    bad=1
}

says CITATION.cff '^version: VERSION$'
says packaging/conan/conanfile.py '^ +version = "VERSION"$'
says packaging/vcpkg/ports/runnel/vcpkg.json '"version": "VERSION",'
says docs/install.md 'tag vVERSION\.'

[ $bad = 0 ] || exit 1
echo "ok: every file says $version"
