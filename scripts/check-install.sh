#!/usr/bin/env bash
# Builds and runs a small user's project against runnel, in every way that a
# user may get it: installed static and shared, each by find_package and by
# pkg-config; and as a subdirectory.
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

by_find_package() { # kind
    configure "$consumer" "$tmp/$1-cmake" -DCMAKE_PREFIX_PATH="$tmp/$1"
    quietly cmake --build "$tmp/$1-cmake"
    quietly "$tmp/$1-cmake/consumer"
    echo "ok: $1, find_package"
}

by_pkg_config() { # kind
    local pc libdir flags
    pc=$(find "$tmp/$1" -name runnel.pc)
    libdir=$(dirname "$(dirname "$pc")")
    flags=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs runnel)
    # shellcheck disable=SC2086  # the flags are several words
    quietly g++ -std=c++20 "$consumer/main.cpp" $flags -o "$tmp/$1-pc"
    quietly env LD_LIBRARY_PATH="$libdir" "$tmp/$1-pc"
    echo "ok: $1, pkg-config"
}

by_subdirectory() {
    configure "$consumer" "$tmp/sub" -DRUNNEL_SOURCE="$source"
    quietly cmake --build "$tmp/sub"
    quietly "$tmp/sub/consumer"
    echo "ok: add_subdirectory"
}

# A shared library gives away what its headers mark for export, nothing else.
check_exports() {
    local library stray
    library=$(find "$tmp/shared" -name 'librunnel.so')
    stray=$(nm -DC --defined-only "$library" \
        | grep -Ev ' [VWu] | ((typeinfo|vtable|typeinfo name) for )?runnel::' || true)
    [ -z "$stray" ] || { echo "exported by mistake:"; echo "$stray"; exit 1; } >&2
    echo "ok: shared, exports only runnel:: names"
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
by_subdirectory
