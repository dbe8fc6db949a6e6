// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Numbers as text that no locale changes: printf(3) writes a comma where the
// locale of the program has one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace runnel::inline v0 {

/// `count`, which is not negative, divided by 10 to the power of `places`:
/// decimal(1500, 3) is "1.5".
std::string decimal(std::int64_t count, std::size_t places);

/// The same, rounded to three digits that count.
std::string short_decimal(std::int64_t count, std::size_t places);

} // namespace runnel::inline v0
