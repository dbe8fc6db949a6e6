// The same lines for any pieces.
#include "line_sources.hpp"

#include <runnel/error.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace runnel;

namespace {

using Strings = std::vector<std::string>;

/// Feeds `text` in pieces and collects the lines.
Strings split(std::string_view text, std::size_t piece,
              LineOptions const& options = {})
{
    detail::LineCutter cutter(options);
    detail::LineCursor at;
    Strings lines;
    for (;;) {
        while (cutter.next(at)) {
            auto const size = static_cast<std::size_t>(at.next - at.line);
            lines.emplace_back(at.line, size - cutter.cut);
            at.line = std::exchange(at.next, nullptr);
        }
        if (cutter.ended())
            return lines;
        auto const room = cutter.room(at.line);
        auto const part = text.substr(0, std::min(piece, room.size()));
        std::ranges::copy(part, room.begin());
        cutter.commit(part.size());
        text.remove_prefix(part.size());
    }
}

/// The same, in the plainest way.
Strings reference(std::string_view text, LineOptions const& options)
{
    Strings lines;
    while (!text.empty()) {
        auto const end =
            text.find_first_of(options.universal_newlines
                                   ? std::string_view("\r\n")
                                   : std::string_view(&options.delimiter, 1));
        bool const has_end = end != text.npos;
        bool const both = options.universal_newlines && has_end
                       && text.substr(end).starts_with("\r\n");
        auto const size = has_end ? end + 1 + both : text.size();
        lines.emplace_back(
            text.substr(0, options.keep_ends || !has_end ? size : end));
        text.remove_prefix(size);
    }
    return lines;
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
                                  .universal_newlines = random() % 2 == 0,
                                  .max_line =
                                      random() % 2 == 0 ? 1000u : 1u << 20};
        CAPTURE(round, piece, options.keep_ends, options.universal_newlines);
        CHECK(split(text, piece, options) == reference(text, options));
        LineOptions const records{.keep_ends = options.keep_ends,
                                  .delimiter = '\0'};
        CHECK(split(text, piece, records) == reference(text, records));
    }
}

TEST_CASE("lines are found across the blocks that are searched at once",
          "[lines][cutter]")
{
    std::mt19937 random(11);
    std::string text;
    while (text.size() < 700'000)
        text += std::string(random() % 200, 'x') + '\n';
    for (std::size_t const piece : {63, 64, 65, 4095, 4096, 4097, 1 << 20}) {
        CAPTURE(piece);
        CHECK((split(text, piece) == reference(text, {})));
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
    auto const lines = split(line + '\n' + line, 100'000);
    REQUIRE(lines.size() == 2);
    CHECK((lines[0] == line && lines[1] == line));
}

TEST_CASE("a line may be as long as max_line, and no longer",
          "[lines][cutter][fault:I07]")
{
    for (std::size_t const most : {5, 300'000}) {
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
