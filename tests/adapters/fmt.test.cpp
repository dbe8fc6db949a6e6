// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What {fmt} makes of types of runnel, also where its formatters of ranges are there.
#include <runnel/fmt.hpp>

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <fmt/ranges.h>

#include <csignal>
#include <vector>

using namespace runnel;

TEST_CASE("fmt prints an exit status in words, with width and fill", "[fmt]")
{
    CHECK(fmt::format("{}", ExitStatus::of_code(2)) == "exit code 2");
    CHECK(fmt::format("{:*>15}", ExitStatus::of_code(2)) == "****exit code 2");
    CHECK(fmt::format("{}", ExitStatus::of_signal(SIGSEGV))
          == "killed by SIGSEGV");
}

TEST_CASE("fmt prints an expression as shell text", "[fmt]")
{
    auto const e = cmd("a", "b c") | cmd("d");
    CHECK(fmt::format("{}", e) == "a 'b c' | d");
    CHECK(fmt::format("{}", Pipeline(e)) == "a 'b c' | d");
    CHECK(fmt::format("{:>4}", cmd("a")) == "   a");
}

TEST_CASE("fmt prints plans, programs and results as to_string does", "[fmt]")
{
    auto const plan = make_plan(cmd("a") | cmd("b"));
    CHECK(fmt::format("{}", plan) == to_string(plan));
    CompletedProcess const result;
    CHECK(fmt::format("{}", result) == to_string(result));
    CHECK(fmt::format("{}", Containment::group)
          == to_string(Containment::group));
    CHECK(fmt::format("{}", SpawnStep::exec) == to_string(SpawnStep::exec));
    Popen ended({"true"});
    ended.wait();
    CHECK(fmt::format("{}", ended) == to_string(ended));
}

TEST_CASE("fmt prints a line, an output and a chunk as text", "[fmt]")
{
    CHECK(fmt::format("{}", Line("hi")) == "hi");
    CHECK(fmt::format("{:>4}", Line("hi")) == "  hi");
    CHECK(fmt::format("{}", Output("hi\n")) == "hi\n");
    std::vector<std::byte> const bytes{std::byte('h'), std::byte('i')};
    CHECK(fmt::format("{}", Chunk(bytes)) == "hi");
}

TEST_CASE("fmt hides what is secret in a word and in an expression", "[fmt]")
{
    Word const word = "--token=" + secret("xyz");
    CHECK(fmt::format("{}", word) == "--token=***");
    CHECK(fmt::format("{}", cmd("a", word)).find("xyz") == std::string::npos);
}
