// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The result of every call: a value, or the reason why there is none.
#pragma once

#include <system_error>

namespace runnel::inline v0::sys {

/// A value, or the reason why there is none.
template <class T>
struct [[nodiscard]] Result {
    std::error_code error;
    T value{};

    explicit operator bool() const noexcept { return !error; }
};

} // namespace runnel::inline v0::sys
