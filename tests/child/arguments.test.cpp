// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a program is given as its arguments.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <filesystem>
#include <list>
#include <ranges>
#include <string>
#include <vector>

#include <glob.h>

using namespace runnel;
using namespace runnel::test;

TEST_CASE("each word becomes one argument, whatever is in it",
          "[popen][arguments][row:P01][row:S01][fault:I15]")
{
    NoLeaks const no_leaks;
    auto const words = {"two words", "",   "$HOME",    "*",     "a'b\"c",
                        "; exit 7",  "\\", "--x=$(y)", "\ttab", "#"};
    std::vector<std::string> args = {child("print_args")};
    std::string wanted;
    for (auto const* word : words) {
        args.emplace_back(word);
        wanted += '<' + std::string(word) + ">\n";
    }
    Popen p(args, {.out = Stdio::pipe});
    CHECK(p.communicate().out == wanted);
    CHECK(p.returncode() == 0);
}

TEST_CASE("a newline and bytes that are no UTF-8 pass unchanged",
          "[popen][arguments][fault:I05]")
{
    NoLeaks const no_leaks;
    std::string all;
    for (int byte = 1; byte < 256; ++byte)
        all += static_cast<char>(byte);
    CHECK(output_of({child("print"), all}) == all);
}

TEST_CASE("braces of one word and of two are lists of words",
          "[popen][arguments]")
{
    NoLeaks const no_leaks;
    auto const print_args = child("print_args");
    Popen alone({print_args}, {.out = Stdio::pipe});
    CHECK(alone.communicate().out == "");
    CHECK(output_of({print_args, "b"}) == "<b>\n");
    Popen literals({"true", "x"});
    CHECK(literals.wait() == 0);
}

TEST_CASE("one string is the name of a program, blanks included",
          "[popen][arguments][row:P02]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const spaced = directory / "a program";
    std::filesystem::create_symlink(child("print_argv0"), spaced);
    Popen p(spaced, {.out = Stdio::pipe});
    CHECK(p.communicate().out == spaced + '\n');
    CHECK_THROWS_AS(Popen(child("print_args") + " x"), SpawnError);
}

TEST_CASE("paths are words, alone and among others",
          "[popen][arguments][row:P03]")
{
    NoLeaks const no_leaks;
    std::filesystem::path const program = child("print_args");
    Popen alone(program, {.out = Stdio::pipe});
    CHECK(alone.communicate().out == "");
    CHECK(output_of({program, std::filesystem::path("/a b")}) == "</a b>\n");
}

TEST_CASE("integers are written in decimal", "[popen][arguments]")
{
    NoLeaks const no_leaks;
    CHECK(output_of({child("print_args"), 7, -1L, 18446744073709551615ULL})
          == "<7>\n<-1>\n<18446744073709551615>\n");
}

TEST_CASE("any range of words will do", "[popen][arguments]")
{
    NoLeaks const no_leaks;
    auto const program = child("print_args");
    auto const said = [](Popen p) { return p.communicate().out.str(); };
    PopenOptions const piped{.out = Stdio::pipe};

    std::list<std::string_view> const views{program, "a"};
    CHECK(said(Popen(views, piped)) == "<a>\n");

    std::array<std::string, 2> const array{program, "b"};
    CHECK(said(Popen(array, piped)) == "<b>\n");

    auto lazy = std::views::iota(0, 3) | std::views::transform([&](int i) {
                    return i == 0 ? program : std::to_string(i);
                });
    CHECK(said(Popen(lazy, piped)) == "<1>\n<2>\n");
}

TEST_CASE("args() are the words as they were given",
          "[popen][arguments][row:A01]")
{
    NoLeaks const no_leaks;
    Popen p({"name", "a b", 3}, {.executable = child("exit_with")});
    CHECK(p.args() == std::vector<std::string>{"name", "a b", "3"});
    p.wait();
}

TEST_CASE("bool, char and null pointers are no words", "[popen][arguments]")
{
    STATIC_REQUIRE(!std::is_constructible_v<Word, bool>);
    STATIC_REQUIRE(!std::is_constructible_v<Word, char>);
    STATIC_REQUIRE(!std::is_constructible_v<Word, std::nullptr_t>);
    STATIC_REQUIRE(!std::is_constructible_v<Word, wchar_t>);
    STATIC_REQUIRE(std::is_constructible_v<Word, signed char>);
}

TEST_CASE("a program with no arguments list at all is refused",
          "[popen][arguments][fault:I01]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(Popen(std::vector<std::string>{}), std::invalid_argument);
}

TEST_CASE("the empty program name is a program that does not exist",
          "[popen][arguments][fault:I01]")
{
    NoLeaks const no_leaks;
    CHECK(message_of<SpawnError>([] {
              Popen p({"", "x"});
          })
          == "cannot start \"\": No such file or directory");
    CHECK(message_of<SpawnError>([] { Popen p({"x"}, {.executable = ""}); })
          == "cannot start \"\": No such file or directory");
}

TEST_CASE("the longest argument that the kernel takes arrives whole",
          "[popen][arguments][limits][fault:I08]")
{
    NoLeaks const no_leaks;
    std::string const longest(128 * 1024 - 1, 'a');
    CHECK(output_of({child("print"), longest}) == longest);
}

TEST_CASE("arguments too long for the kernel are an error of exec",
          "[popen][arguments][limits][fault:I08]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    std::vector<std::string> args = {child("print_args")};
    SECTION("one argument")
    {
        args.emplace_back(128 * 1024, 'a');
    }
    SECTION("all together")
    {
        args.resize(200, std::string(100'000, 'a'));
    }
    try {
        Popen p(args, {.out = Stdio::pipe, .preexec_fn = hook_if(forked)});
        FAIL("started");
    } catch (SpawnError const& error) {
        CHECK(error.step() == SpawnStep::exec);
        CHECK(error.code() == std::errc::argument_list_too_long);
    }
}

TEST_CASE("nothing in a word is expanded", "[popen][arguments][row:S04]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "a.txt", "");
    CHECK(
        output_of({child("print_args"), "*.txt", "~", "$HOME", "{a,b}", "[a]*"},
                  {.cwd = directory.path()})
        == "<*.txt>\n<~>\n<$HOME>\n<{a,b}>\n<[a]*>\n");
}

TEST_CASE("files that the standard library finds are words",
          "[popen][arguments][row:S04]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "two words.txt", "");
    write_file(directory / "b.md", "");
    std::vector<std::filesystem::path> args = {child("print_args")};
    for (auto const& entry :
         std::filesystem::directory_iterator(directory.path()))
        if (entry.path().extension() == ".txt")
            args.push_back(entry.path());
    Popen p(args, {.out = Stdio::pipe});
    CHECK(p.communicate().out == '<' + directory / "two words.txt" + ">\n");
}

TEST_CASE("what glob(3) finds are words", "[popen][arguments][row:S04]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "b 1", "");
    write_file(directory / "b2", "");
    ::glob_t found{};
    REQUIRE(::glob((directory / "b*").c_str(), 0, nullptr, &found) == 0);
    std::vector<std::string> args = {child("print_args")};
    args.insert(args.end(), found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    Popen p(args, {.out = Stdio::pipe});
    CHECK(p.communicate().out
          == '<' + directory / "b 1" + ">\n<" + directory / "b2" + ">\n");
}

TEST_CASE("a program that is named like a batch file gets its words as any",
          "[popen][arguments][fault:I17]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    for (auto const* name : {"tool.bat", "tool.cmd", "TOOL.BAT", "a.bat. "}) {
        copy_child("print_args", directory / name);
        CHECK(
            output_of({directory / name, "\"&touch x", "%PATH%", "^|", "a\"\n"},
                      {.cwd = directory.path()})
            == "<\"&touch x>\n<%PATH%>\n<^|>\n<a\"\n>\n");
        CHECK_FALSE(std::filesystem::exists(directory / "x"));
    }
}

TEST_CASE("a const view that must be changed to be read gives arguments",
          "[popen][arguments][found:D12]")
{
    NoLeaks const no_leaks;
    std::vector<std::string> const all{child("print_args"), "", "a"};
    auto const words = all | std::views::filter([](std::string const& word) {
                           return word != "";
                       });
    Popen p(words, {.out = Stdio::pipe});
    CHECK(p.communicate().out == "<a>\n");
}
