// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Expressions, words and settings from what a program has at hand: ranges,
// directory entries, numbers; and results as its own types.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <deque>
#include <filesystem>
#include <string>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::string_literals;

TEST_CASE("the expressions of a range make one pipeline", "[plan]")
{
    NoLeaks const no_leaks;
    std::vector<Command> parts;
    for (std::string const letter : {"a", "b", "c"})
        parts.push_back(cmd("sed", "s/$/" + letter + "/"));
    CHECK(to_string(pipeline(parts))
          == to_string(parts[0] | parts[1] | parts[2]));
    CHECK(read(pipeline(parts) < text("x\n")) == "xabc");
    CHECK(to_string(pipeline(std::deque{cmd("a")})) == "a");
}

TEST_CASE("a pipeline of a range refuses what cannot be connected", "[plan]")
{
    CHECK(message_of<std::invalid_argument>(
              [] { (void)pipeline(std::vector<Pipeline>()); })
          == "pipeline() has no expressions to run");
    std::vector<Pipeline> const parts{cmd("a") > "f", cmd("b")};
    CHECK_THROWS_AS(pipeline(parts), std::invalid_argument);
}

TEST_CASE("the expressions of a range run one after the other", "[plan]")
{
    NoLeaks const no_leaks;
    std::vector<Pipeline> const parts{cmd("echo", 1), cmd("false"),
                                      cmd("echo", 2) | cmd("cat")};
    CHECK(read(seq(parts)) == "1\n2");
    CHECK(to_string(seq(parts))
          == to_string(seq(parts[0], parts[1], parts[2])));
    CHECK(message_of<std::invalid_argument>(
              [] { (void)seq(std::vector<Pipeline>()); })
          == "seq() has no expressions to run");
}

TEST_CASE("a prefix may come from a range", "[plan]")
{
    std::vector<std::string> const words{"nice", "-n", "5"};
    CHECK(to_string(prefix(words)(cmd("make"))) == "nice -n 5 make");
    CHECK(to_string(prefix(split("ssh host"), Quoting::shell_text)(cmd("a")))
          == "ssh host a");
    CHECK_THROWS_AS(prefix(std::vector<std::string>()), std::invalid_argument);
}

TEST_CASE("the value of a variable may be a number", "[settings]")
{
    NoLeaks const no_leaks;
    CHECK(read(sh("echo $A $B $C")
                   .env("A", 1)
                   .env("B", 0)
                   .env("C", std::size_t(7)))
          == "1 0 7");
    CHECK(read(sh("echo $A").env(Environment().set("A", -3))) == "-3");
}

TEST_CASE("the text of stdin may be a number", "[redirect]")
{
    NoLeaks const no_leaks;
    CHECK(read(cmd(child("copy")) < text(-7)) == "-7");
}

TEST_CASE("accepted codes may be written without braces", "[settings]")
{
    CHECK(bool(run(sh("exit 1").accept(0, 1))));
    CHECK(bool(run(sh("exit 3").accept(3))));
    CHECK(!run(sh("exit 1").accept(0, 2)));
}

TEST_CASE("a directory entry is a word, and the name of a file", "[word]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "f", "text\n");
    std::filesystem::directory_iterator const entries(directory.path());
    auto const entry = *entries;
    CHECK(read(cmd("cat", entry)) == "text");
    CHECK(read(cmd("cat") < entry) == "text");
    CHECK(read(cmd("cat", std::vector{entry, entry})) == "text\ntext");
    CHECK(read(std::vector{entry} | cmd("cat")) == entry.path().string());
}

TEST_CASE("records of any delimiter can be counted out", "[stage]")
{
    NoLeaks const no_leaks;
    auto const names = cmd("printf", "a\\0b\\0c");
    CHECK(read(names | first(2, '\0')) == "a\0b\0"s);
    CHECK(read(names | first(9, '\0')) == "a\0b\0c"s);
    CHECK(read(cmd("printf", "a;b;c") | first(1, ';')) == "a;");
    auto const returns = cmd("printf", "a\\r\\nb\\nc\\r\\nd");
    CHECK(read(returns | first(2, "\r\n")) == "a\r\nb\nc\r");
    CHECK(read(returns | first(3, "\r\n")) == "a\r\nb\nc\r\nd");
    CHECK(to_string(names | first(2, '\0')).ends_with("| head -z -n 2"));
    CHECK(to_string(names | first(2)).ends_with("| head -n 2"));
    CHECK(to_string(names | first(2, ';')).find("| cat") != std::string::npos);
}

TEST_CASE("output and lines become a program's own types", "[output][lines]")
{
    NoLeaks const no_leaks;
    auto const done = run(cmd("echo", "a/b") > capture);
    std::string const text = done.out;
    CHECK(text == "a/b\n");
    std::string assigned;
    assigned = done.out;
    CHECK(assigned == text);
    for (auto const& line : cmd("echo", "a/b") | lines) {
        std::filesystem::path const path = line;
        CHECK(path.filename() == "b");
        std::string const own = line;
        CHECK(own == "a/b");
    }
}

TEST_CASE("an output that was not captured does not become text", "[output]")
{
    CompletedProcess const done;
    CHECK_THROWS_AS(std::string(done.out), std::logic_error);
}
