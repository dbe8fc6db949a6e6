// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// runnel's loops in a file of their own.
#include "../line_loops.hpp"

namespace bench::ours {

std::span<LineLoop const> loops_alone()
{
    return all_loops;
}

} // namespace bench::ours
