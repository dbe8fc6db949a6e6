// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Bounds: in time, for one stage or all, and in memory.
#include "support/limits.hpp"
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cerrno>
#include <csignal>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

Command copy()
{
    return cmd(child("copy"));
}

Command sleeper()
{
    return sh("exec sleep 60");
}

/// A pipe that reaches its end when a time limit has passed.
class CloseAtLimit final : public Observer {
public:
    void expired(Expired const&) noexcept override { pipe_.write_end.close(); }
    int read_end() const { return pipe_.read_end.get(); }

private:
    OwnPipe pipe_ = make_pipe();
};

} // namespace

// --- of a stage ------------------------------------------------------------------------

TEST_CASE("a stage that runs too long is ended, and has failed",
          "[language][timeout]")
{
    NoLeaks const no_leaks;
    auto const done = run(sleeper().timeout(20ms));
    CHECK_FALSE(done);
    CHECK(done.stages[0].timed_out);
    CHECK(done.stages[0].status.signal() == SIGTERM);
    CHECK(done.returncode == -SIGTERM);
    CHECK(run(cmd(child("exit_with"), 0).timeout(1h)));
    CHECK_FALSE(
        run(cmd(child("exit_with"), 0).timeout(1h)).stages[0].timed_out);
    auto const message = message_of<CalledProcessError>(
        [] { check(sleeper().timeout(20ms).named("nap")); });
    CHECK(message.starts_with(
        "\"nap\" ran out of its time and was killed by SIGTERM after"));
}

TEST_CASE("a stage's limit leaves the others alone", "[language][timeout]")
{
    NoLeaks const no_leaks;
    auto const e = seq(cmd(child("print"), "kept"), sleeper().timeout(20ms))
                 | copy() | capture;
    auto const done = run(e);
    CHECK(done.out == "kept");
    CHECK(done.stages[1].timed_out);
    CHECK(done.returncode == -SIGTERM);
    CHECK(read(sleeper().timeout(20ms) || cmd(child("print"), "instead"))
          == "instead");
    CHECK(run(sleeper().timeout(20ms).unchecked()));
}

TEST_CASE("a deadline bounds a run, a stage, a range and a wait alike",
          "[language][timeout]")
{
    NoLeaks const no_leaks;
    auto const passed = std::chrono::steady_clock::now();
    auto const later = passed + 1h;

    CHECK(message_of<TimeoutExpired>([&] {
              (void)run(sleeper().named("nap"), {.timeout = passed});
          }).starts_with("\"nap\" timed out at its deadline"));
    CHECK(run(sleeper().timeout(passed)).stages[0].timed_out);
    CHECK_THROWS_AS(
        [&] {
            for (auto line : sleeper() | lines({.timeout = passed}))
                FAIL(std::string(line));
        }(),
        TimeoutExpired);
    auto job = start(sleeper());
    CHECK(!job.wait_for(passed));
    job.kill();
    CHECK(job.wait_for(later));

    CHECK(run(cmd("true"), {.timeout = later, .drain = later}));
    CHECK(run(cmd("true").timeout(later)));
}

TEST_CASE("a stage that ends well, but too late, counts as 124",
          "[language][timeout][status]")
{
    NoLeaks const no_leaks;
    CloseAtLimit gate;
    auto const e = (copy() < gate.read_end()).timeout(1ms) > devnull;
    auto const done =
        run(e, {.teardown = {{.signal = 0, .grace = 1h}}, .observer = &gate});
    CHECK(done.stages[0].status == ExitStatus::of_code(0));
    CHECK(done.returncode == 124);
    CHECK_FALSE(done);
}

TEST_CASE("a stage that ignores the request is killed after the grace",
          "[language][timeout]")
{
    NoLeaks const no_leaks;
    auto const stubborn =
        cmd(child("sleep_until_killed")).ignore_signals({SIGTERM});
    auto const e = stubborn.timeout(20ms) | copy() | capture;
    auto const done = run(e, {.teardown = {{.grace = 30ms}}});
    CHECK(done.stages[0].status.signal() == SIGKILL);
    CHECK(done.stages[0].timed_out);
    CHECK_FALSE(done);
}

TEST_CASE("a stage whose end nothing has reported did not run out of its time",
          "[language][timeout][guard][found:H]")
{
    NoLeaks const no_leaks;
    Faults faults;
    faults.fail_once("clone3", EMFILE); // the first stage gets no pidfd
    auto const e = cmd(child("exit_with"), 0).timeout(20ms)
                 | (cmd(child("sleep_until_killed")) > devnull);
    auto job = start(e, {.pump = Pump::caller});
    REQUIRE(job.fd() >= 0);
    ::siginfo_t info{};
    auto const ended = static_cast<::id_t>(job.pids()[0]);
    REQUIRE(::waitid(P_PID, ended, &info, WEXITED | WNOWAIT) == 0);
    auto const limit = job.next_deadline();
    REQUIRE(limit);
    std::this_thread::sleep_until(*limit);
    job.step();
    job.kill();
    auto const done = job.wait();
    CHECK_FALSE(done.stages[0].timed_out);
    CHECK(done.stages[0].status == ExitStatus::of_code(0));
}

// --- of all ----------------------------------------------------------------------------

TEST_CASE("a timeout reaches every stage, and strangers do not delay it",
          "[language][timeout][fault:W03]")
{
    NoLeaks const no_leaks;
    auto const stranger = sh("sleep 30 2>/dev/null & exec sleep 30");
    auto const e = sleeper() | stranger | copy() | capture;
    CHECK_THROWS_AS(run(e, {.timeout = 100ms}), TimeoutExpired);
}

TEST_CASE("a stranger that holds the pipe at a job's end can be given up",
          "[language][timeout]")
{
    NoLeaks const no_leaks;
    auto const e = sh("sleep 30 2>/dev/null & echo x") | capture;
    auto const by_time_limit =
        in_time([&](Timeout limit) { return run(e, {.timeout = limit}); });
    for (auto const& done : {by_time_limit, run(e, {.drain = 50ms})}) {
        CHECK(done);
        CHECK_FALSE(done.drained);
        CHECK(done.out == "x\n");
    }
}

// --- of what is kept -------------------------------------------------------------------

TEST_CASE("a capture may be bounded: it fails", "[language][limit][fault:X04]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("write_forever")) | capture;
    try {
        (void)run(e, {.limit = {.bytes = 1000}});
        FAIL("nothing was thrown");
    } catch (CaptureOverflow const& error) {
        CHECK(error.limit() == 1000);
        CHECK(error.out().size() == 1000);
        CHECK(
            std::string(error.what()).ends_with("wrote more than 1000 bytes"));
    }
    auto const fits = cmd(child("fill"), 1000) | capture;
    CHECK(run(fits, {.limit = {.bytes = 1000}}).out.size() == 1000);
}

TEST_CASE("a capture may keep its head or its tail", "[language][limit]")
{
    NoLeaks const no_leaks;
    std::string much = "head";
    much.append(300'000, '-').append("tail");
    auto const e = (copy() < text(much)) | capture;
    auto const head =
        run(e, {.limit = {.bytes = 4, .excess = CaptureLimit::keep_head}});
    CHECK(head.out == "head");
    CHECK(head.out.truncated());
    auto const tail =
        run(e, {.limit = {.bytes = 4, .excess = CaptureLimit::keep_tail}});
    CHECK(tail.out == "tail");
    auto const all = run(
        e, {.limit = {.bytes = 1 << 20, .excess = CaptureLimit::keep_tail}});
    CHECK(all.out.size() == 300'008);
    CHECK_FALSE(all.out.truncated());
}

TEST_CASE("a capture may go on in a file, and nothing is lost",
          "[language][limit]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const size = 3'000'000;
    auto const e = cmd(child("fill"), size, size) > capture > err(capture);
    auto const done = run(e, {.limit = {.bytes = 10,
                                        .excess = CaptureLimit::spill,
                                        .directory = folder.path()}});
    CHECK((done.out == std::string(size, 'o')));
    CHECK((done.err == std::string(size, 'e')));
    CHECK_FALSE(done.out.truncated());
    CHECK(std::filesystem::is_empty(folder.path()));
    CHECK_THROWS_AS(run(e, {.limit = {.bytes = 10,
                                      .excess = CaptureLimit::spill,
                                      .directory = "/no/such/folder"}}),
                    std::system_error);
}

TEST_CASE("a bound holds while reading", "[language][limit][limits][fault:X04]")
{
    auto const complaints = in_private_process([](Complaints const& told) {
        ::rusage before{};
        ::getrusage(RUSAGE_SELF, &before);
        for (auto const excess :
             {CaptureLimit::keep_head, CaptureLimit::keep_tail,
              CaptureLimit::spill}) {
            auto const e = cmd(child("fill"), 200 * 1024 * 1024) > capture;
            auto const done =
                run(e, {.limit = {.bytes = 100'000, .excess = excess}});
            told.expect(bool(done), "success");
        }
        ::rusage after{};
        ::getrusage(RUSAGE_SELF, &after);
        told.expect(after.ru_maxrss - before.ru_maxrss < 20'000,
                    "memory stays bounded");
    });
    CHECK(complaints == "");
}
