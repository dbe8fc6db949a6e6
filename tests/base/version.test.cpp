// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/version.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace runnel;

TEST_CASE("the version of the library is that of its headers", "[version]")
{
    auto const part = [](int number) { return std::to_string(number); };
    CHECK(version()
          == part(RUNNEL_VERSION / 10000) + "."
                 + part(RUNNEL_VERSION / 100 % 100) + "."
                 + part(RUNNEL_VERSION % 100));
}
