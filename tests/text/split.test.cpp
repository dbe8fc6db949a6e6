// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Text to words.
#include "support/children.hpp"
#include "support/strange_words.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

using Strings = std::vector<std::string>;

std::string refusal(std::string_view text)
{
    return message_of<std::invalid_argument>([&] { (void)split(text); });
}

/// The words, or why there are none.
Strings outcome(std::string_view text, bool comments)
{
    try {
        return split(text, {.comments = comments});
    } catch (std::invalid_argument const& error) {
        return {"refused", error.what()};
    }
}

} // namespace

namespace somebody {

std::size_t split(std::string_view text)
{
    return text.size();
}

std::size_t split_line(Line line)
{
    return split(line);
}

} // namespace somebody

TEST_CASE("a shell line is split into options, values and names",
          "[shlex][row:P08][row:N02]")
{
    CHECK(split("/bin/vikings -input eggs.txt -output 'spam spam.txt' "
                "-cmd \"echo '$MONEY'\"")
          == Strings{"/bin/vikings", "-input", "eggs.txt", "-output",
                     "spam spam.txt", "-cmd", "echo '$MONEY'"});
    CHECK(split("make CFLAGS='-O2 -g' -j\"4\"")
          == Strings{"make", "CFLAGS=-O2 -g", "-j4"});
}

TEST_CASE("words are separated by any number of blanks, tabs and line ends",
          "[shlex][row:P08]")
{
    CHECK(split(" a\tb \r\n c\n") == Strings{"a", "b", "c"});
    CHECK(split("").empty());
    CHECK(split(" \t\r\n").empty());
}

TEST_CASE("no other byte separates words", "[shlex][row:P08]")
{
    // What isspace() or Unicode says of them does not matter.
    std::string const text("a\v\f\0\x1c\x85\xa0\xe3\x80\x80z", 11);
    CHECK(split(text) == Strings{text});
}

TEST_CASE("single quotes keep everything between them", "[shlex][row:P08]")
{
    CHECK(split(R"('a "b" \ $c #d')") == Strings{R"(a "b" \ $c #d)"});
    CHECK(split("'two\nlines'") == Strings{"two\nlines"});
    CHECK(split(R"('\')") == Strings{R"(\)"});
}

TEST_CASE("in double quotes a backslash escapes a quote and itself only",
          "[shlex][row:P08]")
{
    CHECK(split(R"("a \"b\" \\ 'c'")") == Strings{R"(a "b" \ 'c')"});
    CHECK(split(R"("\$HOME \`a\` \n \'")") == Strings{R"(\$HOME \`a\` \n \')"});
    CHECK(split("\"a\\\nb\"") == Strings{"a\\\nb"});
}

TEST_CASE("outside of quotes a backslash escapes any character",
          "[shlex][row:P08]")
{
    CHECK(split(R"(two\ words \' \" \\ \a \#)")
          == Strings{"two words", "'", "\"", "\\", "a", "#"});
    CHECK(split("a\\\nb \\\n") == Strings{"a\nb", "\n"});
}

TEST_CASE("quotes with nothing between them make an empty word or none more",
          "[shlex][row:P08]")
{
    CHECK(split("'' \"\"") == Strings{"", ""});
    CHECK(split("''\"\"") == Strings{""});
    CHECK(split("a'' ''b") == Strings{"a", "b"});
}

TEST_CASE("quoted and plain parts without a blank are one word",
          "[shlex][row:P08]")
{
    CHECK(split(R"(a'b 'c"d "\ e)") == Strings{"ab cd  e"});
}

TEST_CASE("nothing is expanded and no operator separates words",
          "[shlex][row:P08]")
{
    CHECK(split("ls *.c ~ $HOME|wc>f; x&")
          == Strings{"ls", "*.c", "~", "$HOME|wc>f;", "x&"});
}

TEST_CASE("a # is a character like any other unless comments are asked for",
          "[shlex][row:P08]")
{
    CHECK(split("a #b\nc") == Strings{"a", "#b", "c"});
    CHECK(split("a #b\nc", {.comments = true}) == Strings{"a", "c"});
    CHECK(split("#", {.comments = true}).empty());
    CHECK(split("a# 'b", {.comments = true}) == Strings{"a"});
}

TEST_CASE("a comment lasts to a newline, not to a carriage return",
          "[shlex][row:P08]")
{
    CHECK(split("a #b\rc\\\nd", {.comments = true}) == Strings{"a", "d"});
}

TEST_CASE("a comment begins inside of a word as well, as in Python",
          "[shlex][row:P08]")
{
    CHECK(split("a#b\nc", {.comments = true}) == Strings{"a", "c"});
    CHECK(split("''#b", {.comments = true}) == Strings{""});
}

TEST_CASE("a quoted # begins no comment", "[shlex][row:P08]")
{
    CHECK(split(R"('#a' "#b" \#c)", {.comments = true})
          == Strings{"#a", "#b", "#c"});
}

TEST_CASE("an open quote is refused with its offset", "[shlex][fault:I16]")
{
    CHECK(refusal("echo 'it")
          == "cannot split text: the ' at offset 5 is never closed");
    CHECK(refusal(R"('a' "b\" c)")
          == "cannot split text: the \" at offset 4 is never closed");
    CHECK(refusal("'")
          == "cannot split text: the ' at offset 0 is never closed");
    CHECK(refusal("a\"")
          == "cannot split text: the \" at offset 1 is never closed");
}

TEST_CASE("a backslash at the end is refused with its offset",
          "[shlex][fault:I16]")
{
    CHECK(refusal("ab\\")
          == "cannot split text: nothing follows the backslash at offset 2");
    CHECK(refusal("\\\\\\")
          == "cannot split text: nothing follows the backslash at offset 2");
    CHECK(refusal("\"a\\")
          == "cannot split text: nothing follows the backslash at offset 2");
    CHECK(split("'a\\'") == Strings{"a\\"});
}

TEST_CASE("a comment hides an open quote and a last backslash",
          "[shlex][fault:I16]")
{
    CHECK(split("a # it's \\", {.comments = true}) == Strings{"a"});
}

TEST_CASE("split looks at no byte behind the text, whatever its length",
          "[shlex][fault:I16]")
{
    std::mt19937 random(16);
    auto const whole = strange_text(random, 600);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        // Memory of this size: the address sanitizer knows where it ends.
        auto const exact = std::make_unique<char[]>(size);
        std::copy_n(whole.data(), size, exact.get());
        auto const closed = whole.substr(0, size) + "'\"\\a";
        bool const comments = size % 2 == 0;
        CAPTURE(size);
        CHECK((outcome({exact.get(), size}, comments)
               == outcome(std::string_view(closed).substr(0, size), comments)));
    }
}

TEST_CASE("a million quotes are split in one go", "[shlex][fault:I16]")
{
    std::string text;
    for (int i = 0; i < 1'000'000; ++i)
        text += R"('a'"b"\c)";
    auto const words = split(text);
    REQUIRE(words.size() == 1);
    CHECK(words[0].size() == 3'000'000);
}

TEST_CASE("a function of the same name takes lines, too", "[shlex]")
{
    CHECK(somebody::split_line(Line("a b c")) == 5);
}
