// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How many columns text takes on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// Wide characters (East Asian, emoji) count two, combining ones none. A byte that is
/// invalid in UTF-8 counts one.
std::size_t width_of(std::string_view text) noexcept;

/// As much of `text` as fits. If some is left out, it ends with "...".
std::string fitted(std::string_view text, std::size_t columns);

/// `text` with blanks up to `columns`, behind it or in front of it.
std::string padded(std::string text, std::size_t columns);
std::string right_aligned(std::string const& text, std::size_t columns);

} // namespace runnel::inline v0
