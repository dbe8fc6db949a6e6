// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

using namespace runnel;
using namespace runnel::test;

static_assert(std::ranges::input_range<LineRange>);
static_assert(!std::ranges::forward_range<LineRange>);
static_assert(std::ranges::view<LineRange>);
static_assert(std::same_as<std::ranges::range_value_t<LineRange>, std::string>);
static_assert(std::same_as<std::ranges::range_reference_t<LineRange>, Line>);
static_assert(std::convertible_to<Line, std::string_view>);
static_assert(std::convertible_to<Line, std::string>);

TEST_CASE("lines gives the last line even without a newline", "[lines]")
{
    NoLeaks const no_leaks;
    CHECK(collect(cmd(child("print"), "one\ntwo") | lines)
          == Strings{"one", "two"});
    CHECK(collect(cmd(child("print"), "one\ntwo\n") | lines)
          == Strings{"one", "two"});
}

TEST_CASE("empty lines are lines, no output is none", "[lines]")
{
    CHECK(collect(cmd(child("print"), "\n\na\n") | lines)
          == Strings{"", "", "a"});
    CHECK(collect(cmd(child("exit_with"), 0) | lines).empty());
}

TEST_CASE("lines keep their newline if asked", "[lines]")
{
    auto const e = cmd(child("print"), "one\ntwo");
    CHECK(collect(e | lines({.keep_ends = true})) == Strings{"one\n", "two"});
}

TEST_CASE("a line range composes with the standard's views", "[lines]")
{
    NoLeaks const no_leaks;
    auto const numbers = cmd(child("print"), "1\n22\n3\n44\n5\n");
    auto const is_long = [](std::string_view line) { return line.size() > 1; };
    auto const doubled = [](std::string_view line) {
        return std::string(line) + std::string(line);
    };
    CHECK(collect(numbers | lines | std::views::filter(is_long)
                  | std::views::transform(doubled))
          == Strings{"2222", "4444"});
    CHECK(collect(numbers | lines | std::views::drop(1) | std::views::take(2))
          == Strings{"22", "3"});
}

TEST_CASE("collected lines are owned strings", "[lines]")
{
    std::vector<std::string> all;
    auto const range = cmd(child("print"), "a\nb\n") | lines;
    std::ranges::copy(range, std::back_inserter(all));
    CHECK(all == Strings{"a", "b"});
}

TEST_CASE("nothing is started before begin", "[lines]")
{
    NoLeaks const no_leaks;
    auto const range = cmd("no-such-program") | lines;
    CHECK_THROWS_AS(range.begin(), SpawnError);
}

TEST_CASE("leaving early ends the writer and leaves nothing behind",
          "[lines][fault:X06]")
{
    NoLeaks const no_leaks;
    int seen = 0;
    for (std::string_view const line : cmd(child("write_forever")) | lines) {
        CHECK_FALSE(line.empty());
        if (++seen == 2)
            break;
    }
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("leaving early ends a child that writes no more",
          "[lines][fault:X06]")
{
    NoLeaks const no_leaks;
    auto const quiet = sh("echo one; echo two; exec sleep 100");
    CHECK(collect(quiet | lines | std::views::take(2)).size() == 2);
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("an exception in the loop leaves nothing behind",
          "[lines][fault:X06]")
{
    NoLeaks const no_leaks;
    auto const loop = [] {
        for (std::string_view const line : cmd(child("write_forever")) | lines)
            throw std::runtime_error(std::string(line));
    };
    CHECK_THROWS_AS(loop(), std::runtime_error);
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("a failed stage is thrown at the end, after its lines", "[lines]")
{
    NoLeaks const no_leaks;
    auto const failing = sh("echo a; echo b; exit 3");
    Strings got;
    try {
        for (std::string_view const line : failing | lines)
            got.emplace_back(line);
        FAIL("nothing was thrown");
    } catch (CalledProcessError const& error) {
        CHECK(error.returncode() == 3);
    }
    CHECK(got == Strings{"a", "b"});
    CHECK(collect(failing | lines({.check = false})).size() == 2);
}

TEST_CASE("a stage that stops since its reader left is forgiven", "[lines]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("write_forever")) | cmd(child("take_lines"), 3);
    CHECK(collect(e | lines).size() == 3);
}

TEST_CASE("a range made by default is empty", "[lines]")
{
    CHECK(collect(LineRange()).empty());
}

TEST_CASE("text that is fed and lines that are read move together", "[lines]")
{
    NoLeaks const no_leaks;
    CHECK(collect((cmd(child("copy")) < text("a\nb\n")) | lines)
          == Strings{"a", "b"});
    std::string much;
    for (int i = 0; i < 200'000; ++i)
        much += "a line of some length\n";
    auto const fed = cmd(child("copy")) < text(much);
    CHECK(std::ranges::distance(fed | cmd(child("copy")) | lines) == 200'000);
}

TEST_CASE("a range whose start failed fails again", "[lines]")
{
    NoLeaks const no_leaks;
    auto const range = cmd("no-such-program") | lines;
    CHECK_THROWS_AS(range.begin(), SpawnError);
    CHECK_THROWS_AS(range.begin(), SpawnError);
}

TEST_CASE("lines of what runs already refuse options that say how to run it",
          "[lines][job]")
{
    using namespace std::chrono_literals;
    NoLeaks const no_leaks;
    StopSource stop;
    Observer observer;
    DryRun dry;
    auto job = start(cmd(child("print"), "x") > Stdio::pipe);
    for (auto const& options :
         {LineOptions{.timeout = 1s}, LineOptions{.drain = 1s},
          LineOptions{.stop = stop.token()},
          LineOptions{.teardown = {{.signal = 9}}},
          LineOptions{.containment = Containment::group},
          LineOptions{.observer = &observer}, LineOptions{.executor = &dry}})
        CHECK_THROWS_AS(job.lines(options), std::invalid_argument);
    CHECK_THROWS_WITH(job.lines({.drain = 1s}),
                      "the lines of a job have no option drain: give it to "
                      "start()");
    CHECK(collect(job.lines({.keep_ends = true})) == Strings{"x"});
    Popen p({child("print"), "x"}, {.out = Stdio::pipe});
    CHECK_THROWS_WITH(
        p.out() | lines({.drain = 1s}),
        "the lines of a stream or file have no option drain: they "
        "run nothing");
    CHECK_THROWS_AS(p.out() | chunks(1, {.teardown = {{.signal = 9}}}),
                    std::invalid_argument);
    CHECK_THROWS_AS(Stdio("/dev/null") | lines({.executor = &dry}),
                    std::invalid_argument);
    CHECK(collect(p.out() | lines({.timeout = 30s})) == Strings{"x"});
}

TEST_CASE("a range ends a command that does not read if a stage in front of it "
          "throws",
          "[lines]")
{
    NoLeaks const no_leaks;
    auto const broken =
        stage([](LineRange) -> Strings { throw std::runtime_error("broken"); });
    auto const e = cmd(child("exit_with"), 0) | broken
                 | cmd(child("sleep_until_killed"), "ready\n");
    CHECK_THROWS_WITH(collect(e | lines), "broken");
}
