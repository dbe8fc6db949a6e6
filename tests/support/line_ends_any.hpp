// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The version of `find_line_ends` for any processor, beside the version that
// this processor uses.
#pragma once

#include <cstddef>
#include <cstdint>

namespace runnel::test {

void find_line_ends_any(char const* bytes, std::size_t count, char end,
                        std::uint64_t* masks) noexcept;

} // namespace runnel::test
