// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Words to text for a POSIX shell.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/leaks.hpp"
#include "support/strange_words.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <list>
#include <random>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

/// A shell's own idea of what the words in `list` are.
Strings words_by_sh(std::string const& list)
{
    return collect((cmd("sh") < text("printf '%s\\0' " + list))
                   | records('\0'));
}

/// Every byte but NUL: alone, beside others, twice.
Strings words_of_every_byte()
{
    Strings words;
    for (int byte = 1; byte < 256; ++byte) {
        std::string const one(1, static_cast<char>(byte));
        words.insert(words.end(), {one, 'a' + one + 'z', one + one});
    }
    return words;
}

/// Words of every length up to 300, and of some beyond, of all bytes in turn.
Strings words_of_many_lengths()
{
    std::string bytes;
    while (bytes.size() < 100'000)
        bytes += static_cast<char>(1 + bytes.size() % 255);
    Strings words;
    for (std::size_t size = 0; size <= 300; ++size)
        words.push_back(bytes.substr(0, size));
    for (std::size_t const size : {4095u, 4096u, 4097u, 65536u, 100'000u})
        words.push_back(bytes.substr(0, size));
    return words;
}

std::string without_nul(std::string word)
{
    std::erase(word, '\0');
    return word;
}

} // namespace

TEST_CASE("quote leaves alone what a shell does not look at",
          "[shlex][row:S02][row:N02]")
{
    CHECK(quote("name") == "name");
    CHECK(quote("--x=/a/b.c,d:e%f+g@h_1") == "--x=/a/b.c,d:e%f+g@h_1");
}

TEST_CASE("quote puts everything else in single quotes",
          "[shlex][row:S02][row:N02]")
{
    CHECK(quote("two words") == "'two words'");
    CHECK(quote("") == "''");
    CHECK(quote("~") == "'~'");
    CHECK(quote("$(rm -rf .); \"x\" \\ `y` !")
          == "'$(rm -rf .); \"x\" \\ `y` !'");
    CHECK(quote("a\nb") == "'a\nb'");
    CHECK(quote("\xc3\xa9") == "'\xc3\xa9'");
}

TEST_CASE("quote writes a single quote in double quotes",
          "[shlex][row:S02][row:N02]")
{
    CHECK(quote("it's") == "'it'\"'\"'s'");
    CHECK(quote("'") == "''\"'\"''");
}

TEST_CASE("quote takes a NUL byte like any other", "[shlex][row:S02]")
{
    CHECK(quote(std::string_view("a\0b", 3)) == std::string("'a\0b'", 5));
}

TEST_CASE("quote leaves words alone that a shell reserves, as in Python",
          "[shlex][row:S02]")
{
    CHECK(quote("if") == "if");
    CHECK(quote("a=b") == "a=b");
}

TEST_CASE("sh gives every byte back that quote was given",
          "[shlex][starts][row:S02][row:N02][fault:I16]")
{
    NoLeaks const no_leaks;
    std::string script;
    auto const words = words_of_every_byte();
    for (auto const& word : words)
        script += "printf '%s\\0' " + quote(word) + '\n';
    CHECK(collect(sh(script) | records('\0')) == words);
}

TEST_CASE("sh gives words of every length back",
          "[shlex][row:S02][row:N02][fault:I16]")
{
    NoLeaks const no_leaks;
    auto const words = words_of_many_lengths();
    CHECK((words_by_sh(join(words)) == words));
}

TEST_CASE("join quotes each word and puts a blank between them",
          "[shlex][row:N02]")
{
    CHECK(join({"echo", "two words", "", "$HOME"})
          == "echo 'two words' '' '$HOME'");
    CHECK(join({""}) == "''");
    CHECK(join(Strings{}) == "");
}

TEST_CASE("join takes text, paths and integers", "[shlex][row:N02]")
{
    std::string const name = "a b";
    std::filesystem::path const path = "/tmp/x y";
    CHECK(join({name, path, 7, std::string_view("c")})
          == "'a b' '/tmp/x y' 7 c");
}

TEST_CASE("join takes any range of words", "[shlex][starts][row:N02]")
{
    NoLeaks const no_leaks;
    CHECK(join(std::vector<std::string_view>{"a", "b c"}) == "a 'b c'");
    CHECK(join(std::list<int>{1, -2}) == "1 -2");
    CHECK(join(std::vector<std::filesystem::path>{"/x y"}) == "'/x y'");
    CHECK(join(std::views::iota(1, 4)) == "1 2 3");
    char const* const literals[] = {"a", "*"};
    CHECK(join(literals) == "a '*'");
    Strings words{"a", "b c"};
    CHECK(join(words | std::views::drop(1)) == "'b c'");
    CHECK(join(std::move(words)) == "a 'b c'");
    CHECK(join(cmd(child("print"), "a\nb c") | lines) == "a 'b c'");
}

TEST_CASE("a program that sh starts gets the words that were joined",
          "[shlex][starts][row:S02][row:N02][fault:I16]")
{
    NoLeaks const no_leaks;
    std::mt19937 random(2);
    for (int round = 0; round < 20; ++round) {
        auto words = strange_words(random);
        std::string wanted;
        for (auto& word : words) {
            word = without_nul(word);
            wanted += '<' + word + ">\n";
        }
        words.insert(words.begin(), child("print_args"));
        CAPTURE(join(words));
        CHECK(run(sh(join(words)) | capture).out == wanted);
    }
}

TEST_CASE("split gives the words back that join was given",
          "[shlex][row:N02][fault:I16]")
{
    std::mt19937 random(3);
    for (int round = 0; round < 2000; ++round) {
        auto const words = strange_words(random);
        CAPTURE(join(words));
        CHECK((split(join(words)) == words));
        CHECK((split(join(words), {.comments = true}) == words));
    }
}
