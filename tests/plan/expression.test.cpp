// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Expressions are values that start nothing.
#include "support/children.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <concepts>
#include <filesystem>
#include <list>
#include <ranges>
#include <sstream>

using namespace runnel;
using namespace runnel::test;

namespace {

template <class L, class R>
concept pipeable = requires(L const& l, R const& r) { l | r; };

template <class E, class T>
concept writable_to = requires(E const& e, T const& t) { e > t; };

template <class E, class T>
concept readable_from = requires(E const& e, T const& t) { e < t; };

template <class... Words>
concept makes_command = requires(Words... words) { cmd(words...); };

using Written = decltype(cmd("a") > "f");
using Fed = decltype(cmd("a") < "f");

} // namespace

// A stream is connected once.
static_assert(pipeable<Command, Command>);
static_assert(!pipeable<Written, Command>);
static_assert(!pipeable<Command, Fed>);
static_assert(pipeable<Fed, Written>);
static_assert(!writable_to<Written, char const*>);
static_assert(!writable_to<Written, Capture>);
static_assert(!readable_from<Fed, char const*>);
static_assert(writable_to<Fed, Capture>);
static_assert(!pipeable<Written, Lines>);

// Slips are no words.
static_assert(makes_command<char const*, char const*, std::string, int>);
static_assert(makes_command<char const*, std::filesystem::path>);
static_assert(makes_command<char const*, std::vector<std::string>>);
static_assert(!makes_command<>);
static_assert(!makes_command<char const*, bool>);
static_assert(!makes_command<char const*, char>);
static_assert(!makes_command<char const*, std::nullptr_t>);
static_assert(!makes_command<char const*, double>);
static_assert(!makes_command<int>);
static_assert(!makes_command<char const*, LineRange>);
static_assert(!makes_command<LineRange>);
static_assert(!writable_to<Command, std::nullptr_t>);
static_assert(!writable_to<Command, bool>);

TEST_CASE("a const view that must be changed to be read gives words",
          "[language][found:D12]")
{
    std::vector<std::string> const all{"a", "", "b"};
    auto const some = all | std::views::filter([](std::string const& word) {
                          return word != "";
                      });
    CHECK(to_string(cmd(some)) == "a b");
    CHECK(to_string(cmd(some, some)) == "a b a b");
    CHECK(to_string(cmd("x", some)) == "x a b");
    CHECK(to_string(sh("x", some)) == to_string(sh("x", "a", "b")));
    CHECK(to_string(cmd(all | std::views::filter([](std::string const& word) {
                            return word != "";
                        })))
          == "a b");
    auto const dropped =
        all | std::views::drop_while([](std::string const&) { return false; });
    CHECK(to_string(cmd("x", dropped)) == "x a '' b");
    CHECK(join(some) == "a b");
    CHECK(list2cmdline(some) == "a b");
}

TEST_CASE("a range of words is a command that begins with the program",
          "[language][expression]")
{
    CHECK(to_string(cmd(split("ls -l 'a b'"))) == "ls -l 'a b'");
    std::vector<std::string_view> const words{"grep", "-n"};
    CHECK(to_string(cmd(words, "x", 1)) == "grep -n x 1");
    CHECK_THROWS_WITH(cmd(std::vector<std::string>()),
                      "the range of words is empty: it begins with the "
                      "program");
}

TEST_CASE("building an expression starts and opens nothing", "[language]")
{
    NoLeaks const no_leaks;
    auto const file = std::filesystem::temp_directory_path() / "never made";
    auto const e = cmd("no-such-program") < "/no/such/file";
    auto const piped = e | (cmd("another") > file);
    CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("an expression can be copied and run twice", "[language][fault:D04]")
{
    NoLeaks const no_leaks;
    auto const once = cmd(child("print"), "x") | capture;
    auto const again = once;
    CHECK(run(once).out == "x");
    CHECK(run(again).out == "x");
    CHECK(run(once).out == "x");
}

TEST_CASE("an expression may be built from temporaries",
          "[language][fault:D04]")
{
    auto const build = [] {
        std::string const program = child("print_args");
        std::vector<std::string> const words{"a", "b c"};
        return cmd(program, words, std::string("d"), 7) | capture;
    };
    CHECK(run(build()).out == "<a>\n<b c>\n<d>\n<7>\n");
}

TEST_CASE("each word reaches the program as one argument",
          "[language][fault:I15]")
{
    std::list<std::string> const words{"*", "$HOME", "a b", "", "; exit 1"};
    auto const e = cmd(child("print_args"), words) | capture;
    CHECK(run(e).out == "<*>\n<$HOME>\n<a b>\n<>\n<; exit 1>\n");
}

TEST_CASE("settings change a copy and leave the command alone", "[language]")
{
    auto const plain = cmd(child("print_cwd"));
    auto const moved = plain.cwd("/");
    CHECK(read(moved) == "/");
    CHECK(read(plain) != "/");
}

TEST_CASE("a command's variables are set, replaced and removed", "[language]")
{
    auto const print = cmd(child("print_env"));
    auto const clean = print.clean_env().env("A", "1").env("A", "2");
    CHECK(read(clean) == "A=2");
    auto const more = clean.env("B", "3").unset("A");
    CHECK(read(more) == "B=3");
}

TEST_CASE("an expression prints as shell text", "[language]")
{
    auto const e = (cmd("grep", "it's", "a b") < "in") | cmd("wc", "-l");
    auto const whole = e > "out put";
    CHECK(to_string(whole)
          == "grep 'it'\"'\"'s' 'a b' < in | wc -l > 'out put'");
    std::ostringstream stream;
    stream << (cmd("a") > append("f"));
    CHECK(stream.str() == "a >> f");
    CHECK(to_string(sh("echo $1", "sh", "x")) == "/bin/sh -c 'echo $1' sh x");
}

TEST_CASE("a pipeline can be built in a loop", "[language]")
{
    NoLeaks const no_leaks;
    Pipeline line = cmd(child("print"), "through");
    for (int i = 0; i < 5; ++i)
        line = line | cmd(child("copy"));
    auto const captured = line | capture;
    CHECK(run(captured).out == "through");
    CHECK(run(captured).stages.size() == 6);
}

TEST_CASE("a stream that is connected twice is refused where that is written",
          "[language][fault:I13]")
{
    Pipeline const written = cmd("a") > "f";
    CHECK(message_of<std::invalid_argument>([&] { (void)(written > "g"); })
          == "stdout of \"a > f\" is connected twice");
    CHECK_THROWS_AS(written | cmd("b"), std::invalid_argument);
    Pipeline const fed = cmd("a") < "f";
    CHECK_THROWS_AS(cmd("b") | fed, std::invalid_argument);
    Pipeline const third = cmd("a") > fd(3, "f");
    CHECK_THROWS_AS(third > fd(3, "g"), std::invalid_argument);
    CHECK(message_of<std::invalid_argument>(
              [&] { (void)cmd("x", from(written)); })
          == "stdout of \"a > f\" is connected twice");
    CHECK_THROWS_AS(cmd("x", into(fed)), std::invalid_argument);
    CHECK_THROWS_AS(tee(fed), std::invalid_argument);
}

TEST_CASE("a NUL byte in a word is refused when the command is built",
          "[language][fault:I02]")
{
    CHECK_THROWS_AS(cmd("echo", std::string("a\0b", 3)), std::invalid_argument);
}
