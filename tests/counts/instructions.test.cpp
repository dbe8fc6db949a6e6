// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How many instructions a line takes. CMakeLists.txt has this file optimized as a
// user's program is. Sanitizers add instructions of their own.
#ifndef RUNNEL_SANITIZED
#include "counts/line_loops.hpp"

using namespace runnel::test;

TEST_CASE("a line takes few instructions", "[counts][lines]")
{
    check_lines();
}

TEST_CASE("a view adds few instructions to those of a line", "[counts][lines]")
{
    check_views();
}

TEST_CASE("a chunk takes no instructions for each of its bytes",
          "[counts][chunks]")
{
    check_chunks();
}

#endif
