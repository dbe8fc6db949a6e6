// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <runnel/redirect.hpp>

#include <string>

namespace runnel::inline v0 {

/// `stdin`, `stdout`, `stderr`, or `descriptor 5`.
std::string stream_name(int fd);

/// Throws `std::invalid_argument` if descriptor `fd` of a child cannot be
/// `stdio`. Opens nothing.
void check_stdio(Stdio const& stdio, int fd, bool reads);

} // namespace runnel::inline v0
