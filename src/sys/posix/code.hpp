// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// From the kernel's negative results to std::error_code.
#pragma once

#include <system_error>

namespace runnel::inline v0::posix {

/// `result` is negative.
inline std::error_code code(long result) noexcept
{
    return {static_cast<int>(-result), std::generic_category()};
}

/// No error for a result that is not negative.
inline std::error_code code_if_negative(long result) noexcept
{
    return result < 0 ? code(result) : std::error_code();
}

} // namespace runnel::inline v0::posix
