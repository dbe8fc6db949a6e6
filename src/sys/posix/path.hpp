// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where a program may be: the paths to try, in order.
#pragma once

#include "sys/posix/strings.hpp"

#include <string_view>

namespace runnel::inline v0::posix {

/// The value of PATH in an environment (null for an empty one), or the
/// system's default if there is none.
std::string_view search_path(char const* const* environment);

/// Adds a file named `program` for each absolute directory of `path`. May add
/// none.
void add_candidates(std::string_view program, std::string_view path,
                    Strings& into);

} // namespace runnel::inline v0::posix
