// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Text of others in messages.
#include "text/visible.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using namespace runnel;
using namespace std::string_literals;

TEST_CASE("printable text, newlines and tabs stay as they are", "[visible]")
{
    for (std::string_view const text :
         {"", "a b\n\tc\\", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
          // A joiner in a family of emojis, and a soft hyphen.
          "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9",
          "a\xc2\xad"
          "b"})
        CHECK(visible(text) == text);
}

TEST_CASE("control characters are escaped", "[visible][guard]")
{
    CHECK(visible("\x1b[31mred\x1b]0;title\a")
          == "\\x1b[31mred\\x1b]0;title\\x07");
    CHECK(visible("a\0b\rc\bd\x7f\x1f"s) == "a\\0b\\rc\\x08d\\x7f\\x1f");
    for (char c = 1; c < 0x20; ++c)
        if (c != '\n' && c != '\t')
            CHECK(visible({&c, 1}).front() == '\\');
}

TEST_CASE("C1 controls, line separators and turned text are escaped",
          "[visible][guard]")
{
    CHECK(visible("\xc2\x9b"
                  "1m\xc2\x80\xc2\x9f")
          == "\\u009b1m\\u0080\\u009f");
    CHECK(visible("\xc2\xa0") == "\xc2\xa0");
    CHECK(visible("a\xe2\x80\xae"
                  "b")
          == "a\\u202eb");
    CHECK(visible("\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad")
          == "\\u202a\\u202b\\u202c\\u202d");
    CHECK(visible("\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9")
          == "\\u2066\\u2067\\u2068\\u2069");
    CHECK(visible("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c\xe2\x80\xa8\xe2\x80\xa9")
          == "\\u200e\\u200f\\u061c\\u2028\\u2029");
}

TEST_CASE("bytes that are not UTF-8 are escaped", "[visible][guard]")
{
    CHECK(visible("a\xff"
                  "b\x9b"
                  "1m\xe2\x82")
          == "a\\xffb\\x9b1m\\xe2\\x82");
    CHECK(visible("\xc0\x9b\xed\xa0\x80") == "\\xc0\\x9b\\xed\\xa0\\x80");
}

TEST_CASE("text is cut between characters", "[visible][guard]")
{
    CHECK(first_bytes("abc", 3) == "abc");
    CHECK(first_bytes("abc", 2) == "ab");
    CHECK(first_bytes("a\xe2\x82\xac!", 3) == "a");
    CHECK(first_bytes("a\xe2\x82\xac!", 4) == "a\xe2\x82\xac");
    CHECK(first_bytes("a\xe2!!", 2) == "a\xe2");
    CHECK(last_bytes("abc", 3) == "abc");
    CHECK(last_bytes("abc", 2) == "bc");
    CHECK(last_bytes("\xe2\x82\xac!", 3) == "!");
    CHECK(last_bytes("\xe2\x82\xac!", 4) == "\xe2\x82\xac!");
}

TEST_CASE("a refused argument is shown", "[visible]")
{
    CHECK_THROWS_WITH(refuse_argument("no \x1b[2J"), "no \\x1b[2J");
}
