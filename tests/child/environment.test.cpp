// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The variables that a child gets.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

std::string variables(Environment environment, bool forked = false)
{
    return output_of({child("print_env")}, {.env = std::move(environment),
                                            .preexec_fn = hook_if(forked)});
}

using Strings = std::vector<std::string>;

} // namespace

TEST_CASE("a child has the variables of this process, as they are then",
          "[popen][environment]")
{
    NoLeaks const no_leaks;
    ScopedVariable const variable("RUNNEL_TEST", "a=b c");
    auto const text = output_of({child("print_env")});
    CHECK(text.find("RUNNEL_TEST=a=b c\n") != text.npos);
    CHECK(variables(Environment()) == text);
}

TEST_CASE("a list of variables is all that a child gets",
          "[popen][environment][row:P34][row:R11]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    CHECK(variables({{"B", "2"}, {"A", ""}, {"C", "x=y \n"}}, forked)
          == "B=2\nA=\nC=x=y \n\n");
    CHECK(variables(Environment::empty(), forked) == "");
}

TEST_CASE("a map or any range of pairs is a list of variables",
          "[popen][environment][row:P34]")
{
    NoLeaks const no_leaks;
    std::map<std::string, std::string> const map = {{"A", "1"}, {"B", "2"}};
    CHECK(variables(map) == "A=1\nB=2\n");
    std::vector<std::pair<std::string_view, char const*>> const pairs = {
        {"Z", "26"}};
    CHECK(variables(pairs) == "Z=26\n");
}

TEST_CASE("variables that matter to loaders and shells pass through",
          "[popen][environment][fault:L08]")
{
    NoLeaks const no_leaks;
    CHECK(variables({{"LD_PRELOAD", ""},
                     {"IFS", "x"},
                     {"BASH_ENV", "/no"},
                     {"BASH_FUNC_f%%", "() { :; }"}})
          == "LD_PRELOAD=\nIFS=x\nBASH_ENV=/no\nBASH_FUNC_f%%=() { :; }\n");
}

TEST_CASE("values may hold any byte but NUL", "[popen][environment][fault:I05]")
{
    NoLeaks const no_leaks;
    CHECK(variables({{"\xff", "\x80\xfe"}}) == "\xff=\x80\xfe\n");
}

TEST_CASE("set and unset change what is inherited", "[popen][environment]")
{
    NoLeaks const no_leaks;
    ScopedVariable const kept("RUNNEL_KEPT", "1");
    ScopedVariable const changed("RUNNEL_CHANGED", "1");
    ScopedVariable const removed("RUNNEL_REMOVED", "1");
    auto const text = variables(Environment()
                                    .set("RUNNEL_CHANGED", "2")
                                    .set("RUNNEL_NEW", "3")
                                    .unset("RUNNEL_REMOVED")
                                    .unset("RUNNEL_NEVER_THERE"));
    CHECK(text.find("RUNNEL_KEPT=1\n") != text.npos);
    CHECK(text.find("RUNNEL_CHANGED=2\n") != text.npos);
    CHECK(text.find("RUNNEL_CHANGED=1\n") == text.npos);
    CHECK(text.find("RUNNEL_NEW=3\n") != text.npos);
    CHECK(text.find("RUNNEL_REMOVED") == text.npos);
}

TEST_CASE("of a name given twice the last value counts",
          "[popen][environment][fault:I04][promise:P17]")
{
    NoLeaks const no_leaks;
    CHECK(variables({{"A", "bad"}, {"B", "1"}, {"A", "good"}})
          == "A=good\nB=1\n");
    CHECK(variables(
              Environment::empty().set("A", "bad").unset("A").set("A", "good"))
          == "A=good\n");
    CHECK(variables(Environment::empty().set("A", "bad").unset("A")) == "");
}

TEST_CASE("names that cannot be are refused where they are given",
          "[environment][fault:I03][promise:P16]")
{
    using Bad = std::invalid_argument;
    auto const nul = [](char const* text) { return std::string(text, 3); };
    CHECK_THROWS_AS(Environment().set("", "x"), Bad);
    CHECK_THROWS_AS(Environment().set("A=B", "x"), Bad);
    CHECK_THROWS_AS(Environment().set("=A", "x"), Bad);
    CHECK_THROWS_AS(Environment().set(nul("A\0B"), "x"), Bad);
    CHECK_THROWS_AS(Environment().set("A", nul("x\0y")), Bad);
    CHECK_THROWS_AS(Environment().unset(""), Bad);
    CHECK_THROWS_AS(Environment().unset("A=B"), Bad);
    CHECK_THROWS_AS((Environment{{"", "x"}}), Bad);
    CHECK_THROWS_AS((Environment{{"A=", "x"}}), Bad);
    CHECK_THROWS_AS(
        Environment(std::map<std::string, std::string>{{"A=", "x"}}), Bad);
    CHECK(message_of<Bad>([] { Environment().set("A=B", "x"); })
          == "the name of an environment variable, \"A=B\", holds a '='");
}

TEST_CASE("a refused change leaves the environment as it was", "[environment]")
{
    auto environment = Environment().set("A", "1");
    auto const before = environment;
    CHECK_THROWS_AS(environment.set("A", std::string("\0", 1)),
                    std::invalid_argument);
    CHECK(environment == before);
}

TEST_CASE("an environment is a value that says what it is", "[environment]")
{
    CHECK(Environment().is_inherited());
    CHECK(!Environment().is_clean());
    CHECK(!Environment().set("A", "1").is_inherited());
    CHECK(!Environment::empty().is_inherited());
    CHECK(Environment::empty().is_clean());
    CHECK(Environment{{"A", "1"}}.is_clean());
    CHECK(Environment().set("A", "1") == Environment().set("A", "1"));
    CHECK(!(Environment().set("A", "1") == Environment{{"A", "1"}}));
    CHECK(!(Environment().set("A", "1") == Environment().unset("A")));

    auto const edits = Environment().set("A", "1").unset("B").edits();
    REQUIRE(edits.size() == 2);
    CHECK(edits[0].name == "A");
    CHECK(edits[0].value == "1");
    CHECK(edits[1].name == "B");
    CHECK(edits[1].change == Environment::Change::unset);
}

TEST_CASE("apply_to gives the strings that a child would get", "[environment]")
{
    std::vector<std::string_view> const inherited = {"A=1", "B=2", "odd",
                                                     "AB=3"};
    CHECK(Environment().apply_to(inherited)
          == Strings{"A=1", "B=2", "odd", "AB=3"});
    CHECK(Environment().set("A", "x").unset("B").apply_to(inherited)
          == Strings{"A=x", "odd", "AB=3"});
    CHECK(Environment{{"C", "4"}}.apply_to(inherited) == Strings{"C=4"});
    CHECK(Environment::empty().apply_to(inherited).empty());
}

TEST_CASE("what a program needs has to be in a list of variables",
          "[popen][environment][row:P35]")
{
    NoLeaks const no_leaks;
    ScopedVariable const home("HOME", "/home/us");
    auto const home_in = [](Environment environment) {
        return output_of({"/bin/sh", "-c", "printf %s \"${HOME-none}\""},
                         {.env = std::move(environment)});
    };
    CHECK(home_in({{"A", "1"}}) == "none");
    CHECK(home_in({{"A", "1"}, {"HOME", "/x"}}) == "/x");
    CHECK(home_in(Environment().set("A", "1")) == "/home/us");
}
