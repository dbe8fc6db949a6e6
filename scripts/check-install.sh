#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Builds and runs a small user's project against runnel, in every way that a user may get
# it, and says how long each takes: installed static and shared, each by find_package and
# by pkg-config; as a subdirectory and by FetchContent; as a single header; linked
# statically; by the recipes for vcpkg and Conan. scripts/check-package.sh does it for Debian's packages.
set -euo pipefail
cd "$(dirname "$0")/.."

source=$PWD
consumer=$source/tests/install
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Runs a step; shows its output only when it fails.
quietly() {
    "$@" >"$tmp/log" 2>&1 || { cat "$tmp/log" >&2; echo "failed: $*" >&2; exit 1; }
}

# All builds compile the library with the same flags, so that with ccache it is compiled
# once; a subdirectory has no launcher of its own.
launcher=$(command -v ccache || true)
configure() { # source, build folder, options...
    quietly cmake -G Ninja -S "$1" -B "$2" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
        -DRUNNEL_WERROR=ON "${@:3}"
}

SECONDS=0
ok() {
    echo "ok: $* ($SECONDS s)"
    SECONDS=0
}

by_find_package() { # kind
    configure "$consumer" "$tmp/$1-cmake" -DCMAKE_PREFIX_PATH="$tmp/$1"
    quietly cmake --build "$tmp/$1-cmake"
    quietly "$tmp/$1-cmake/consumer"
    quietly "$tmp/$1-cmake/loops"
    ok "$1, find_package"
}

by_pkg_config() { # kind
    local pc libdir flags
    pc=$(find "$tmp/$1" -name runnel.pc)
    libdir=$(dirname "$(dirname "$pc")")
    flags=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs runnel)
    # shellcheck disable=SC2086  # the flags are several words
    quietly g++ "$consumer/main.cpp" $flags -o "$tmp/$1-pc"
    quietly env LD_LIBRARY_PATH="$libdir" "$tmp/$1-pc"
    ok "$1, pkg-config"
}

by_sources() { # name, option of tests/install
    configure "$consumer" "$tmp/$1" -D"$2=$source"
    quietly cmake --build "$tmp/$1"
    quietly "$tmp/$1/consumer"
    quietly "$tmp/$1/loops"
    ok "$1"
}

by_single_header() {
    quietly scripts/single-header.py "$tmp/single"
    sed 's|<runnel/runnel.hpp>|"runnel.hpp"|' "$consumer/main.cpp" >"$tmp/single/main.cpp"
    quietly g++ -std=c++20 -Wall -Wextra -pthread "$tmp/single/main.cpp" \
        "$tmp/single/runnel.cpp" -o "$tmp/single/consumer"
    quietly "$tmp/single/consumer"
    ok "single header"
}

same_flags=(-DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" -DCMAKE_POSITION_INDEPENDENT_CODE=ON
    -DRUNNEL_WERROR=ON)

# A program without shared libraries. The linker warns of functions that load some.
by_static_link() {
    configure . "$tmp/no-nss-build" -DBUILD_SHARED_LIBS=OFF -DRUNNEL_NSS=OFF
    quietly cmake --build "$tmp/no-nss-build"
    quietly cmake --install "$tmp/no-nss-build" --prefix "$tmp/no-nss"
    quietly g++ -static -Wl,--fatal-warnings $(PKG_CONFIG_PATH=$tmp/no-nss/lib/pkgconfig \
        pkg-config --cflags runnel) tests/install/users.cpp \
        $(PKG_CONFIG_PATH=$tmp/no-nss/lib/pkgconfig pkg-config --libs runnel) \
        -o "$tmp/users"
    quietly "$tmp/users"
    ok "linked statically, without nss"
}

by_vcpkg_port() {
    quietly cmake -DPORT="$source/packaging/vcpkg/ports/runnel" -DPACKAGES="$tmp/vcpkg" \
        -DBUILD="$tmp/vcpkg-build" -DOPTIONS="$(IFS=';'; echo "${same_flags[*]}")" \
        -P tests/install/vcpkg/run_port.cmake
    [ -e "$tmp/vcpkg/share/runnel/copyright" ] || { echo "no copyright" >&2; exit 1; }
    by_find_package vcpkg
}

by_conan_recipe() {
    quietly tests/install/conan/run_recipe.py packaging/conan/conanfile.py \
        "$tmp/conan-work" "$tmp/conan" "${same_flags[@]}"
    by_find_package conan
}

# A shared library gives away what its headers mark for export, and the functions of C that
# debuggers call.
check_exports() {
    local library stray
    library=$(find "$tmp/shared" -name 'librunnel.so')
    stray=$(nm -DC --defined-only "$library" \
        | grep -Ev ' [VWu] | ((typeinfo|vtable|typeinfo name) for )?runnel::| runnel_text_of_' || true)
    [ -z "$stray" ] || { echo "exported by mistake:"; echo "$stray"; exit 1; } >&2
    ok "shared, exports only runnel:: names"
}

for kind in static shared; do
    shared=OFF
    [ $kind = static ] || shared=ON
    # Installed to a prefix that differs from the configured one: the tree must
    # not care where it lies.
    # By default the library alone is built, without Catch2.
    configure . "$tmp/$kind-build" -DBUILD_SHARED_LIBS=$shared \
        -DCMAKE_DISABLE_FIND_PACKAGE_Catch2=ON
    quietly cmake --build "$tmp/$kind-build"
    quietly cmake --install "$tmp/$kind-build" --prefix "$tmp/$kind"
    by_find_package $kind
    by_pkg_config $kind
done
check_exports
by_sources add_subdirectory RUNNEL_SOURCE
by_sources FetchContent RUNNEL_FETCHED
by_single_header
by_static_link
by_vcpkg_port
by_conan_recipe
