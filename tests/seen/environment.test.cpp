// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// RUNNEL_VERBOSE and RUNNEL_TRACE, in programs that know nothing of them.
#include "seen/support.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace runnel;
using namespace runnel::test;

namespace {

Command driver(std::string const& mode)
{
    return cmd(child("seen_driver"), mode, child("print_argv0"));
}

std::string said(std::string const& mode, char const* verbose)
{
    auto const e = driver(mode).env("RUNNEL_VERBOSE", verbose) > both(capture);
    return run(e).out.str();
}

} // namespace

TEST_CASE("RUNNEL_VERBOSE=1 tells of the runs of a program",
          "[seen][environment]")
{
    NoLeaks const no_leaks;
    auto const told = lines_of(said("once", "1"));
    REQUIRE(told.size() == 2);
    CHECK(told[0].starts_with("[1] + "));
    CHECK(told[1].starts_with("[1] = exit code 0 after "));
}

TEST_CASE("RUNNEL_VERBOSE=2 tells of the commands as well",
          "[seen][environment]")
{
    NoLeaks const no_leaks;
    auto const told = lines_of(said("once", "2"));
    CHECK(told.size() == 6);
    CHECK_FALSE(has(said("once", "2"), "hush"));
}

TEST_CASE("RUNNEL_VERBOSE tells of a Popen", "[seen][environment][popen]")
{
    NoLeaks const no_leaks;
    CHECK(has(said("popen", "1"), "[pid "));
}

TEST_CASE("RUNNEL_VERBOSE that is empty or 0 tells nothing",
          "[seen][environment]")
{
    NoLeaks const no_leaks;
    CHECK(said("once", "") == "");
    CHECK(said("once", "0") == "");
}

TEST_CASE("an observer of the program is told as well as the environment's",
          "[seen][environment][guard]")
{
    NoLeaks const no_leaks;
    auto const all = said("observed", "1");
    CHECK(count_of(all, "[1] + ") == 1);
    CHECK(all.ends_with("\n1\n"));
}

TEST_CASE("RUNNEL_TRACE writes a file that viewers read, however the program "
          "ends",
          "[seen][environment]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "t.json";
    CHECK(run(driver("killed").env("RUNNEL_TRACE", file)).returncode == 7);
    auto const shown = checked_trace(file, false);
    CHECK(has(shown, "print_argv0 '***': start, "));
    CHECK_FALSE(has(read_file(file), "hush"));
}

TEST_CASE("RUNNEL_TRACE and RUNNEL_VERBOSE work together",
          "[seen][environment]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "t.json";
    auto const e =
        driver("once").env("RUNNEL_TRACE", file).env("RUNNEL_VERBOSE", "1")
        > err(capture);
    CHECK(lines_of(run(e).err).size() == 2);
    CHECK(has(checked_trace(file, false), "start, wait for"));
}

TEST_CASE("a trace begins anew with each program", "[seen][environment]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "t.json";
    for (int i = 0; i < 2; ++i)
        check(driver("once").env("RUNNEL_TRACE", file));
    CHECK(count_of(checked_trace(file, false), "run 1: ") == 1);
}

TEST_CASE("a program that a traced program starts adds to the same trace",
          "[seen][environment][guard]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "t.json";
    check(driver("nested").env("RUNNEL_TRACE", file));
    auto const shown = checked_trace(file, false);
    CHECK(count_of(shown, "run 1: ") == 2);
    CHECK(has(shown, "seen_driver once "));
}

TEST_CASE("a trace is whole, whichever program writes its first event",
          "[seen][environment]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "t.json";
    check(driver("late").env("RUNNEL_TRACE", file));
    CHECK(has(checked_trace(file, false), "run 1: "));
    auto const at_once =
        together(driver("once"), driver("once"), driver("once"), driver("once"))
            .env("RUNNEL_TRACE", file);
    for (int i = 0; i < 5; ++i) {
        check(at_once);
        CHECK(has(checked_trace(file, false), "run 1: "));
    }
}

TEST_CASE("only a file can be traced to", "[seen][environment]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    auto const e =
        driver("once").env("RUNNEL_TRACE", folder / "fifo") > err(capture);
    CHECK(has(run(e).err, "cannot write the trace"));
}

TEST_CASE("a fork of a traced program writes nothing",
          "[seen][environment][guard]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "t.json";
    check(driver("forks").env("RUNNEL_TRACE", file));
    CHECK(count_of(checked_trace(file, false), "start, wait for") == 1);
}

TEST_CASE("a trace that cannot be opened is reported once, and nothing fails",
          "[seen][environment]")
{
    NoLeaks const no_leaks;
    auto const e =
        driver("once").env("RUNNEL_TRACE", "/no/such/t.json") > err(capture);
    auto const done = run(e);
    CHECK(done);
    CHECK(done.err
          == "runnel: RUNNEL_TRACE: cannot write the trace "
             "\"/no/such/t.json\": No such file or directory\n");
}
