// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// When a run has ended, what it then still holds, and who is told.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/left_behind.hpp"
#include "support/limits.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <iterator>
#include <poll.h>
#include <ranges>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

Command copy()
{
    return cmd(child("copy"));
}

Command print(std::string_view text)
{
    return cmd(child("print"), text);
}

Command ends(int code)
{
    return cmd(child("exit_with"), code);
}

auto exclaim()
{
    return stage(std::views::transform(
        [](std::string_view line) { return std::string(line) + '!'; }));
}

/// Waits until `holds()`; false if that takes too long.
template <class F>
bool comes_true(F holds)
{
    auto const deadline = std::chrono::steady_clock::now() + 10s;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

} // namespace

// --- the destructor of a Popen -------------------------------------------------------

namespace {

/// Writes what nobody flushes, behind as much as fits into the pipe if `full`.
/// Gives all that was written.
std::string write_unflushed(WriteStream& stream, bool full)
{
    std::string all;
    if (full) {
        auto const room = ::fcntl(stream.fd(), F_GETPIPE_SZ);
        all.assign(static_cast<std::size_t>(room), 'i');
        stream.write(all);
    }
    stream.write("unflushed");
    return all + "unflushed";
}

/// Starts a child that writes a megabyte to `fd` (1 or 2), and then copies its
/// stdin to `file`.
Popen writes_before_it_reads(int fd, std::string const& file)
{
    // A view: g++ 12 takes fright at short strings that are put together.
    std::string_view const script = fd == 1
                                      ? "\"$0\" 1000000 0; exec cat >\"$1\""
                                      : "\"$0\" 0 1000000; exec cat >\"$1\"";
    return Popen({"/bin/sh", "-c", script, child("fill"), file},
                 {.in = Stdio::pipe,
                  .out = fd == 1 ? Stdio::pipe : Stdio::inherit,
                  .err = fd == 2 ? Stdio::pipe : Stdio::inherit,
                  .bufsize = 8192});
}

} // namespace

TEST_CASE("a Popen closes what it reads before it flushes what it writes",
          "[job][popen][found:B1]")
{
    for (bool const full : {false, true})
        for (int const fd : {1, 2}) {
            CAPTURE(full, fd);
            CHECK(in_private_process([&](Complaints const& told) {
                      TemporaryDirectory const directory;
                      auto const file = directory / "f";
                      std::string written;
                      {
                          auto p = writes_before_it_reads(fd, file);
                          written = write_unflushed(p.in(), full);
                      }
                      told.expect(read_file(file) == written,
                                  "the input has arrived");
                  })
                  == "");
        }
}

TEST_CASE("a Popen that is assigned to closes what it reads first",
          "[job][popen][found:B1]")
{
    for (bool const full : {false, true}) {
        CAPTURE(full);
        CHECK(in_private_process([&](Complaints const& told) {
                  TemporaryDirectory const directory;
                  auto const file = directory / "f";
                  auto p = writes_before_it_reads(1, file);
                  auto const written = write_unflushed(p.in(), full);
                  p = Popen({child("exit_with"), 5});
                  told.expect(p.wait() == 5, "the new child");
                  told.expect(read_file(file) == written,
                              "the input has arrived");
              })
              == "");
    }
}

TEST_CASE("a job that is left with input that nobody reads ends",
          "[job][found:B1]")
{
    for (bool const full : {false, true}) {
        CAPTURE(full);
        CHECK(in_private_process([&](Complaints const&) {
                  auto const e =
                      sh("\"$0\" 1000000; exec cat >/dev/null", child("fill"))
                      < Stdio::pipe;
                  auto job = start(e > Stdio::pipe);
                  auto const room = ::fcntl(job.in().fd(), F_GETPIPE_SZ);
                  job.in().write(std::string(
                      static_cast<std::size_t>(full ? room : 9), 'i'));
              })
              == "");
    }
}

// --- the drain limit -----------------------------------------------------------------

TEST_CASE("a time limit that passes when all children have ended keeps the "
          "result",
          "[job][drain][found:B3]")
{
    NoLeaks const no_leaks;
    // Outside of CHECK, which would keep the error of a limit that is too short.
    auto const outcome_of = [](auto verb) {
        return in_time([&](Timeout limit) {
            LeftBehind const left;
            return verb(left, RunOptions{.timeout = limit});
        });
    };
    using Left = LeftBehind const&;
    using Options = RunOptions const&;
    CHECK(outcome_of([](Left left, Options options) {
              return run(left.command() | capture, options).out;
          })
          == "now");
    CHECK(outcome_of([](Left left, Options options) {
              return check(left.command() | capture, options).out;
          })
          == "now");
    CHECK(outcome_of([](Left left, Options options) {
              return read(left.command(), options);
          })
          == "now");
    CHECK(outcome_of([](Left left, Options options) {
              return check_output(left.command(), options);
          })
          == "now");
    CHECK(outcome_of([](Left left, Options options) {
              return run(left.command(3) | capture, options).returncode;
          })
          == 3);
    CHECK_THROWS_AS(outcome_of([](Left left, Options options) {
                        return check(left.command(3) | capture, options);
                    }),
                    CalledProcessError);
    for (auto const pump : {Pump::thread, Pump::caller}) {
        CAPTURE(int(pump));
        outcome_of([&](Left left, RunOptions options) {
            options.pump = pump;
            auto job = start(left.command() | capture, options);
            auto const done = job.wait();
            CHECK(done);
            CHECK(done.out == "now");
            CHECK(job.wait().out == "now");
            CHECK(job.statuses()[0] == ExitStatus::of_code(0));
        });
    }
    CHECK(outcome_of([](Left left, Options options) {
              return run(left.command() > both(capture), options).out;
          })
          == "now");
}

TEST_CASE("a time limit of a range that passes when all children have ended "
          "ends the range",
          "[job][drain][lines][found:B3]")
{
    NoLeaks const no_leaks;
    CHECK(in_time([](Timeout limit) {
              LeftBehind const left;
              return collect(left.command() | lines({.timeout = limit}));
          })
          == Strings{"now"});
    CHECK(in_time([](Timeout limit) {
              LeftBehind const left;
              return joined_bytes(left.command()
                                  | chunks(9, {.timeout = limit}));
          })
          == "now");
    CHECK(in_time([](Timeout limit) {
              LeftBehind const left;
              Strings seen;
              for (auto const& line :
                   left.command() | tagged({.timeout = limit}))
                  seen.push_back(line.line);
              return seen;
          })
          == Strings{"now"});
    CHECK(in_time([](Timeout limit) {
              LeftBehind const left;
              auto const range = left.command(3) | lines({.timeout = limit});
              try {
                  collect(range);
              } catch (CalledProcessError const&) {
                  return range.result().returncode;
              }
              return 0;
          })
          == 3);
    in_time([](Timeout limit) {
        LeftBehind const left;
        auto job = start(left.command() > Stdio::pipe, {.timeout = limit});
        auto const all = collect(job.lines());
        CHECK(all == Strings{"now"});
        CHECK(job.wait());
    });
    in_time([](Timeout limit) {
        LeftBehind const left;
        auto looked = left.command() | lines({.timeout = limit});
        while (!looked.ended())
            static_cast<void>(looked.try_next());
    });
}

TEST_CASE("a time limit with a child that runs is still thrown",
          "[job][drain][found:B3]")
{
    NoLeaks const no_leaks;
    LeftBehind const left[3];
    // The second command waits for the end of what was left behind.
    CHECK_THROWS_AS(
        run(left[0].command() | copy() | capture, {.timeout = 100ms}),
        TimeoutExpired);
    CHECK_THROWS_AS(
        run(seq(left[1].command(), cmd(child("sleep_until_killed")) > devnull)
                | capture,
            {.timeout = 100ms}),
        TimeoutExpired);
    Popen p({child("leave_grandchild"), "stay"},
            {.out = Stdio::pipe, .err = Stdio::devnull});
    CHECK_THROWS_AS(p.communicate({}, 20ms), TimeoutExpired);
    p.kill();
    p.out().close();
}

#if __has_include(<runnel/program.hpp>)

TEST_CASE("a run without strangers is drained", "[job][drain]")
{
    NoLeaks const no_leaks;
    CHECK(run(print("x") | capture).drained);
    CHECK(run(print("x") | capture, {.drain = 0ms}).drained);
    CHECK(run(ends(0)).drained);
    CHECK(start(print("x") | copy() | capture, {.drain = 1h}).wait().drained);
    auto const range = print("x") | lines({.drain = 0ms});
    CHECK(collect(range) == Strings{"x"});
    CHECK(range.result().drained);
}

TEST_CASE("a drain limit ends a run whose pipe a stranger holds",
          "[job][drain][found:B3]")
{
    NoLeaks const no_leaks;
    RunOptions const options{.drain = 20ms};
    LeftBehind const left[10];
    auto const done = run(left[0].command() | capture, options);
    CHECK(done);
    CHECK_FALSE(done.drained);
    CHECK(done.out == "now");
    CHECK(done.stages[0].status == ExitStatus::of_code(0));
    CHECK_FALSE(check(left[1].command() | capture, options).drained);
    CHECK(read(left[2].command(), options) == "now");
    CHECK(check_output(left[3].command(), options) == "now");
    auto const failed = run(left[4].command(3) | capture, options);
    CHECK(failed.returncode == 3);
    CHECK_FALSE(failed.drained);
    CHECK(failed.out == "now");
    try {
        check(left[5].command(3) | capture, options);
        FAIL("nothing was thrown");
    } catch (CalledProcessError const& error) {
        CHECK(error.returncode() == 3);
        CHECK_FALSE(error.result().drained);
        CHECK(error.out() == "now");
    }
    std::string kept;
    CHECK_FALSE(run(left[6].command() > to(kept), options).drained);
    CHECK(kept == "now");
    auto const merged = run(left[7].command() > both(capture), options);
    CHECK(merged.out == "now");
    auto const gate = make_pipe();
    auto const to_err = sh("\"$1\" 5 >&2", "sh", child("late_writer"))
                      < fd(5, gate.read_end.get());
    auto const errors = run(to_err > err(capture), options);
    CHECK(errors.err == "now");
    CHECK_FALSE(errors.drained);
    // What no pipe of ours leads to is not waited for.
    CHECK(run(left[8].command() > both(devnull)).drained);
    auto const output =
        run(left[9].command(), {.capture_output = true, .drain = 20ms});
    CHECK(output.out == "now");
    CHECK(output.err == "");
    CHECK_FALSE(output.drained);
}

TEST_CASE("a drain limit of zero takes what is there", "[job][drain][found:B3]")
{
    NoLeaks const no_leaks;
    LeftBehind const left[2];
    CHECK(run(left[0].command() | capture, {.drain = 0ms}).out == "now");
    CHECK(collect(left[1].command() | lines({.drain = 0ms})) == Strings{"now"});
    auto const gate = make_pipe();
    auto const much = sh("\"$1\" 60000; exec \"$2\" 5", "sh", child("fill"),
                         child("late_writer"))
                    < fd(5, gate.read_end.get());
    CHECK(run(much | capture, {.drain = 0ms}).out.size() == 60'003);
}

TEST_CASE("a drain limit begins when the last child has ended",
          "[job][drain][found:B3]")
{
    NoLeaks const no_leaks;
    for (auto const pump : {Pump::thread, Pump::caller}) {
        auto job = start((copy() < Stdio::pipe) | capture,
                         {.drain = 1ms, .pump = pump});
        CHECK_FALSE(job.wait_for(50ms));
        job.in().write("late");
        job.in().close();
        auto const done = job.wait();
        CHECK(done.out == "late");
        CHECK(done.drained);
    }
    LeftBehind left;
    auto job = start(left.command() | capture, {.drain = 1h});
    CHECK(comes_true([&] { return job.statuses()[0].has_value(); }));
    left.write();
    auto const done = job.wait();
    CHECK(done.out == "nowlate");
    CHECK(done.drained);
}

TEST_CASE("without a limit what a stranger writes is waited for",
          "[job][drain]")
{
    NoLeaks const no_leaks;
    LeftBehind left;
    auto job = start(left.command() | capture);
    CHECK(comes_true([&] { return job.statuses()[0].has_value(); }));
    CHECK_FALSE(job.wait_for(10ms));
    left.write();
    CHECK(job.wait().out == "nowlate");
    CHECK(job.wait().drained);
}

TEST_CASE("a drain limit holds for each verb and each way to drive a job",
          "[job][drain][found:B3]")
{
    NoLeaks const no_leaks;
    RunOptions const options{.drain = 20ms};
    LeftBehind const left[8];
    CHECK(call(left[0].command() > devnull, options) == 0);
    std::string kept;
    CHECK(check_call(left[1].command() > to(kept), options) == 0);
    CHECK(kept == "now");
    CHECK(getoutput("sleep 5 & echo x", options) == "x");
    CHECK(getstatusoutput("sleep 5 & echo x; exit 3", options)
          == StatusOutput{3, "x"});
    auto const outcome = [&](std::size_t i, Pump pump) {
        return start(left[i].command() | capture,
                     {.drain = 20ms, .pump = pump});
    };
    auto waited = outcome(2, Pump::caller);
    CHECK_FALSE(waited.wait().drained);
    auto stepped = outcome(3, Pump::caller);
    CHECK(comes_true([&] { return stepped.step(); }));
    CHECK_FALSE(stepped.wait().drained);
    auto polled = outcome(4, Pump::thread);
    CHECK(comes_true([&] { return polled.poll().has_value(); }));
    CHECK_FALSE(polled.poll()->drained);
    CHECK(polled.wait().out == "now");
    auto timed = outcome(5, Pump::thread);
    auto const in_time = timed.wait_for(10s);
    REQUIRE(in_time);
    CHECK_FALSE(in_time->drained);
    auto by_hand = start(left[6].command() > Stdio::pipe, options);
    auto const range = by_hand.lines();
    CHECK(collect(range) == Strings{"now"});
    CHECK_FALSE(by_hand.wait().drained);
    // A stream in hand is its reader's: the job does not read it.
    auto in_hand = start(left[7].command() > Stdio::pipe, options);
    CHECK(in_hand.wait());
    CHECK(in_hand.out().read(3) == "now");
}

TEST_CASE("a drain limit holds for ranges", "[job][drain][lines][found:B3]")
{
    NoLeaks const no_leaks;
    LeftBehind const left[6];
    auto const by_line = left[0].command() | lines({.drain = 20ms});
    CHECK(collect(by_line) == Strings{"now"});
    CHECK_FALSE(by_line.result().drained);
    auto const in_chunks =
        left[1].command() | chunks(2, {.full = true, .drain = 20ms});
    CHECK(joined_bytes(in_chunks) == "now");
    CHECK_FALSE(in_chunks.result().drained);
    auto const by_tag = left[2].command() | tagged({.drain = 20ms});
    Strings seen;
    for (auto const& line : by_tag)
        seen.push_back(line.line);
    CHECK(seen == Strings{"now"});
    CHECK_FALSE(by_tag.result().drained);
    auto const failing = left[3].command(4) | lines({.drain = 20ms});
    CHECK_THROWS_AS(collect(failing), CalledProcessError);
    CHECK_FALSE(failing.result().drained);
    auto looked = left[4].command() | lines({.drain = 20ms});
    Strings got;
    CHECK(comes_true([&] {
        if (auto const line = looked.try_next())
            got.emplace_back(*line);
        return looked.ended();
    }));
    CHECK(got == Strings{"now"});
    CHECK_FALSE(looked.result().drained);
    auto const kept =
        (left[5].command() > err(capture)) | lines({.drain = 1ms});
    CHECK(collect(kept) == Strings{"now"});
    CHECK(kept.result().err == "");
}

TEST_CASE("a drain limit holds for communicate", "[job][drain][popen]")
{
    NoLeaks const no_leaks;
    Popen p({child("leave_grandchild")},
            {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe});
    auto const got = p.communicate("unread", Timeout::forever(), 20ms);
    CHECK(got.out == "x");
    CHECK(got.err == "");
    CHECK_FALSE(got.drained);
    CHECK(p.returncode() == 0);
    CHECK_FALSE(p.out().is_open());
    Popen longer({child("leave_grandchild"), "stay"},
                 {.out = Stdio::pipe, .err = Stdio::devnull});
    wait_for_output(longer);
    CHECK_THROWS_AS(longer.communicate({}, 20ms, 1ms), TimeoutExpired);
    longer.kill();
    CHECK_FALSE(longer.communicate({}, Timeout::forever(), 1ms).drained);
    CHECK(longer.returncode() == -SIGKILL);
    // As in Python, a time limit alone is thrown.
    Popen old({child("leave_grandchild")},
              {.out = Stdio::pipe, .err = Stdio::devnull});
    CHECK_THROWS_AS(old.communicate({}, 50ms), TimeoutExpired);
    Popen plain({child("copy")}, {.in = Stdio::pipe, .out = Stdio::pipe});
    auto const all = plain.communicate("all", 10s, 0ms);
    CHECK(all.out == "all");
    CHECK(all.drained);
    Popen at_once({child("leave_grandchild")},
                  {.out = Stdio::pipe, .err = Stdio::devnull});
    auto const there = at_once.communicate({}, Timeout::forever(), 0ms);
    CHECK(there.out == "x");
    CHECK_FALSE(there.drained);
    CHECK(Popen({child("print"), "x"}, {.out = Stdio::pipe})
              .communicate()
              .drained);
}

TEST_CASE("a drain limit holds for a child that was waited for before",
          "[job][drain][popen]")
{
    NoLeaks const no_leaks;
    auto gate = make_pipe();
    int const fd = gate.read_end.get();
    Popen p({child("late_writer"), std::to_string(fd)},
            {.out = Stdio::pipe, .err = Stdio::devnull, .pass_fds = {fd}});
    CHECK(p.wait() == 0);
    // What it has left behind holds the pipe until the gate is closed.
    auto const got = p.communicate({}, Timeout::forever(), 0ms);
    CHECK(got.out == "now");
    CHECK_FALSE(got.drained);
}

TEST_CASE("a time limit that passes while draining is no error",
          "[job][drain][found:B3]")
{
    NoLeaks const no_leaks;
    auto const done = in_time([](Timeout limit) {
        return run(LeftBehind().command() | capture, {.timeout = limit});
    });
    CHECK_FALSE(done.drained);
    CHECK(done);
    CHECK_FALSE(in_time([](Timeout limit) {
                    return run(LeftBehind().command() | capture,
                               {.timeout = limit, .drain = 1h});
                }).drained);
    CHECK_FALSE(in_time([](Timeout limit) {
                    LeftBehind const left;
                    auto job =
                        start(left.command() | capture, {.timeout = limit});
                    return job.wait();
                }).drained);
    in_time([](Timeout limit) {
        LeftBehind const left;
        auto const range = left.command() | lines({.timeout = limit});
        auto const all = collect(range);
        CHECK(all == Strings{"now"});
        CHECK_FALSE(range.result().drained);
    });
    in_time([](Timeout limit) {
        LeftBehind const left;
        auto const range = left.command() | chunks(9, {.timeout = limit});
        auto const all = joined_bytes(range);
        CHECK(all == "now");
        CHECK_FALSE(range.result().drained);
    });
}

TEST_CASE("a drain limit holds in lists, branches, words and for C++",
          "[job][drain][list][tee][found:B3]")
{
    NoLeaks const no_leaks;
    RunOptions const options{.drain = 20ms};
    LeftBehind const left[8];
    auto const list =
        run(seq(left[0].command(), print("x")) | capture, options);
    CHECK(list.out == "nowx");
    CHECK_FALSE(list.drained);
    auto const either =
        run((left[1].command(1) || print("x")) | capture, options);
    CHECK(either.out == "nowx");
    CHECK(either);
    auto const teed =
        run((left[2].command() | tee(capture)) > devnull, options);
    CHECK(teed.out == "now");
    CHECK_FALSE(teed.drained);
    auto const branch = run(
        (print("a") | tee(left[3].command(0) | capture)) > devnull, options);
    CHECK(branch.stages[1].out == "now");
    CHECK_FALSE(branch.drained);
    auto const word = run(cmd("true", from(print("a") > err(capture)))
                              | (left[4].command() > err(capture)) | capture,
                          options);
    CHECK(word.out == "now");
    CHECK_FALSE(word.drained);
    auto const staged = run(left[5].command() | exclaim() | capture, options);
    CHECK(staged);
    CHECK_FALSE(staged.drained);
    auto const some = run(left[6].command() | first(9) | capture, options);
    CHECK_FALSE(some.drained);
    CHECK(collect(left[7].command() | exclaim() | lines({.drain = 20ms})).size()
          <= 1);
}

TEST_CASE("a drain limit holds for input that a stranger does not read",
          "[job][drain][input][found:A9]")
{
    NoLeaks const no_leaks;
    std::string const much(std::size_t{8} << 20, 'i');
    auto const holds = [&](auto const& run_it) {
        auto const gate = make_pipe();
        run_it(sh("exec 3<&0; (read -r x <&5) & exit 0")
               < fd(5, gate.read_end.get()));
    };
    holds([&](auto const& e) {
        auto const done = run(e, {.input = much, .drain = 20ms});
        CHECK(done);
        CHECK_FALSE(done.drained);
    });
    holds([&](auto const& e) {
        CHECK_FALSE(run(e < text(much), {.drain = 20ms}).drained);
    });
    holds([&](auto const& e) {
        CHECK_FALSE(in_time([&](Timeout limit) {
                        return run(e, {.input = much, .timeout = limit});
                    }).drained);
    });
    holds([&](auto const& e) {
        CHECK_FALSE(run(lines_of(much) | e, {.drain = 20ms}).drained);
    });
    holds([&](auto const& e) {
        auto job = start(e, {.input = much, .drain = 20ms});
        CHECK_FALSE(job.wait().drained);
    });
}

TEST_CASE("a stranger that writes faster than we read keeps nobody",
          "[job][drain][found:B3]")
{
    NoLeaks const no_leaks;
    CaptureLimit const head{.bytes = 100, .excess = CaptureLimit::keep_head};
    auto const e = sh("\"$0\" & exit 0", child("write_forever"));
    auto const done = run(e | capture, {.limit = head, .drain = 20ms});
    CHECK(done);
    CHECK_FALSE(done.drained);
    CHECK_FALSE(run(e | capture, {.limit = head, .drain = 0ms}).drained);
    CHECK_FALSE(in_time([&](Timeout limit) {
                    return run(e | capture, {.limit = head, .timeout = limit});
                }).drained);
    CHECK_THROWS_AS(run(e | capture, {.limit = {.bytes = 100'000}}),
                    CaptureOverflow);
    auto const range = e | lines({.drain = 20ms});
    for ([[maybe_unused]] auto const& line : range) {}
    CHECK_FALSE(range.result().drained);
}

TEST_CASE("a stop request that comes while draining is thrown",
          "[job][drain][stop]")
{
    NoLeaks const no_leaks;
    LeftBehind const left;
    StopSource const stop;
    auto job = start(left.command() | capture, {.stop = stop.token()});
    CHECK(comes_true([&] { return job.statuses()[0].has_value(); }));
    stop.request_stop();
    CHECK_THROWS_AS(job.wait(), StopRequested);
}

TEST_CASE("the time limit of a stage and a drain limit end it together",
          "[job][drain][timeout][found:B18]")
{
    NoLeaks const no_leaks;
    // It waits for ever; what it leaves behind holds its stdout.
    auto const check_of = [](RunOptions const& options) {
        auto const stranger = make_pipe();
        auto const never = make_pipe();
        auto const e =
            (sh("(read -r x <&5) & echo r; read -r y <&6").timeout(100ms)
             < fd(5, stranger.read_end.get()))
            < fd(6, never.read_end.get());
        auto const done = run(e | capture, options);
        CHECK_FALSE(done);
        CHECK(done.stages[0].timed_out);
        CHECK(done.stages[0].status.signal() == SIGTERM);
        if (done.out == "r\n") // not if this machine was asleep
            CHECK_FALSE(done.drained);
    };
    check_of({.drain = 20ms});
    in_time([&](Timeout limit) { check_of({.timeout = limit}); });
}

#endif

TEST_CASE("a stage's time limit and a time limit behind it keep the result",
          "[job][drain][timeout][found:B18]")
{
    NoLeaks const no_leaks;
    auto const stranger = make_pipe();
    auto const never = make_pipe();
    auto const e = (sh("(read -r x <&5) & echo r; read -r y <&6").timeout(100ms)
                    < fd(5, stranger.read_end.get()))
                 < fd(6, never.read_end.get());
    auto const done = in_time(
        [&](Timeout limit) { return run(e | capture, {.timeout = limit}); });
    CHECK(done.stages[0].timed_out);
    CHECK(done.returncode == -SIGTERM);
}

// --- what has ended holds no descriptor ------------------------------------------------

namespace {

std::size_t open_fds()
{
    return static_cast<std::size_t>(std::distance(
        std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

/// How many descriptors twenty of what `make` gives hold.
template <class F>
std::size_t held_by_many(F make)
{
    using Made = decltype(make());
    std::vector<Made> all;
    all.push_back(make()); // what is opened once for all
    auto const before = open_fds();
    for (int i = 0; i < 20; ++i)
        all.push_back(make());
    auto const after = open_fds();
    return after < before ? 0 : after - before;
}

/// Of jobs that were started so and waited for.
template <class E>
std::size_t held_by_jobs(E const& e, RunOptions const& options = {})
{
    return held_by_many([&] {
        auto job = start(e, options);
        (void)job.wait();
        return job;
    });
}

} // namespace

TEST_CASE("a job that has ended holds no descriptor", "[job][found:B8]")
{
    NoLeaks const no_leaks;
    for (auto const pump : {Pump::thread, Pump::caller}) {
        CAPTURE(int(pump));
        CHECK(held_by_jobs(ends(0), {.pump = pump}) == 0);
        CHECK(held_by_jobs(ends(3) | ends(0), {.pump = pump}) == 0);
        CHECK(held_by_jobs(print("x") | capture, {.pump = pump}) == 0);
        CHECK(held_by_jobs(print("x") > err(capture) > capture, {.pump = pump})
              == 0);
        CHECK(held_by_jobs(copy() | copy() | capture,
                           {.input = "x", .pump = pump})
              == 0);
        CHECK(held_by_jobs(seq(ends(1), ends(0)), {.pump = pump}) == 0);
        CHECK(held_by_jobs((ends(1) && ends(0)) | capture, {.pump = pump})
              == 0);
        CHECK(held_by_jobs(ends(0), {.timeout = 1h, .pump = pump}) == 0);
        CHECK(held_by_jobs(ends(0).timeout(1h), {.pump = pump}) == 0);
        CHECK(held_by_jobs(ends(0), {.limit = {.bytes = 9}, .pump = pump})
              == 0);
    }
}

TEST_CASE("a job with C++, a tee or a substitution that has ended holds no "
          "descriptor",
          "[job][tee][stage][from][found:B8]")
{
    NoLeaks const no_leaks;
    for (auto const pump : {Pump::thread, Pump::caller}) {
        CAPTURE(int(pump));
        CHECK(held_by_jobs(print("x\n") | exclaim() | capture, {.pump = pump})
              == 0);
        CHECK(held_by_jobs(Strings{"a"} | (copy() > devnull), {.pump = pump})
              == 0);
        CHECK(held_by_jobs((print("x\n") | tee(capture, copy() > devnull))
                               > devnull,
                           {.pump = pump})
              == 0);
        CHECK(held_by_jobs(cmd(child("exit_with"), 0, from(print("x"))),
                           {.pump = pump})
              == 0);
        CHECK(held_by_jobs((copy() < text("x")) > devnull, {.pump = pump})
              == 0);
    }
    CHECK(held_by_jobs((print("x\ny\n") | first(1)) > devnull) == 0);
}

TEST_CASE("a job holds no descriptor, however its end was seen",
          "[job][found:B8]")
{
    NoLeaks const no_leaks;
    CHECK(held_by_many([] {
              auto job = start(ends(0));
              CHECK(job.wait_for(10s));
              return job;
          })
          == 0);
    CHECK(held_by_many([] {
              auto job = start(ends(0));
              CHECK(comes_true([&] { return job.poll().has_value(); }));
              return job;
          })
          == 0);
    CHECK(held_by_many([] {
              auto job = start(print("x") | capture);
              CHECK(comes_true([&] { return job.poll().has_value(); }));
              return job;
          })
          == 0);
    CHECK(held_by_many([] {
              auto job = start(print("x") | capture, {.pump = Pump::caller});
              CHECK(comes_true([&] { return job.step(); }));
              return job;
          })
          == 0);
}

TEST_CASE("a job that went wrong or was ended holds no descriptor",
          "[job][found:B8]")
{
    NoLeaks const no_leaks;
    auto const sleeper = cmd(child("sleep_until_killed")) | capture;
    StopSource const stop;
    stop.request_stop();
    for (auto const pump : {Pump::thread, Pump::caller}) {
        CAPTURE(int(pump));
        CHECK(held_by_many([&] {
                  auto job = start(sleeper, {.timeout = 1ms, .pump = pump});
                  CHECK_THROWS_AS(job.wait(), TimeoutExpired);
                  return job;
              })
              == 0);
        CHECK(held_by_many([&] {
                  auto job =
                      start(sleeper, {.stop = stop.token(), .pump = pump});
                  CHECK_THROWS_AS(job.wait(), StopRequested);
                  return job;
              })
              == 0);
        CHECK(held_by_many([&] {
                  auto job = start(sleeper, {.pump = pump});
                  job.kill();
                  (void)job.wait();
                  return job;
              })
              == 0);
        CHECK(held_by_many([&] {
                  auto job = start(sleeper, {.pump = pump});
                  job.tear_down();
                  return job;
              })
              == 0);
        CHECK(held_by_many([&] {
                  auto job = start(seq(ends(0), cmd("no-such-program")),
                                   {.pump = pump});
                  CHECK_THROWS_AS(job.wait(), SpawnError);
                  return job;
              })
              == 0);
    }
}

TEST_CASE("a job whose streams are closed holds no descriptor after its end",
          "[job][found:B8]")
{
    NoLeaks const no_leaks;
    CHECK(held_by_many([] {
              auto job = start((copy() < Stdio::pipe) > Stdio::pipe);
              job.in().close();
              job.out().close();
              (void)job.wait();
              return job;
          })
          == 0);
    CHECK(held_by_many([] {
              auto job = start(print("x\n") > Stdio::pipe);
              CHECK(collect(job.lines()) == Strings{"x"});
              return job;
          })
          == 0);
}

TEST_CASE("a range that has ended holds no descriptor",
          "[job][lines][found:B8]")
{
    NoLeaks const no_leaks;
    CHECK(held_by_many([] {
              auto range = print("x\n") | lines;
              CHECK(collect(range) == Strings{"x"});
              return range;
          })
          == 0);
    CHECK(held_by_many([] {
              auto range = print("x") | chunks(9);
              CHECK(joined_bytes(range) == "x");
              return range;
          })
          == 0);
    CHECK(held_by_many([] {
              auto range = print("x") | tagged;
              for (auto const& line : range)
                  CHECK(line.line == "x");
              return range;
          })
          == 0);
    CHECK(held_by_many([] {
              auto range = print("x\n") | exclaim() | lines;
              CHECK(collect(range) == Strings{"x!"});
              return range;
          })
          == 0);
}

TEST_CASE("a Popen that has ended holds no descriptor",
          "[job][popen][found:B8]")
{
    NoLeaks const no_leaks;
    for (bool const forked : {false, true}) {
        CAPTURE(forked);
        PopenOptions const options{.preexec_fn = hook_if(forked)};
        CHECK(held_by_many([&] {
                  Popen p({child("exit_with"), 0}, options);
                  p.wait();
                  return p;
              })
              == 0);
        CHECK(held_by_many([&] {
                  Popen p({child("exit_with"), 0}, options);
                  CHECK(p.wait(10s) == 0);
                  return p;
              })
              == 0);
        CHECK(held_by_many([&] {
                  Popen p({child("exit_with"), 0}, options);
                  CHECK(comes_true([&] { return p.poll().has_value(); }));
                  return p;
              })
              == 0);
    }
    CHECK(held_by_many([&] {
              Popen p(
                  {child("copy_both")},
                  {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe});
              (void)p.communicate("x");
              return p;
          })
          == 0);
    CHECK(held_by_many([&] {
              Popen p({child("copy")}, {.in = Stdio::pipe});
              p.kill();
              p.in().close();
              p.wait();
              return p;
          })
          == 0);
}

TEST_CASE("as many finished jobs as one likes fit into 64 descriptors",
          "[job][popen][limits][found:B8]")
{
    CHECK(in_private_process([](Complaints const& told) {
              ::rlimit const limit{64, 64};
              ::setrlimit(RLIMIT_NOFILE, &limit);
              std::vector<Job> jobs;
              std::vector<Popen> children;
              for (int i = 0; i < 100; ++i) {
                  jobs.push_back(start(ends(0)));
                  told.expect(bool(jobs.back().wait()), "success");
                  jobs.push_back(start(print("x") | copy() | capture));
                  told.expect_equal(jobs.back().wait().out, "x", "output");
                  children.emplace_back(
                      std::vector{child("exit_with"), std::string("0")});
                  told.expect(children.back().wait() == 0, "a child");
              }
          })
          == "");
}

// --- who is told of an end ---------------------------------------------------------------

namespace {

/// Counts what it is told, from any thread.
struct Counter : Observer {
    void exited(Exited const&) noexcept override { ++ends; }
    std::atomic<int> ends = 0;
};

} // namespace

TEST_CASE("an observer is told of an end though nobody asks the job",
          "[job][observer][found:A11]")
{
    NoLeaks const no_leaks;
    struct Row {
        Pipeline expression;
        int children;
    };
    auto const done = ends(0);
    std::string kept;
    Row const rows[] = {
        {done, 1},
        {done | done, 2},
        {done > Stdio::pipe, 1},
        {(copy() < devnull) > err(Stdio::pipe), 1},
        {print("x") > capture, 1},
        {seq(done, done), 2},
        {done && done, 2},
        {seq(done | done, done) | capture, 3},
        {(print("x") | tee(copy() > devnull)) > devnull, 2},
        {cmd(child("exit_with"), 0, from(done)), 2},
    };
    for (auto const& row : rows) {
        CAPTURE(to_string(row.expression));
        Counter counter;
        auto const job = start(row.expression, {.observer = &counter});
        REQUIRE(comes_true([&] { return counter.ends == row.children; }));
    }
}

TEST_CASE("the statuses of a job fill though nobody waits for it",
          "[job][found:A11]")
{
    NoLeaks const no_leaks;
    auto const fills = [](auto const& e) {
        auto const job = start(e);
        return comes_true([&] {
            auto const all = job.statuses();
            return std::ranges::all_of(
                all, [](auto const& one) { return one.has_value(); });
        });
    };
    REQUIRE(fills(ends(0)));
    REQUIRE(fills(ends(0) | ends(3)));
    REQUIRE(fills(ends(0) > Stdio::pipe));
    REQUIRE(fills(print("x") | capture));
    REQUIRE(fills(seq(ends(0), ends(0))));
}

TEST_CASE("an observer is told of the end of a child that was detached",
          "[job][popen][observer][found:A11]")
{
    NoLeaks const no_leaks;
    Counter by_function;
    Counter by_option;
    Popen({child("exit_with"), 0}, {.observer = &by_function}).detach();
    {
        Popen const p({child("exit_with"), 0}, {.on_destroy = OnDestroy::detach,
                                                .observer = &by_option});
    }
    // It is told when the library comes by.
    CHECK(comes_true([&] {
        (void)run(ends(0));
        return by_function.ends == 1 && by_option.ends == 1;
    }));
    CHECK(no_leaks.left_behind() == "");
}

// --- a stdin that nobody would write to ---------------------------------------------------

namespace {

/// Reads every range that `e` has.
template <class E>
void refuses_ranges(E const& e)
{
    CHECK_THROWS_AS(collect(e | lines({.timeout = 300ms})),
                    std::invalid_argument);
    CHECK_THROWS_AS(joined_bytes(e | chunks(9, {.timeout = 300ms})),
                    std::invalid_argument);
    CHECK_THROWS_AS(
        [&] {
            for ([[maybe_unused]] auto const& line :
                 e | tagged({.timeout = 300ms})) {}
        }(),
        std::invalid_argument);
}

} // namespace

TEST_CASE("a range whose stdin nobody holds is refused before a start",
          "[job][lines][chunks][tagged][found:B17]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const trace = directory / "trace";
    auto const traced = sh("echo x >\"$0\"; exec cat", trace);
    auto const held = traced < Stdio::pipe;
    refuses_ranges(held);
    refuses_ranges(held | copy());
    refuses_ranges(seq(traced < devnull, held));
    refuses_ranges((traced < devnull) && held);
    refuses_ranges(seq(traced, traced) < Stdio::pipe);
    refuses_ranges(traced.with({.in = Stdio::pipe}));
    refuses_ranges(held | exclaim());
    refuses_ranges(exclaim() < Stdio::pipe);
    refuses_ranges(cmd("cat", from(held)));
    CHECK_FALSE(std::filesystem::exists(trace));
}

TEST_CASE("a range whose stderr nobody reads is refused before a start",
          "[job][lines][chunks][tagged][found:B17]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const trace = directory / "trace";
    auto const traced = sh("echo x >\"$0\"", trace);
    refuses_ranges(traced > err(Stdio::pipe));
    refuses_ranges((traced > err(Stdio::pipe)) | copy());
    refuses_ranges(print("a") | tee(traced > Stdio::pipe));
    CHECK_FALSE(std::filesystem::exists(trace));
}

// --- signals while a list starts a pipeline -----------------------------------------------

namespace {

/// A list whose second part is a pipeline: of one command that runs, and of one
/// that a gate holds between its fork and its program.
class HalfStarted {
public:
    HalfStarted() : job(start(expression()))
    {
        // The descriptor is looked up when the turn of the pipeline comes.
        ::pollfd item{ready_.read_end.get(), POLLIN, 0};
        REQUIRE(::poll(&item, 1, 10'000) == 1);
    }

    /// Lets the second command go on.
    void open_gate() { CHECK(::write(gate_.write_end.get(), "g", 1) == 1); }

    /// Ends what no signal has reached.
    CompletedProcess outcome()
    {
        bool const in_time = job.wait_for(5s).has_value();
        CHECK(in_time);
        if (!in_time)
            job.kill();
        return job.wait();
    }

private:
    Pipeline expression() const
    {
        auto const runs =
            sh("echo >&5; exec sleep 60") > fd(5, ready_.write_end.get());
        auto const held = cmd(child("sleep_until_killed"))
                              .with({.preexec_fn = [fd = gate_.read_end.get()] {
                                  char byte;
                                  (void)!::read(fd, &byte, 1);
                              }});
        return seq(ends(0), runs | held) | capture;
    }

    OwnPipe gate_ = make_pipe();
    OwnPipe ready_ = make_pipe();

public:
    Job job; ///< last: it uses the pipes
};

} // namespace

TEST_CASE("a forwarded signal reaches a pipeline that a list is starting",
          "[job][signals][list][found:B15]")
{
    NoLeaks const no_leaks;
    for (int const signal : {SIGTERM, SIGUSR1}) {
        HalfStarted half;
        half.job.forward(signal);
        half.open_gate();
        auto const done = half.outcome();
        CHECK(done.stages[1].status.signal() == signal);
        CHECK(done.stages[2].status.signal() == signal);
    }
}

TEST_CASE("a signal reaches a pipeline that a list is starting",
          "[job][signals][list][found:B15]")
{
    NoLeaks const no_leaks;
    for (int const signal : {SIGTERM, SIGKILL}) {
        HalfStarted half;
        auto sent = std::async(std::launch::async,
                               [&] { half.job.send_signal(signal); });
        sent.wait_for(20ms); // it may wait for the start
        half.open_gate();
        sent.get();
        auto const done = half.outcome();
        CHECK_FALSE(done);
        CHECK(done.stages[1].status.signal() == signal);
        CHECK(done.stages[2].status.signal() == signal);
    }
}

TEST_CASE("a command that runs has a pid, also while a list is starting",
          "[job][list][found:B15]")
{
    NoLeaks const no_leaks;
    HalfStarted half;
    REQUIRE(half.job.pids().size() == 3);
    // What it has written may be seen before its pid is noted.
    CHECK(comes_true([&] { return half.job.pids()[1] > 0; }));
    auto const pids = half.job.pids();
    half.open_gate();
    CHECK(comes_true([&] { return half.job.pids()[2] > 0; }));
    half.job.kill();
    CHECK(half.outcome().stages[1].pid == pids[1]);
}

TEST_CASE("a job that is left while a list is starting leaves nothing",
          "[job][list][found:B15]")
{
    NoLeaks const no_leaks;
    {
        HalfStarted half;
        auto left =
            std::async(std::launch::async, [&] { half.job.tear_down(); });
        left.wait_for(20ms);
        half.open_gate();
        left.get();
        auto const done = half.outcome();
        CHECK(done.stages[1].status.signal() == SIGTERM);
    }
    CHECK(no_leaks.left_behind() == "");
}
