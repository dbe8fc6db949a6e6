// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// This file alone is compiled as C++23; see CMakeLists.txt.
#include "base/uncleared_string.hpp"

#include <exception>

namespace runnel::inline v0 {

#ifdef __cpp_lib_string_resize_and_overwrite

bool const has_uncleared_strings = true;

bool make_uncleared(std::string& text, std::size_t size) noexcept
try {
    text.resize_and_overwrite(size, [](char*, std::size_t all) { return all; });
    return true;
} catch (std::exception const&) { // no memory, or longer than a string can be
    return false;
}

#else

bool const has_uncleared_strings = false;

bool make_uncleared(std::string&, std::size_t) noexcept
{
    return false;
}

#endif

} // namespace runnel::inline v0
