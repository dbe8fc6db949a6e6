// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What C++ in a job waits for ends with the job.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/generator.hpp"
#include "support/leaks.hpp"
#include "support/limits.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <ranges>
#include <string>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// Writes a line and stays.
Command stays(std::string const& text = "a\n")
{
    return cmd(child("write_then_wait"), text);
}

auto into_nothing()
{
    return cmd(child("copy")) > devnull;
}

auto const same = std::views::transform(
    [](std::string_view line) { return std::string(line); });

/// That it takes no longer than tests may wait for what should be at once.
class AtOnce {
public:
    ~AtOnce() { CHECK(std::chrono::steady_clock::now() - begin_ < 20s); }

private:
    std::chrono::steady_clock::time_point begin_ =
        std::chrono::steady_clock::now();
};

} // namespace

TEST_CASE("a range that is a process ends with the run that it feeds",
          "[ranges][cancel][fault:W01]")
{
    NoLeaks const no_leaks;
    AtOnce const at_once;
    CHECK_THROWS_AS(run(stays() | lines | into_nothing(), {.timeout = 50ms}),
                    TimeoutExpired);
    StopSource stop;
    stop.request_stop();
    CHECK_THROWS_AS(
        run(stays() | lines | same | into_nothing(), {.stop = stop.token()}),
        StopRequested);
    CHECK_THROWS_AS(collect(stays() | lines | same | cmd(child("copy"))
                            | lines({.timeout = 50ms})),
                    TimeoutExpired);
}

TEST_CASE("a range that is a process ends when its reader leaves",
          "[ranges][cancel]")
{
    NoLeaks const no_leaks;
    AtOnce const at_once;
    CHECK(collect(stays() | lines | same | cmd(child("copy")) | lines
                  | std::views::take(1))
          == Strings{"a"});
    CHECK(collect(stays() | lines | same | cmd(child("take_lines"), 1) | lines)
          == Strings{"a"});
}

TEST_CASE("what a stage runs ends with the stage", "[ranges][cancel]")
{
    NoLeaks const no_leaks;
    AtOnce const at_once;
    auto const runs_another = stage([](LineRange) {
        return Strings{read(cmd(child("write_then_wait"), "b\n"))};
    });
    CHECK_THROWS_AS(
        run(cmd(child("print"), "a\n") | runs_another | into_nothing(),
            {.timeout = 50ms}),
        TimeoutExpired);
    auto const reads_a_stream = stage([](LineRange) {
        Popen p({child("write_then_wait"), "b\n"},
                {.out = Stdio::pipe, .on_destroy = OnDestroy::teardown});
        return collect(p.out() | lines);
    });
    CHECK_THROWS_AS(
        run(cmd(child("print"), "a\n") | reads_a_stream | into_nothing(),
            {.timeout = 50ms}),
        TimeoutExpired);
}

TEST_CASE("input that is cut off does not look complete to a stage",
          "[ranges][cancel]")
{
    NoLeaks const no_leaks;
    Strings seen;
    bool ended = false;
    auto const watcher = stage([&](LineRange in) {
        for (std::string_view const line : in)
            seen.emplace_back(line);
        ended = true;
        return Strings{};
    });
    CHECK(at_some_limit([&](Timeout limit) {
        seen.clear();
        CHECK_THROWS_AS(run(stays("whole\nhalf") | watcher | into_nothing(),
                            {.timeout = limit}),
                        TimeoutExpired);
        CHECK_FALSE(ended);
        return seen == Strings{"whole"};
    }));
}

TEST_CASE("a stage that is slow with each line ends with the run",
          "[ranges][cancel]")
{
    NoLeaks const no_leaks;
    auto const slow = stage([&](LineRange in) {
        for ([[maybe_unused]] auto const& line : in)
            std::this_thread::sleep_for(1ms);
        return Strings{};
    });
    CHECK_THROWS_AS(run(cmd(child("write_forever")) | slow | into_nothing(),
                        {.timeout = 50ms}),
                    TimeoutExpired);
}

TEST_CASE("a deadline cuts off no tagged line either", "[ranges][cancel]")
{
    NoLeaks const no_leaks;
    for (bool const text : {false, true})
        CHECK(at_some_limit([&](Timeout limit) {
            Strings seen;
            auto const read = [&](LineOptions const& options) {
                for (auto const& line :
                     stays("whole\nab\303") | tagged(options))
                    seen.push_back(line.line);
            };
            CHECK_THROWS_AS(read({.text = text, .timeout = limit}),
                            TimeoutExpired);
            CHECK(seen.size() <= 1);
            return seen == Strings{"whole"};
        }));
}

TEST_CASE("what was read before a deadline goes back to the stream",
          "[ranges][cancel]")
{
    NoLeaks const no_leaks;
    Popen p({child("write_then_wait"), "abc"}, {.out = Stdio::pipe});
    CHECK_THROWS_AS(collect(p.out() | lines({.timeout = 50ms})),
                    TimeoutExpired);
    CHECK_THROWS_AS(collect(p.out() | lines({.max_line = 2})), LineTooLong);
    p.kill();
    CHECK(p.out().read() == "abc");
}

TEST_CASE("a line that a deadline cuts off is not given", "[ranges][cancel]")
{
    NoLeaks const no_leaks;
    auto const count = stage([](LineRange in) {
        return Strings{std::to_string(std::ranges::distance(in))};
    });
    Strings seen;
    auto const read = [&](LineRange range) {
        for (std::string_view const line : range)
            seen.emplace_back(line);
    };
    CHECK(at_some_limit([&](Timeout limit) {
        auto const soon = lines({.timeout = limit});
        seen.clear();
        CHECK_THROWS_AS(read(stays("whole\nhalf") | count | soon),
                        TimeoutExpired);
        CHECK(seen.empty());
        CHECK_THROWS_AS(read(stays("whole\nhalf") | soon), TimeoutExpired);
        CHECK(seen.size() <= 1);
        return seen == Strings{"whole"};
    }));
}

TEST_CASE("try_next in a stage does not wait", "[ranges][cancel]")
{
    NoLeaks const no_leaks;
    AtOnce const at_once;
    auto const looks = stage([](LineRange in) {
        static_cast<void>(in.try_next());
        return Strings{"looked"};
    });
    CHECK(collect(cmd(child("sleep_until_killed")) | looks | lines)
          == Strings{"looked"});
    CHECK(run((cmd(child("sleep_until_killed")) | looks | cmd(child("copy")))
              > capture)
              .out
          == "looked\n");
}

TEST_CASE("a handle that a stage keeps finds the end after the run",
          "[ranges][cancel]")
{
    NoLeaks const no_leaks;
    LineRange kept;
    auto const keeps = stage([&](LineRange in) {
        kept = in;
        return in | std::views::take(1);
    });
    auto const e = cmd(child("print"), "1\n2\n3\n") | keeps;
    CHECK(collect(e | lines) == Strings{"1"});
    CHECK(kept.ended());
    CHECK(run((e | cmd(child("copy"))) > capture).out == "1\n");
    CHECK(kept.ended());
    CHECK(collect(kept).size() <= 2); // what was read, never more
}

TEST_CASE("a range of nothing but C++ has deadlines", "[ranges][cancel]")
{
    NoLeaks const no_leaks;
    auto const pass = stage([](LineRange in) { return in; });
    auto const endless = std::views::iota(0) | pass;
    std::uint64_t count = 0;
    auto const drain = [&](LineRange range) {
        for ([[maybe_unused]] auto const& line : range)
            ++count;
    };
    CHECK_THROWS_AS(drain(endless | lines({.timeout = 20ms})), TimeoutExpired);
    StopSource stop;
    stop.request_stop();
    CHECK_THROWS_AS(drain(endless | lines({.stop = stop.token()})),
                    StopRequested);
}

TEST_CASE("a deadline is looked at while bytes flow", "[ranges][cancel]")
{
    NoLeaks const no_leaks;
    AtOnce const at_once;
    std::uint64_t count = 0;
    auto const drain = [&](auto range) {
        for ([[maybe_unused]] auto const& piece : range)
            ++count;
    };
    CHECK_THROWS_AS(
        drain(Stdio("/dev/zero") | chunks(65536, {.timeout = 20ms})),
        TimeoutExpired);
    Popen p({child("write_forever")},
            {.out = Stdio::pipe, .on_destroy = OnDestroy::teardown});
    CHECK_THROWS_AS(drain(p.out() | lines({.timeout = 20ms})), TimeoutExpired);
}

TEST_CASE("try_next of streams and files knows deadlines and stops",
          "[ranges][cancel][event-loop]")
{
    NoLeaks const no_leaks;
    auto const poll_to_end = [](LineRange range) {
        CHECK(range.fd() >= 0);
        while (!range.ended())
            static_cast<void>(range.try_next());
    };
    Popen p({child("sleep_until_killed")},
            {.out = Stdio::pipe, .on_destroy = OnDestroy::teardown});
    auto const timed = p.out() | lines({.timeout = 20ms});
    static_cast<void>(timed.next_deadline());
    CHECK_THROWS_AS(poll_to_end(timed), TimeoutExpired);
    StopSource stop;
    stop.request_stop();
    CHECK_THROWS_AS(poll_to_end(p.out() | lines({.stop = stop.token()})),
                    StopRequested);
    TemporaryDirectory const directory;
    auto const fifo = directory / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK_THROWS_AS(poll_to_end(Stdio(fifo) | lines({.timeout = 20ms})),
                    TimeoutExpired);
}

TEST_CASE("a FIFO without a writer does not keep a deadline waiting",
          "[ranges][cancel]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const fifo = directory / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK_THROWS_AS(collect(Stdio(fifo) | lines({.timeout = 20ms})),
                    TimeoutExpired);
    auto const range = Stdio(fifo) | lines({.timeout = 10s});
    auto writer = start(sh("exec > \"$1\"; echo a; echo b", "sh", fifo));
    CHECK(collect(range) == Strings{"a", "b"});
    CHECK(writer.wait().returncode == 0);
}

TEST_CASE("killing a job ends its C++", "[ranges][cancel][job]")
{
    NoLeaks const no_leaks;
    auto const pass = stage([](LineRange in) { return in; });
    for (bool const kills : {true, false}) {
        auto job = start((std::views::iota(0) | pass) > devnull);
        if (kills)
            job.kill();
        else
            job.terminate();
        CHECK(job.wait_for(20s));
    }
}

TEST_CASE("what stands in front of a nested pipeline ends with its reader",
          "[ranges][cancel]")
{
    NoLeaks const no_leaks;
    AtOnce const at_once;
    auto const inner = (first(1) | cmd(child("copy"))) > err(devnull);
    CHECK(collect(stays("1\n2\n") | inner | lines) == Strings{"1"});
}

TEST_CASE("a thread of ours leaves the C library its signals",
          "[ranges][cancel][fault:T01]")
{
    NoLeaks const no_leaks;
    // It signals every thread, and waits for each to answer.
    auto job = start(stays() | lines | into_nothing());
    CHECK(::setgid(::getgid()) == 0);
    job.kill();
    CHECK(job.wait_for(20s));
    auto captured = start((cmd(child("sleep_until_killed")) > capture));
    CHECK(::setgid(::getgid()) == 0);
    captured.kill();
    CHECK(captured.wait_for(20s));
}
