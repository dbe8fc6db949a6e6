#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Makes the Debian packages, looks at them with lintian, installs them, builds a user's
# project against them, and removes them.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/deps.sh build package
source=$PWD
tmp=$(mktemp -d)
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
remove() { "${as_root[@]}" dpkg --purge librunnel-dev "$library" >/dev/null; }
trap 'rm -rf "$tmp"' EXIT

fail() {
    echo "$*" >&2
    exit 1
}

scripts/package.sh "$tmp/packages" >/dev/null
packages=("$tmp"/packages/*.deb)
[ ${#packages[@]} = 2 ] || fail "not two packages: ${packages[*]}"
chmod 755 "$tmp" # root's lintian gives up its rights
# The first tag is about uploads to Debian; CPack writes the calls of the second.
lintian --fail-on error,warning --allow-root \
    --suppress-tags initial-upload-closes-no-bugs,maintscript-calls-ldconfig "${packages[@]}"
library=$(dpkg-deb --field "$tmp"/packages/librunnel[0-9]*.deb Package)
echo "ok: $library and librunnel-dev, lintian finds nothing"

trap 'remove; rm -rf "$tmp"' EXIT
"${as_root[@]}" dpkg --install "${packages[@]}" >/dev/null
cmake -G Ninja -S tests/install -B "$tmp/consumer" >/dev/null
cmake --build "$tmp/consumer" >/dev/null
"$tmp/consumer/consumer"
needed=$(ldd "$tmp/consumer/consumer")
[[ $needed == *librunnel.so* ]] || fail "the library is not shared: $needed"
# shellcheck disable=SC2046  # the flags are several words
g++ "$source/tests/install/main.cpp" $(pkg-config --cflags --libs runnel) -o "$tmp/by-pkg-config"
"$tmp/by-pkg-config"
echo "ok: a program builds and runs with the installed packages"

remove
trap 'rm -rf "$tmp"' EXIT
left=$(find /usr/include /usr/lib /usr/share/doc -name '*runnel*')
[ -z "$left" ] || fail "left behind: $left"
echo "ok: nothing is left after their removal"
