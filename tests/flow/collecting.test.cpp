// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Ranges of output as containers.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <concepts>
#include <cstddef>
#include <list>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

Command print(std::string_view text)
{
    return cmd(child("print"), text);
}

} // namespace

TEST_CASE("read_lines gives all lines of an expression", "[lines][found:F13]")
{
    NoLeaks const no_leaks;
    auto const got = read_lines(print("a\n\nb"));
    static_assert(std::same_as<decltype(got), Strings const>);
    CHECK(got == Strings{"a", "", "b"});
    CHECK(read_lines(print("")).empty());
    CHECK(read_lines(print("a;b"), {.keep_ends = true, .delimiter = ';'})
          == Strings{"a;", "b"});
}

TEST_CASE("read_lines throws if the expression fails", "[lines][found:F13]")
{
    NoLeaks const no_leaks;
    auto const fails = seq(print("a\n"), cmd(child("exit_with"), 3));
    CHECK_THROWS_AS(read_lines(fails), CalledProcessError);
    CHECK(read_lines(fails, {.check = false}) == Strings{"a"});
}

TEST_CASE("to_vector collects lines and records as strings",
          "[lines][found:F13]")
{
    NoLeaks const no_leaks;
    auto const got = print("a\nb\n") | lines | to_vector;
    static_assert(std::same_as<decltype(got), Strings const>);
    CHECK(got == Strings{"a", "b"});
    CHECK((print("a;b") | records(';') | to_vector) == Strings{"a", "b"});
    CHECK(to_vector(print("a\nb\n") | lines) == Strings{"a", "b"});
}

TEST_CASE("to_vector collects chunks as bytes that it owns",
          "[chunks][found:F13]")
{
    NoLeaks const no_leaks;
    auto const got = print("abc") | chunks(2, {.full = true}) | to_vector;
    using Parts = std::vector<std::vector<std::byte>>;
    static_assert(std::same_as<decltype(got), Parts const>);
    CHECK(got == Parts{{std::byte('a'), std::byte('b')}, {std::byte('c')}});
}

TEST_CASE("to_vector collects tagged lines", "[tagged][found:F13]")
{
    NoLeaks const no_leaks;
    auto const got = print("a\n") | tagged | to_vector;
    static_assert(std::same_as<decltype(got), std::vector<TaggedLine> const>);
    REQUIRE(got.size() == 1);
    CHECK(got[0].line == "a");
}

TEST_CASE("to_vector makes strings of views of lines", "[lines][found:F13]")
{
    NoLeaks const no_leaks;
    auto const tail = std::views::transform(
        [](std::string_view line) { return line.substr(1); });
    auto const short_ones = std::views::filter(
        [](std::string_view line) { return line.size() < 3; });
    auto const got =
        print("xa\nlong\nxb\n") | lines | short_ones | tail | to_vector;
    static_assert(std::same_as<decltype(got), Strings const>);
    CHECK(got == Strings{"a", "b"});
}

TEST_CASE("to_vector collects the lines of files, streams and jobs",
          "[lines][found:F13]")
{
    NoLeaks const no_leaks;
    CHECK((Stdio(devnull) | lines | to_vector).empty());
    Popen p({child("print"), "a\nb\n"}, {.out = Stdio::pipe});
    CHECK((p.out() | lines | to_vector) == Strings{"a", "b"});
    CHECK((start(print("a\n") > Stdio::pipe).lines() | to_vector)
          == Strings{"a"});
}

TEST_CASE("to_vector collects ranges that are none of runnel",
          "[lines][found:F13]")
{
    CHECK((std::list<int>{1, 2} | to_vector) == std::vector<int>{1, 2});
    CHECK((std::views::iota(0, 3) | to_vector) == std::vector<int>{0, 1, 2});
}

TEST_CASE("lines that are collected first are words of a command",
          "[lines][found:D9]")
{
    NoLeaks const no_leaks;
    auto const words = print("a\nb c\n") | lines | to_vector;
    CHECK(read(cmd(child("print_args"), words))
          == read(cmd(child("print_args"), "a", "b c")));
}
