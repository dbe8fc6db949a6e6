// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Processes that a command leaves behind, and what limits then hold.
#include "support/call_watch.hpp"
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/left_behind.hpp"
#include "support/limits.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <ranges>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// Ends with code 3, and leaves a process behind that writes until nobody
/// reads.
Command leaves_writer()
{
    return sh("\"$1\" & exit 3", "sh", child("write_forever")).unchecked();
}

auto exclaim()
{
    return stage(std::views::transform(
        [](std::string_view line) { return std::string(line) + '!'; }));
}

/// Reads a range to its end; gives its result.
template <class Range>
CompletedProcess result_of(Range range)
{
    for (auto const& element : range)
        static_cast<void>(element);
    return range.result();
}

void check_is_cut(CompletedProcess const& result)
{
    CHECK_FALSE(result.drained);
    CHECK(result.stages.at(0).status == ExitStatus::of_code(3));
}

CaptureLimit const few{.bytes = 100, .excess = CaptureLimit::keep_head};

} // namespace

namespace {

/// What every verb gives of `e` with these limits.
void check_every_verb_is_cut(Command const& e, Timeout timeout, Timeout drain)
{
    RunOptions const options{.limit = few, .timeout = timeout, .drain = drain};
    LineOptions const line_options{.timeout = timeout, .drain = drain};
    check_is_cut(run(e | capture, options));
    check_is_cut(result_of(e | lines(line_options)));
    check_is_cut(
        result_of(e | chunks(1000, {.timeout = timeout, .drain = drain})));
    check_is_cut(result_of(e | tagged({.timeout = timeout, .drain = drain})));
    auto job = start(e > Stdio::pipe, options);
    check_is_cut(result_of(job.lines()));
    auto looked = e | lines(line_options);
    while (!looked.ended())
        static_cast<void>(looked.try_next());
    check_is_cut(looked.result());
}

} // namespace

TEST_CASE("a process left behind that writes for ever outlives no drain limit",
          "[job][drain]")
{
    NoLeaks const no_leaks;
    auto const e = leaves_writer();
    check_every_verb_is_cut(e, {}, 20ms);
    check_is_cut(run(e | exclaim() | capture, {.limit = few, .drain = 20ms}));
    check_is_cut(result_of(e | exclaim() | lines({.drain = 20ms})));
}

TEST_CASE("a process left behind that writes for ever outlives no time limit",
          "[job][drain]")
{
    NoLeaks const no_leaks;
    in_time([](Timeout limit) {
        check_every_verb_is_cut(leaves_writer(), limit, {});
    });
}

TEST_CASE("a process left behind that writes for ever outlives no stop token",
          "[job][drain][stop]")
{
    NoLeaks const no_leaks;
    StopSource stop;
    auto const range = leaves_writer() | lines({.stop = stop.token()});
    std::size_t count = 0;
    auto const read_on = [&] {
        for (auto const& line : range) {
            static_cast<void>(line);
            if (++count == 1000)
                stop.request_stop();
        }
    };
    CHECK_THROWS_AS(read_on(), StopRequested);
}

TEST_CASE("what lies in a pipe when its time is over is still read",
          "[job][drain]")
{
    NoLeaks const no_leaks;
    in_time([](Timeout limit) {
        LeftBehind const left;
        auto const range = left.command() | lines({.timeout = limit});
        auto const line = std::string(std::string_view(*range.begin()));
        CHECK(line == "now");
    });
    LeftBehind const another;
    auto late = another.command() | chunks(1, {.drain = 0ms});
    std::string bytes;
    for (auto const chunk : late)
        bytes += static_cast<char>(chunk.front());
    CHECK(bytes == "now");
}

TEST_CASE("a drain limit beyond the clock does not pass", "[job][drain][guard]")
{
    NoLeaks const no_leaks;
    LeftBehind left;
    auto job = start(left.command() > Stdio::pipe,
                     {.drain = std::chrono::nanoseconds::max() - 5s});
    CHECK(job.wait());
    auto range = job.lines();
    for (int i = 0; i < 3; ++i)
        CHECK_FALSE(range.try_next());
    CHECK_FALSE(range.ended());
    left.write();
    CHECK(collect(range) == std::vector<std::string>{"nowlate"});
    CHECK(range.result().drained);
}

TEST_CASE("C++ that reads what was left behind ends with the time limit, and "
          "statuses are kept",
          "[job][drain][found:B3]")
{
    NoLeaks const no_leaks;
    auto const done = in_time([](Timeout limit) {
        LeftBehind const left;
        return run(left.command(3).unchecked() | exclaim() | capture,
                   {.timeout = limit});
    });
    check_is_cut(done);
    CHECK(done.out == "now!\n");
    check_is_cut(in_time([](Timeout limit) {
        LeftBehind const left;
        return result_of(left.command(3).unchecked() | exclaim()
                         | tagged({.timeout = limit}));
    }));
    check_is_cut(in_time([](Timeout limit) {
        LeftBehind const left;
        return result_of(left.command(3).unchecked() | exclaim()
                         | lines({.timeout = limit}));
    }));
    LeftBehind const left;
    check_is_cut(result_of(left.command(3).unchecked() | exclaim()
                           | tagged({.drain = 20ms})));
}

TEST_CASE("words for a process left behind that does not read end with the "
          "time limit",
          "[job][drain][found:B3]")
{
    NoLeaks const no_leaks;
    auto const words =
        std::views::iota(0, 1'000'000)
        | std::views::transform([](int i) { return std::to_string(i); });
    // The gate is never opened: what is left behind holds stdin, and waits.
    auto const gate = make_pipe();
    auto const e =
        words
        | (sh("exec 6<&0; \"$1\" 5 & exit 3", "sh", child("late_writer"))
               .unchecked()
           < fd(5, gate.read_end.get()));
    check_is_cut(in_time(
        [&](Timeout limit) { return run(e > devnull, {.timeout = limit}); }));
}

TEST_CASE("a failure in front of a tee whose time is over is a failure",
          "[job][drain][tee][status]")
{
    NoLeaks const no_leaks;
    auto const late = in_time([](Timeout limit) {
        LeftBehind const left;
        return run(left.command(3) | tee(devnull),
                   {.capture_output = true, .timeout = limit});
    });
    CHECK(late.failed);
    CHECK(late.returncode == 3);
    CHECK_FALSE(late.drained);
    LeftBehind const left;
    auto const drained = run(left.command(3) | tee(capture) | tee(devnull),
                             {.capture_output = true, .drain = 20ms});
    CHECK(drained.returncode == 3);
    CHECK(drained.out == "now");
    auto job = start(cmd(child("sleep_until_killed")) | tee(devnull));
    job.tear_down();
    CHECK(job.wait().returncode == -15);
}

TEST_CASE("a stage whose input is over waits for other things asleep",
          "[language][stage][drain]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const fifo = directory / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    LeftBehind const stranger;
    auto const reads_both = stage([fifo](LineRange in) {
        std::vector<std::string> words;
        for (std::string_view const line : in)
            words.emplace_back(line);
        for (std::string_view const line : Stdio(fifo) | lines)
            words.emplace_back(line);
        return words;
    });
    CallWatch const watch;
    auto job =
        start((stranger.command() | reads_both) | capture, {.drain = 1ms});
    // Opening waits for the stage, whose input must have ended before.
    OwnFd writer(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
    std::this_thread::sleep_for(50ms);
    CHECK(watch.seen() < 100); // a loop that never sleeps makes thousands
    CHECK(::write(writer.get(), "x\n", 2) == 2);
    writer.close();
    CHECK(job.wait().out == "now\nx\n");
}
