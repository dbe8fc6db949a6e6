// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The same loops in the middle of a large file. There a compiler stops inlining what it
// is not forced to.
#ifndef RUNNEL_SANITIZED
#include <runnel/runnel.hpp>

#define RUNNEL_BENCH_PLACE before
#include "../../bench/fifty_expressions.hpp"
#undef RUNNEL_BENCH_PLACE

#include "counts/line_loops.hpp"

#define RUNNEL_BENCH_PLACE after
#include "../../bench/fifty_expressions.hpp"
#undef RUNNEL_BENCH_PLACE

using namespace runnel::test;

TEST_CASE("a line in a large file takes few instructions", "[counts][lines]")
{
    check_lines();
}

TEST_CASE("a view in a large file adds few instructions", "[counts][lines]")
{
    check_views();
}

TEST_CASE("a chunk in a large file takes no instructions for its bytes",
          "[counts][chunks]")
{
    check_chunks();
}

#endif
