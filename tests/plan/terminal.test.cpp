// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Pseudo-terminals in programs and in shell text.
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace runnel;
using namespace runnel::test;

namespace {

bool holds(std::string const& text, std::string const& part)
{
    return text.find(part) != text.npos;
}

} // namespace

TEST_CASE("a program says what its terminals are", "[pty][plan]")
{
    NoLeaks const no_leaks;
    auto const e = cmd("python3", "-i").pty({.rows = 24, .columns = 80});
    auto const text = to_string(lower(e));
    CHECK(holds(text, "0->0 1->0 2->0 controlled by 0"));
    CHECK(holds(text, "endpoint 0: in hand 1 by a terminal of 24x80"));
    CHECK(holds(text, "endpoint 1: in hand 0 typed into 0"));
    auto const captured =
        to_string(lower(e, {.input = "x", .capture_output = true}));
    CHECK(holds(captured, "capture 0 by a terminal of 24x80"));
    CHECK(holds(captured, "input typed into 1"));
}

TEST_CASE("programs with different terminals differ", "[pty][plan]")
{
    NoLeaks const no_leaks;
    auto const with = [](Pty const& pty) { return lower(cmd("ls").pty(pty)); };
    CHECK(with({}) == with({}));
    CHECK_FALSE(with({}) == lower(cmd("ls")));
    CHECK_FALSE(with({}) == with({.rows = 25}));
    CHECK_FALSE(with({}) == with({.raw = true}));
    CHECK_FALSE(with({}) == with({.echo = false}));
    CHECK_FALSE(with({}) == with({.keep_newlines = true}));
}

TEST_CASE("a terminal is a remark in shell text", "[pty][plan]")
{
    NoLeaks const no_leaks;
    auto const e = cmd("ls", "-l").pty({.rows = 5, .echo = false});
    CHECK(to_string(e) == "ls -l # pty = 5x80 without echo");
    std::string log;
    DryRun dry(log);
    CHECK(run(e, {.capture_output = true, .executor = &dry}));
    CHECK(log == to_string(e) + '\n');
}

TEST_CASE("of a pipeline, the last command on the terminal leads",
          "[pty][plan]")
{
    NoLeaks const no_leaks;
    auto const leaders = [](Program const& program) {
        std::string all;
        for (auto const& command : program.commands)
            all +=
                command.terminal < 0 ? "-" : std::to_string(command.terminal);
        return all;
    };
    auto const a = cmd("a");
    CHECK(leaders(lower((a | a | a).pty())) == "--1");
    CHECK(leaders(lower((a | a | (a > "f")).pty())) == "--2");
    CHECK(leaders(lower((a | a | (a > "f" > err("g"))).pty())) == "-2-");
    CHECK(leaders(lower((a < devnull).pty())) == "1");
    CHECK(leaders(lower((a && (a | a)).pty())) == "0-1");
    CHECK(leaders(lower((seq(a, a) | a).pty())) == "--1");
    CHECK(leaders(lower((!a).pty())) == "0");
    CHECK(leaders(lower((a | tee(a)).pty())) == "-1");
    CHECK(leaders(lower(cmd("diff", from(a), from(a)).pty())) == "0--");
    CHECK(leaders(lower(a.pty() | a)) == "0-");
    CHECK(leaders(lower(a | a)) == "--");
    CHECK(leaders(lower(a.pty() | a.pty(), {.capture_output = true})) == "01");
    CHECK(leaders(lower(seq(a.pty(), a), {.capture_output = true})) == "0-");
}

TEST_CASE("stderr that is sent to stdout goes to the terminal", "[pty][plan]")
{
    NoLeaks const no_leaks;
    auto const e = cmd("a").with({.err = Stdio::out}).pty();
    CHECK(holds(to_string(lower(e)), "0->0 1->0 2->0"));
}

TEST_CASE("what is typed into a terminal is read by nothing else",
          "[pty][plan]")
{
    NoLeaks const no_leaks;
    auto const a = cmd("a");
    RunOptions const options{.input = "x\n", .capture_output = true};
    CHECK_THROWS_AS(lower(seq(a.pty(), a), options), std::invalid_argument);
    CHECK_THROWS_AS(lower(a && a.pty(), options), std::invalid_argument);
    CHECK_THROWS_AS(lower(cmd("a", from(a.pty())), options),
                    std::invalid_argument);
    CHECK_NOTHROW(lower(seq(a.pty(), a < devnull), options));
}
