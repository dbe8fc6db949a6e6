// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Ranges of bytes on the left of a pipe.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <forward_list>
#include <iterator>
#include <ranges>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

// No newline at the end, and bytes that a list of numbers would not hold.
constexpr std::string_view content{"a\n\0\xff\nb", 6};

Command copy()
{
    return cmd(child("copy"));
}

template <class E>
std::string output_of(E const& expression)
{
    return run(expression | capture).out.str();
}

template <class Byte>
std::vector<Byte> bytes(std::string_view text = content)
{
    std::vector<Byte> all;
    for (char const c : text)
        all.push_back(static_cast<Byte>(c));
    return all;
}

/// The content as each sort of range, through a process.
template <class Byte>
void check_ranges_of()
{
    auto const buffer = bytes<Byte>();
    CHECK(output_of(buffer | copy()) == content);
    CHECK(output_of(bytes<Byte>() | copy()) == content);
    CHECK(output_of(std::span(buffer) | copy()) == content);
    CHECK(output_of(std::deque<Byte>(buffer.begin(), buffer.end()) | copy())
          == content);
    auto const same = std::views::transform([](Byte b) { return b; });
    CHECK(output_of(buffer | same | copy()) == content);
    CHECK(output_of(std::vector<Byte>() | copy()) == "");
    std::vector<std::vector<Byte>> const parts{
        bytes<Byte>("no "), bytes<Byte>(""), bytes<Byte>("newline")};
    CHECK(output_of(parts | copy()) == "no newline");
}

std::string text_of(LineRange lines)
{
    std::string all;
    for (std::string_view const line : lines) {
        all += line;
        all += '.';
    }
    return all;
}

} // namespace

TEST_CASE("a range of unsigned char is written as bytes",
          "[ranges][in][found:D4]")
{
    NoLeaks const no_leaks;
    check_ranges_of<unsigned char>();
    check_ranges_of<std::uint8_t>();
}

TEST_CASE("a range of any type of byte is written as bytes",
          "[ranges][in][found:D4]")
{
    NoLeaks const no_leaks;
    check_ranges_of<std::byte>();
    check_ranges_of<char>();
    check_ranges_of<signed char>();
    check_ranges_of<char8_t>();
}

TEST_CASE("an array of bytes is written as bytes", "[ranges][in][found:D4]")
{
    NoLeaks const no_leaks;
    unsigned char const digest[] = {'x', 0, 'y'};
    CHECK(output_of(digest | copy()) == std::string_view("x\0y", 3));
    CHECK(output_of(std::array<std::uint8_t, 2>{'a', 'b'} | copy()) == "ab");
    unsigned char const rows[][2] = {{'a', 'b'}, {'c', 'd'}};
    CHECK(output_of(rows | copy()) == "abcd");
}

TEST_CASE("a chunk is written as bytes", "[ranges][in][found:D4]")
{
    NoLeaks const no_leaks;
    auto const buffer = bytes<std::byte>();
    CHECK(output_of(Chunk(buffer) | copy()) == content);
}

TEST_CASE("the characters of a view of a string are written as bytes",
          "[ranges][in][found:D4]")
{
    NoLeaks const no_leaks;
    std::string const text = "ab c";
    CHECK(output_of(text | std::views::reverse | copy()) == "c ba");
    std::istringstream stream(text);
    CHECK(
        output_of(std::ranges::subrange(std::istreambuf_iterator<char>(stream),
                                        std::istreambuf_iterator<char>())
                  | copy())
        == "ab c");
}

TEST_CASE("integers that are no bytes are written in decimal",
          "[ranges][in][found:D4]")
{
    NoLeaks const no_leaks;
    CHECK(output_of(std::vector<short>{1, 255} | copy()) == "1\n255\n");
}

TEST_CASE("what a stage returns as a range of bytes is written as bytes",
          "[ranges][in][found:D4]")
{
    NoLeaks const no_leaks;
    auto const gives = stage([](LineRange) { return bytes<unsigned char>(); });
    CHECK(output_of(gives | copy()) == content);
    CHECK(output_of((copy() < text("")) | gives) == content);
}

TEST_CASE("a stage cuts bytes of this process into lines",
          "[ranges][in][found:D4]")
{
    NoLeaks const no_leaks;
    auto const buffer = bytes<unsigned char>("a\nb\nc");
    std::deque<unsigned char> const scattered(buffer.begin(), buffer.end());
    auto const mark = stage(std::views::transform(
        [](std::string_view line) { return std::string(line) + '.'; }));
    CHECK(output_of(buffer | first(2)) == "a\nb\n");
    CHECK(output_of(scattered | first(2)) == "a\nb\n");
    CHECK(output_of(buffer | first(9)) == "a\nb\nc");
    CHECK(output_of(buffer | mark) == "a.\nb.\nc.\n");
    CHECK(output_of(scattered | mark | copy()) == "a.\nb.\nc.\n");
    auto const records = stage(std::views::transform([](std::string_view r) {
                                   return std::to_string(r.size());
                               }),
                               {.delimiter = 'b'});
    CHECK(output_of(buffer | records) == "2\n2\n");
}

TEST_CASE("lines of a stage that gives bytes are cut from these bytes",
          "[ranges][in][found:D4]")
{
    NoLeaks const no_leaks;
    auto const gives =
        stage([](LineRange) { return bytes<unsigned char>("a\nb\nc"); });
    auto const from = copy() < text("");
    CHECK(text_of(from | gives | lines) == "a.b.c.");
    CHECK(text_of(from | gives | lines({.keep_ends = true})) == "a\n.b\n.c.");
    CHECK(text_of(from | gives | records('b')) == "a\n.\nc.");
    auto const scattered = stage([](LineRange) {
        auto const all = bytes<unsigned char>("a\nb\nc");
        return std::deque<unsigned char>(all.begin(), all.end());
    });
    CHECK(text_of(from | scattered | lines) == "a.b.c.");
}

TEST_CASE("a line of bytes is handed out before the next byte is asked for",
          "[ranges][in][found:D4]")
{
    NoLeaks const no_leaks;
    std::size_t asked = 0;
    std::string_view const text = "a\nb\nc\n";
    auto const counted = std::views::iota(std::size_t(0), text.size())
                       | std::views::transform([&](std::size_t i) {
                             asked = i + 1;
                             return text[i];
                         });
    CHECK(output_of(counted | first(1)) == "a\n");
    CHECK(asked == 2);
}
