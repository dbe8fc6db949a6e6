#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Installs the Debian packages that are missing from the named groups:
#     scripts/deps.sh build test
# When all are there it does nothing and does not touch the network.
set -euo pipefail

declare -A packages=(
    [build]="g++ cmake ninja-build ccache"
    [test]="catch2 libgtest-dev librange-v3-dev libasio-dev libfmt-dev gdb python3"
    [loops]="libasio-dev libfmt-dev libglib2.0-dev qtbase5-dev pkg-config"
    [ci]="libglib2.0-dev qtbase5-dev clang-16 clang-19 libc++-19-dev libc++abi-19-dev libclang-rt-16-dev
          libclang-rt-19-dev clang-format-16 strace git pkg-config
          reuse"
    [bench]="librange-v3-dev libboost1.81-dev libboost-system1.81-dev libboost-filesystem1.81-dev"
    [abi]="abigail-tools"
    [site]="mkdocs mkdocs-material doxygen graphviz fonts-dejavu-core"
    [package]="dpkg-dev file lintian pkg-config"
    [peers]="libglib2.0-dev libuv1-dev qtbase5-dev libpstreams-dev pkg-config rustc nodejs
             parallel"
    [nightly]="clang-16 libclang-rt-16-dev clang-tidy-16 clang-19 libc++-19-dev libc++abi-19-dev
             libclang-rt-19-dev valgrind g++-aarch64-linux-gnu qemu-user strace"
)

installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

wanted=""
for group in "$@"; do
    wanted+=" ${packages[$group]:?no such group of packages}"
done

if ! command -v dpkg-query >/dev/null; then
    echo "not a Debian system; these packages or their like are needed:" $wanted >&2
    exit 0
fi

missing=()
for package in $wanted; do
    installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing: ${missing[*]}" >&2
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { "${apt[@]}" update \
    && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
