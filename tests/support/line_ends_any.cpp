// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/line_ends_any.hpp"

#include "text/line_ends.hpp"

#include <bit>
#include <cstring>

// Includes the source a second time, in a namespace of its own. Its headers are
// included above, so that this namespace holds nothing but its code.
namespace portable {

namespace runnel::inline v0 {
using ::runnel::block_size;
}

#include "text/cpu/line_ends_any.cpp"

} // namespace portable

namespace runnel::test {

void find_line_ends_any(char const* bytes, std::size_t count, char end,
                        std::uint64_t* masks) noexcept
{
    portable::runnel::find_line_ends(bytes, count, end, masks);
}

} // namespace runnel::test
