// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The same lines for any pieces.
#include "support/cutting.hpp"

#include <runnel/error.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

using Strings = std::vector<std::string>;

Strings split(std::string_view text, std::size_t piece,
              LineOptions const& options = {})
{
    return cut_in_pieces(
        text, options, [piece] { return piece; }, [] { return false; });
}

std::string random_text(std::mt19937& random, std::size_t size)
{
    constexpr std::string_view letters("ab\n\r\n\0", 6);
    std::string text(size, ' ');
    for (auto& c : text)
        c = letters[random() % letters.size()];
    return text;
}

} // namespace

TEST_CASE("any pieces give the same lines", "[lines][cutter][fault:I06]")
{
    constexpr char raw[] = "a\n\nlonger line\nwith\0nul\n\xff\n tail";
    std::string const text(raw, sizeof raw - 1);
    Strings const wanted{
        "a", "", "longer line", std::string("with\0nul", 8), "\xff", " tail"};
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        CAPTURE(piece);
        CHECK(split(text, piece) == wanted);
    }
}

TEST_CASE("any options give the lines that a plain search finds",
          "[lines][cutter]")
{
    std::mt19937 random(7);
    for (int round = 0; round < 400; ++round) {
        auto const text = random_text(random, random() % 400);
        auto const piece = 1 + random() % 70;
        LineOptions const options{.keep_ends = random() % 2 == 0,
                                  .max_line =
                                      random() % 2 == 0 ? 1000u : 1u << 20,
                                  .universal_newlines = random() % 2 == 0};
        CAPTURE(round, piece, options.keep_ends, options.universal_newlines);
        CHECK(split(text, piece, options) == plain_lines(text, options));
        LineOptions const records{.keep_ends = options.keep_ends,
                                  .delimiter = '\0'};
        CHECK(split(text, piece, records) == plain_lines(text, records));
    }
}

TEST_CASE("records whose end has several bytes are those of a plain search",
          "[lines][cutter]")
{
    std::mt19937 random(8);
    LineEnd const ends[]{"\r\n",   "\n\n", "\0\0",
                         "\n\r\n", "a\nb", "\r\n\r\n\r\n"};
    for (int round = 0; round < 600; ++round) {
        auto const text = random_text(random, random() % 400);
        auto const piece = 1 + random() % 70;
        LineOptions const options{.keep_ends = random() % 2 == 0,
                                  .delimiter = ends[random() % std::size(ends)],
                                  .max_line =
                                      random() % 2 == 0 ? 1000u : 1u << 20};
        CAPTURE(round, piece, options.keep_ends, options.delimiter.view());
        CHECK(split(text, piece, options) == plain_lines(text, options));
    }
}

TEST_CASE("a record may be as long as max_line, with any end",
          "[lines][cutter]")
{
    LineOptions const options{.delimiter = "\r\n", .max_line = 5};
    for (std::size_t const piece : {1ul, 2ul, 64ul}) {
        CAPTURE(piece);
        CHECK(split("12345\r\n\r2345", piece, options)
              == Strings{"12345", "\r2345"});
        CHECK_THROWS_AS(split("123456\r\n", piece, options), LineTooLong);
    }
}

TEST_CASE("lines are found across the blocks that are searched at once",
          "[lines][cutter]")
{
    std::mt19937 random(11);
    std::string text;
    while (text.size() < 700'000)
        text += std::string(random() % 200, 'x') + '\n';
    for (std::size_t const piece :
         {63ul, 64ul, 65ul, 4095ul, 4096ul, 4097ul, 1ul << 20}) {
        CAPTURE(piece);
        CHECK((split(text, piece) == plain_lines(text, {})));
    }
}

TEST_CASE("the end of input ends the last line once", "[lines][cutter]")
{
    LineOptions const kept{.keep_ends = true};
    CHECK(split("", 1).empty());
    CHECK(split("\n", 1) == Strings{""});
    CHECK(split("x", 1) == Strings{"x"});
    CHECK(split("x\n", 1, kept) == Strings{"x\n"});
    CHECK(split("x\ny", 2, kept) == Strings{"x\n", "y"});
}

TEST_CASE("a line may be longer than any buffer", "[lines][cutter][fault:I07]")
{
    std::string const line(10 * 1024 * 1024, 'x');
    auto const got = split(line + '\n' + line, 100'000);
    REQUIRE(got.size() == 2);
    CHECK((got[0] == line && got[1] == line));
}

TEST_CASE("a last record without its end is not longer than max_line",
          "[lines][records]")
{
    for (auto const end : {LineEnd("\r\n"), LineEnd("123456")}) {
        LineOptions const options{.delimiter = end, .max_line = 3};
        CHECK(split("abc", 64, options) == Strings{"abc"});
        CHECK_THROWS_AS(split("abcd", 64, options), LineTooLong);
    }
}

TEST_CASE("a line may be as long as max_line, and no longer",
          "[lines][cutter][fault:I07]")
{
    for (std::size_t const most : {5ul, 300'000ul}) {
        LineOptions const options{.max_line = most};
        std::string const fits(most, 'x');
        for (std::size_t const piece : {1ul, 3ul, 64ul, 1ul << 20}) {
            if (piece < 64 && most > 1000)
                continue; // takes long
            CAPTURE(most, piece);
            CHECK((split(fits + '\n' + fits, piece, options)
                   == Strings{fits, fits}));
            CHECK_THROWS_AS(split(fits + "y\n", piece, options), LineTooLong);
            CHECK_THROWS_AS(split("a\n" + fits + "y", piece, options),
                            LineTooLong);
        }
    }
}

TEST_CASE("the error of a long line says how long and how it begins",
          "[lines][cutter]")
{
    try {
        split("short\nfar too long\n", 100, {.max_line = 5});
        FAIL("nothing was thrown");
    } catch (LineTooLong const& error) {
        CHECK(std::string(error.what())
              == "a line is longer than max_line (5 bytes); it begins "
                 "'far t'");
        CHECK(error.max_line() == 5);
        CHECK(error.code() == std::errc::message_size);
    }
}

TEST_CASE("a carriage return ends a line before it is known what follows",
          "[lines][cutter]")
{
    detail::LineCutter cutter({.universal_newlines = true});
    detail::LineCursor at;
    auto const feed = [&](std::string_view bytes) {
        auto const room = cutter.room(at.line);
        std::ranges::copy(bytes, room.begin());
        cutter.commit(bytes.size());
    };
    feed("50%\r");
    REQUIRE(cutter.next(at));
    CHECK(std::string_view(at.line, 3) == "50%");
    CHECK(cutter.cut == 1);
    at.line = std::exchange(at.next, nullptr);
    CHECK_FALSE(cutter.next(at));
    feed("\nx\n");
    REQUIRE(cutter.next(at));
    CHECK(std::string_view(at.line, 1) == "x");
}
