// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Checks a condition while fuzzing: if it is false, the program ends and
// libFuzzer keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace runnel::test {

inline void require(bool holds, char const* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

} // namespace runnel::test
