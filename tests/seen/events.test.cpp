// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What an observer is told of a run as a whole.
#include "seen/support.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <optional>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

struct Whole final : Observer {
    void began(Began const& e) noexcept override
    {
        events.push_back("began");
        run = e.run;
        endpoints = e.program.endpoints;
    }
    void started(Started const& e) noexcept override
    {
        events.push_back("started");
        child_run = e.child.run;
        start_time = e.start_time;
    }
    void exited(Exited const& e) noexcept override
    {
        events.push_back("exited");
        usage = e.usage;
    }
    void helper_started(HelperView const& e) noexcept override
    {
        events.push_back("begins " + std::string(e.label));
    }
    void helper_ended(HelperEnded const& e) noexcept override
    {
        events.push_back("ends " + std::string(e.helper.label));
        in = e.bytes_in;
        out = e.bytes_out;
    }
    void moved(Moved const& e) noexcept override
    {
        bytes[endpoints[e.endpoint].kind] = e.bytes;
    }
    void ended(Ended const& e) noexcept override
    {
        events.push_back("ended");
        last = e;
    }

    std::vector<std::string> events;
    RunId run = 0;
    RunId child_run = 0;
    std::chrono::nanoseconds start_time{0};
    std::vector<Endpoint> endpoints;
    std::map<Endpoint::Kind, std::uint64_t> bytes;
    std::optional<std::uint64_t> in;
    std::optional<std::uint64_t> out;
    ResourceUsage usage;
    std::optional<Ended> last;
};

using Events = std::vector<std::string>;

} // namespace

TEST_CASE("an observer is told of begin and end of a run", "[seen][observer]")
{
    NoLeaks const no_leaks;
    Whole told;
    CHECK_FALSE(run(cmd(child("exit_with"), 3), {.observer = &told}));
    CHECK(told.events == Events{"began", "started", "exited", "ended"});
    CHECK(told.run > 0);
    CHECK(told.child_run == told.run);
    REQUIRE(told.last);
    CHECK(told.last->run == told.run);
    CHECK(told.last->returncode == 3);
    CHECK(told.last->failed);
    CHECK_FALSE(told.last->was_early);
    CHECK(told.last->wall_time > told.start_time);
    CHECK(told.start_time > 0ns);
}

TEST_CASE("an observer is told of the end of a run that cannot be started",
          "[seen][observer]")
{
    NoLeaks const no_leaks;
    Whole told;
    auto const e = cmd("no-such-program") || cmd("no-such-program");
    CHECK_THROWS_AS(run(e, {.observer = &told}), SpawnError);
    CHECK(told.events == Events{"began", "ended"});
    CHECK(told.last->returncode == 127);
    CHECK(told.last->was_early);
}

TEST_CASE("an observer is told of in-process stages and their bytes",
          "[seen][observer]")
{
    NoLeaks const no_leaks;
    Whole told;
    auto const e = cmd(child("print"), "abc\ndef\n") | first(1) | capture;
    CHECK(run(e, {.observer = &told}));
    CHECK(std::ranges::count(told.events, "begins first(1)") == 1);
    CHECK(std::ranges::count(told.events, "ends first(1)") == 1);
    CHECK(told.in == 8);
    CHECK(told.out == 4);
}

TEST_CASE("an observer is told how many bytes pass through this process",
          "[seen][observer]")
{
    NoLeaks const no_leaks;
    Whole told;
    std::string const much(1'000'000, 'x');
    auto const e = (cmd(child("copy")) < text(much)) > capture;
    CHECK(run(e, {.observer = &told}));
    CHECK(told.bytes[Endpoint::Kind::text] == much.size());
    CHECK(told.bytes[Endpoint::Kind::captured] == much.size());
}

TEST_CASE("bytes between two parts of this process are counted once",
          "[seen][observer]")
{
    NoLeaks const no_leaks;
    Whole told;
    std::vector<std::string> const words{"abc"};
    auto const e = words | tee(capture) | cmd(child("copy")) | capture;
    CHECK(run(e, {.observer = &told}));
    CHECK(told.bytes[Endpoint::Kind::pipe_write] == 4);
    CHECK(told.bytes[Endpoint::Kind::captured] == 4);
}

TEST_CASE("an observer is told what together has joined", "[seen][together]")
{
    NoLeaks const no_leaks;
    Whole told;
    auto const e =
        together({.labelled = true}, (cmd(child("print"), "abc\n")).named("a"),
                 (cmd(child("print"), "d")).named("b"))
        > both(capture);
    CHECK(run(e, {.observer = &told}).out.size() == 12);
    CHECK(std::ranges::count(told.events, "begins join") == 1);
    CHECK(std::ranges::count(told.events, "ends join") == 1);
    CHECK(told.in == 5);
    CHECK(told.out == 12);
}

TEST_CASE("an observer is told what each command has read and written",
          "[seen][observer]")
{
    NoLeaks const no_leaks;
    Whole told;
    auto const e =
        (cmd(child("copy")) < text(std::string(5000, 'x'))) > devnull;
    CHECK(run(e, {.observer = &told}));
    CHECK(told.usage.bytes_read.value_or(0) >= 5000);
    CHECK(told.usage.bytes_written == 5000);
}

TEST_CASE("bytes of commands are counted only if that is asked for",
          "[seen][result]")
{
    NoLeaks const no_leaks;
    auto const e = (cmd(child("print"), "abc") | cmd(child("copy"))) > devnull;
    auto const counted = run(e, {.count_bytes = true});
    CHECK(counted.stages[0].usage.bytes_written == 3);
    CHECK(counted.stages[1].usage.bytes_written == 3);
    CHECK_FALSE(run(e).stages[0].usage.bytes_written);
}

TEST_CASE("the bytes of a single command are counted, which is waited for in "
          "one call else",
          "[seen][result]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "abc") > devnull;
    CHECK(run(e, {.count_bytes = true}).stages[0].usage.bytes_written == 3);
}

TEST_CASE("a result says how long a program took to start", "[seen][result]")
{
    NoLeaks const no_leaks;
    auto const done = run(cmd(child("exit_with"), 0));
    CHECK(done.stages[0].start_time > 0ns);
    CHECK(done.stages[0].start_time <= done.stages[0].wall_time);
}

TEST_CASE("an observer that watches many runs can tell them apart",
          "[seen][observer]")
{
    NoLeaks const no_leaks;
    Whole told;
    CHECK(run(cmd(child("exit_with"), 0), {.observer = &told}));
    auto const before = told.run;
    CHECK(run(cmd(child("exit_with"), 0), {.observer = &told}));
    CHECK(told.run > before);
    Popen child({test::child("exit_with"), "0"}, {.observer = &told});
    static_cast<void>(child.wait());
    CHECK(told.child_run == 0);
}
