// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What <runnel/format.hpp> adds to the formatters that the headers of text-like types
// have themselves; those are in base/format.test.cpp.
#include <runnel/format.hpp>

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#ifdef __cpp_lib_format

using namespace runnel;

TEST_CASE("std::format prints an exit status in words, with width and fill",
          "[format]")
{
    CHECK(std::format("{}", ExitStatus::of_code(2)) == "exit code 2");
    CHECK(std::format("{:*>15}", ExitStatus::of_code(2)) == "****exit code 2");
}

TEST_CASE("std::format prints plans and enumerators as to_string does",
          "[format]")
{
    auto const plan = make_plan(cmd("a") | cmd("b"));
    CHECK(std::format("{}", plan) == to_string(plan));
    CHECK(std::format("{}", Containment::group)
          == to_string(Containment::group));
    CHECK(std::format("{}", SpawnStep::exec) == to_string(SpawnStep::exec));
}

TEST_CASE("std::format hides what is secret in a word", "[format]")
{
    CHECK(std::format("{}", "--token=" + secret("xyz")) == "--token=***");
    CHECK(std::format("{:>4}", Word(7)) == "   7");
}

#endif
