// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Checks of what a caller gives. The kernel reads text up to its first NUL byte.
// The rest would be lost silently, so text that holds a NUL byte is refused.
#pragma once

#include "text/visible.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// Throws `std::invalid_argument` if something is wrong. For a reason that quotes
/// words of the caller there is `refuse_argument`.
inline void refuse(bool is_wrong, std::string_view why)
{
    if (is_wrong)
        throw std::invalid_argument(std::string(why));
}

inline bool holds_nul(std::string_view text) noexcept
{
    return text.find('\0') != text.npos;
}

inline void refuse_nul(std::string_view text, std::string_view what)
{
    if (holds_nul(text))
        refuse_argument(std::string(what).append(" holds a NUL byte"));
}

} // namespace runnel::inline v0
