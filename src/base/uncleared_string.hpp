// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Strings of many characters that are written later.
#pragma once

#include <runnel/detail/config.hpp>

#include <cstddef>
#include <string>

namespace runnel::inline v0 {

/// False if the standard library always clears the characters of a string.
extern bool const has_uncleared_strings;

/// Makes an empty string `size` characters long, without a value. Returns false
/// if there is no memory.
bool make_uncleared(std::string& text, std::size_t size) noexcept;

} // namespace runnel::inline v0
