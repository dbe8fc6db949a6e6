// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The main program of every test.
#ifdef RUNNEL_CATCH_3
#include <catch2/catch_session.hpp>
#else
// Catch2's own signal handlers stay out: many tests look at dispositions.
#define CATCH_CONFIG_NO_POSIX_SIGNALS
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include "support/inherited.hpp"

int main(int argc, char** argv)
{
    runnel::test::reset_inherited();
    return Catch::Session().run(argc, argv);
}
