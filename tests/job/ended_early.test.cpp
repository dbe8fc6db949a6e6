// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What an error tells of a job that did not come to its own end.
#include "support/children.hpp"
#include "support/leaks.hpp"
#include "support/left_behind.hpp"
#include "support/process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// The first command says a line and ends with 3, the second one copies until it
/// is ended: its stdin is held by the first one's child.
struct Hanging {
    LeftBehind holder;

    auto expression() const
    {
        return (holder.command(3) | cmd(child("copy")).named("copier"))
             > capture;
    }
};

/// All that it holds is what `hanging` had come to.
void check_result(EndedEarly const& error)
{
    auto const& result = error.result();
    REQUIRE(result.stages.size() == 2);
    CHECK(result.stages[0].status == ExitStatus::of_code(3));
    CHECK_FALSE(result.stages[0].ended_early);
    CHECK(result.stages[1].ended_early);
    CHECK(result.stages[1].status.signal().has_value());
    CHECK(result.stages[1].wall_time > 0ns);
    CHECK(result.stages[1].usage.max_rss_kib > 0);
    CHECK(result.stages[1].args.front() == child("copy"));
    CHECK(result.out.captured());
    CHECK_THAT(error.what(), Catch::EndsWith("; still running: \"copier\""));
}

/// Requests a stop when a command has ended by itself.
class StopAtFirstExit final : public Observer {
public:
    void exited(Exited const&) noexcept override { source_.request_stop(); }
    StopToken token() const { return source_.token(); }

private:
    StopSource source_;
};

} // namespace

TEST_CASE("a time limit tells which stages still ran, and what the others did",
          "[language][timeout][found:F2]")
{
    NoLeaks const no_leaks;
    Hanging const hanging;
    // Long enough for the first command, also on a loaded machine.
    auto job = start(hanging.expression(), {.timeout = 2s});
    for (int i = 0; i < 2; ++i) // the error can be had again
        try {
            (void)job.wait();
            FAIL("nothing was thrown");
        } catch (TimeoutExpired const& error) {
            check_result(error);
            CHECK(error.result().out == "now");
            CHECK(error.out() == "now");
        }
}

TEST_CASE(
    "a stop request tells which stages still ran, with and without a thread",
    "[language][stop][found:F2]")
{
    NoLeaks const no_leaks;
    Hanging const hanging;
    auto const e = hanging.expression();
    StopAtFirstExit observer;
    auto const stop = observer.token();
    auto const way = GENERATE(0, 1, 2);
    try {
        if (way == 0)
            (void)run(e, {.stop = stop, .observer = &observer});
        else
            (void)start(e, {.stop = stop,
                            .observer = &observer,
                            .pump = way == 1 ? Pump::caller : Pump::thread})
                .wait();
        FAIL("nothing was thrown");
    } catch (StopRequested const& error) {
        check_result(error);
    }
}

TEST_CASE("a stage that has ended before a stop request does not still run",
          "[language][stop][guard][found:F1][found:F2]")
{
    NoLeaks const no_leaks;
    StopSource stop;
    auto const e = cmd(child("exit_with"), 3)
                 | cmd(child("sleep_until_killed")).named("sleeper");
    auto job = start(e > devnull, {.stop = stop.token(), .pump = Pump::caller});
    wait_for_end(job.pids()[0]); // the job has not looked yet
    stop.request_stop();
    try {
        (void)job.wait();
        FAIL("nothing was thrown");
    } catch (StopRequested const& error) {
        CHECK_FALSE(error.result().stages[0].ended_early);
        CHECK(error.result().stages[0].status == ExitStatus::of_code(3));
        CHECK(error.result().stages[1].ended_early);
        CHECK_THAT(error.what(),
                   Catch::EndsWith("; still running: \"sleeper\""));
    }
}

TEST_CASE("an overflow of a capture tells how the stages ended",
          "[language][limit][found:F2]")
{
    NoLeaks const no_leaks;
    auto const e = (cmd("true") | cmd("yes")) > capture;
    RunOptions const limited{
        .limit = {.bytes = 1000, .excess = CaptureLimit::fail}};
    try {
        (void)run(e, limited);
        FAIL("nothing was thrown");
    } catch (CaptureOverflow const& error) {
        REQUIRE(error.result().stages.size() == 2);
        CHECK(error.result().stages[1].status.signal() == SIGTERM);
        CHECK(error.result().stages[1].ended_early);
        CHECK(error.out().size() == 1000);
        // "true" has ended, unless this machine is very slow.
        CHECK_THAT(error.what(), Catch::EndsWith("\"yes\""));
    }
}

TEST_CASE("an overflow in a job that a stage runs stays its own",
          "[language][limit][stage][found:F2]")
{
    NoLeaks const no_leaks;
    auto const overflows = stage([](LineRange) {
        (void)run(cmd("yes") > capture,
                  {.limit = {.bytes = 10, .excess = CaptureLimit::fail}});
        return std::vector<std::string>();
    });
    auto const e = (cmd("true") | cmd("true") | overflows) > capture;
    try {
        (void)run(e);
        FAIL("nothing was thrown");
    } catch (CaptureOverflow const& error) {
        CHECK(error.limit() == 10);
        CHECK(error.result().stages.size() == 1);
    }
}

TEST_CASE("a range that was ended early tells what became of its stages",
          "[language][lines][stop][found:F2]")
{
    NoLeaks const no_leaks;
    LeftBehind const holder;
    auto const e = holder.command(3) | cmd(child("copy")).named("copier");
    auto const read_all = [](auto range) {
        for (auto const& piece : range)
            static_cast<void>(piece);
    };
    StopAtFirstExit observer;
    auto const stop = observer.token();
    auto const way = GENERATE(0, 1, 2);
    try {
        if (way == 0)
            read_all(e | lines({.stop = stop, .observer = &observer}));
        else if (way == 1)
            read_all(e | chunks(9, {.stop = stop, .observer = &observer}));
        else
            read_all(e | tagged({.stop = stop, .observer = &observer}));
        FAIL("nothing was thrown");
    } catch (StopRequested const& error) {
        REQUIRE(error.result().stages.size() == 2);
        CHECK(error.result().stages[0].status == ExitStatus::of_code(3));
        CHECK(error.result().stages[1].ended_early);
    }
}

TEST_CASE("the errors of an early end are caught as one",
          "[language][timeout][found:F2]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(run(cmd("sleep", 100), {.timeout = 1ms}), EndedEarly);
    StopSource source;
    source.request_stop();
    CHECK_THROWS_AS(run(cmd("true"), {.stop = source.token()}), EndedEarly);
    CHECK(message_of<EndedEarly>(
              [] { (void)run(cmd("sleep", 100), {.timeout = 1ms}); })
          == "\"sleep 100\" timed out after 1 ms");
}
