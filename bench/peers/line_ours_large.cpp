// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// runnel's loops in the middle of a large file.
#include <runnel/runnel.hpp>

#define RUNNEL_BENCH_PLACE before
#include "../fifty_expressions.hpp"
#undef RUNNEL_BENCH_PLACE

#include "../line_loops.hpp"

#define RUNNEL_BENCH_PLACE after
#include "../fifty_expressions.hpp"
#undef RUNNEL_BENCH_PLACE

namespace bench::ours {

std::span<LineLoop const> loops_in_large_file()
{
    return all_loops;
}

} // namespace bench::ours
