// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Which runnel this is.
#pragma once

#include <runnel/detail/config.hpp>

#include <string_view>

/// The version of the headers, for `#if RUNNEL_VERSION >= 100` (that is 0.1.0):
/// ten thousand times the major number, a hundred times the minor one, and the
/// patch. CMakeLists.txt reads the three numbers here.
#define RUNNEL_VERSION_MAJOR 0
#define RUNNEL_VERSION_MINOR 1
#define RUNNEL_VERSION_PATCH 0
#define RUNNEL_VERSION                                                         \
    (RUNNEL_VERSION_MAJOR * 10000 + RUNNEL_VERSION_MINOR * 100                 \
     + RUNNEL_VERSION_PATCH)

namespace runnel::inline v0 {

/// The version of the library that the program runs with, such as "0.1.0". A
/// program that uses the shared library may have been compiled with the headers
/// of another one. The text lives as long as the program.
[[nodiscard]] RUNNEL_EXPORT std::string_view version() noexcept;

} // namespace runnel::inline v0
