// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Running something again: until it succeeds, or for as long as it is needed.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <future>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

using Waits = std::vector<std::chrono::nanoseconds>;
using Why = Supervised::Why;
using Restart = SuperviseOptions::Restart;

/// Gives the exit codes of a list, one for each run, and then 0. Code -1: the
/// program cannot be started.
class Coded final : public Executor {
public:
    explicit Coded(std::vector<int> codes) : codes_(std::move(codes)) {}

    std::unique_ptr<Running> start(Program program,
                                   RunOptions const& options) override
    {
        last_options = options;
        int const code = runs < codes_.size() ? codes_[runs] : 0;
        ++runs;
        if (code < 0)
            throw SpawnError(
                std::make_error_code(std::errc::no_such_file_or_directory),
                {.program = "gone"});
        auto result = code == 0 ? successful(program) : failed(program, code);
        return finished(std::move(program), std::move(result));
    }

    std::size_t runs = 0;
    RunOptions last_options;

private:
    std::vector<int> codes_;
};

Command quick(int code = 0)
{
    return cmd(child("exit_with"), code);
}

Command sleeper()
{
    return cmd(child("sleep_until_killed"));
}

} // namespace

// --- how long to wait --------------------------------------------------------------------

TEST_CASE("a back-off is constant, or grows up to its limit", "[ends][backoff]")
{
    CHECK(Backoff().after(3) == 0ns);
    CHECK(Backoff(2s).after(1) == 2s);
    CHECK(Backoff(2s).after(9) == 2s);
    CHECK(Backoff(-2s).after(9) == 0s);
    auto const growing = Backoff::growing(100ms, 1s);
    CHECK(growing.after(1) == 100ms);
    CHECK(growing.after(2) == 200ms);
    CHECK(growing.after(4) == 800ms);
    CHECK(growing.after(5) == 1s);
    CHECK(growing.after(100'000) == 1s);
    CHECK(Backoff::growing(1s, 60s, 3).after(3) == 9s);
    CHECK(Backoff::growing(0s, 60s).after(100'000) == 0s);
    CHECK_THROWS_AS(Backoff::growing(2s, 1s), std::invalid_argument);
    CHECK_THROWS_AS(Backoff::growing(1s, 2s, 0.5), std::invalid_argument);
}

// --- retry ---------------------------------------------------------------------------------

TEST_CASE("retry runs an expression until it succeeds", "[ends][retry]")
{
    NoLeaks const no_leaks;
    Coded fake({1, 2});
    CHECK(retry(cmd("x"), 5, {}, {.executor = &fake}));
    CHECK(fake.runs == 3);
}

TEST_CASE("retry returns the result of the last run", "[ends][retry]")
{
    NoLeaks const no_leaks;
    Coded fake({1, 2, 3, 4});
    CHECK(retry(cmd("x"), 3, 1ns, {.executor = &fake}).returncode == 3);
    CHECK(fake.runs == 3);
    Coded other({1, 2, 3, 4});
    try {
        static_cast<void>(
            retry(cmd("x"), 2, {}, {.check = true, .executor = &other}));
        FAIL("nothing was thrown");
    } catch (CalledProcessError const& error) {
        CHECK(error.returncode() == 2);
    }
}

TEST_CASE("retry runs real commands again", "[ends][retry]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const dir;
    auto const e = sh("echo x >> n; [ $(grep -c x n) = 3 ]").cwd(dir.path());
    CHECK(retry(e > capture, 3));
    CHECK_FALSE(retry(e > capture, 2));
}

TEST_CASE("for retry, a run that cannot be started has failed", "[ends][retry]")
{
    NoLeaks const no_leaks;
    Coded fake({-1, 1, -1});
    CHECK(retry(cmd("x"), 4, {}, {.executor = &fake}));
    Coded other({1, -1});
    CHECK_THROWS_AS(retry(cmd("x"), 2, {}, {.executor = &other}), SpawnError);
    CHECK_THROWS_AS(retry(cmd("no-such-program"), 2), SpawnError);
}

TEST_CASE("retry refuses what cannot be run at all", "[ends][retry]")
{
    NoLeaks const no_leaks;
    Coded fake({});
    CHECK_THROWS_AS(retry(cmd("x"), 0, {}, {.executor = &fake}),
                    std::invalid_argument);
    auto const no_end = cmd("x") < Stdio::pipe;
    CHECK_THROWS_AS(retry(no_end, 3, {}, {.executor = &fake}),
                    std::invalid_argument);
    CHECK(fake.runs == 0);
}

TEST_CASE("a time limit bounds all runs of retry and the waits between them",
          "[ends][retry][timeout]")
{
    NoLeaks const no_leaks;
    try {
        static_cast<void>(retry(quick(3), 2, 600s, {.timeout = 50ms}));
        FAIL("nothing was thrown");
    } catch (TimeoutExpired const& late) {
        CHECK(late.timeout().limit() == 50ms);
        CHECK_FALSE(late.timeout().is_point());
    }
    CHECK_THROWS_AS(retry(sleeper() > "/dev/null", 2, {}, {.timeout = 30ms}),
                    TimeoutExpired);
    Coded fake({1, 1, 1});
    static_cast<void>(
        retry(cmd("x"), 3, {}, {.timeout = 600s, .executor = &fake}));
    CHECK(fake.last_options.timeout.is_point());
}

TEST_CASE("a stop request ends a wait of retry", "[ends][retry][stop]")
{
    NoLeaks const no_leaks;
    StopSource const stop;
    struct Stopper final : Observer {
        explicit Stopper(StopSource const& source) : stop(source) {}
        void exited(Exited const&) noexcept override
        {
            // Later than the run looks at its token.
            later =
                std::async(std::launch::async, [this] { stop.request_stop(); });
        }
        StopSource const& stop;
        std::future<void> later;
    } stopper(stop);
    CHECK_THROWS_AS(
        retry(quick(1), 2, 600s, {.stop = stop.token(), .observer = &stopper}),
        StopRequested);
}

TEST_CASE("a stop request during a wait of retry gives the last result",
          "[ends][retry][stop]")
{
    NoLeaks const no_leaks;
    StopSource const stop;
    Coded fake({7});
    auto const stopping =
        std::async(std::launch::async, [&] { stop.request_stop(); });
    try {
        static_cast<void>(retry(cmd("x"), 2, 600s,
                                {.stop = stop.token(), .executor = &fake}));
        FAIL("nothing was thrown");
    } catch (StopRequested const& stopped) {
        if (fake.runs == 1) // else it came before the run
            CHECK(stopped.result().returncode == 7);
    }
}

// --- supervise -----------------------------------------------------------------------------

TEST_CASE("supervise restarts what fails until it succeeds",
          "[ends][supervise]")
{
    NoLeaks const no_leaks;
    Coded fake({1, 2});
    std::vector<int> codes;
    auto const done =
        supervise(cmd("x"), {.backoff = {},
                             .on_end =
                                 [&](SupervisedEnd const& end) {
                                     codes.push_back(end.result.returncode);
                                     CHECK(end.run == codes.size());
                                     CHECK(end.error.empty());
                                     CHECK(end.restarts_in.has_value()
                                           == (codes.size() < 3));
                                 },
                             .run = {.executor = &fake}});
    CHECK(done.why == Why::succeeded);
    CHECK(done.runs == 3);
    CHECK(done.last.returncode == 0);
    CHECK(codes == std::vector{1, 2, 0});
}

TEST_CASE("supervise gives up after so many restarts", "[ends][supervise]")
{
    NoLeaks const no_leaks;
    Coded fake({1, 2, 3, 4, 5});
    auto const done = supervise(
        cmd("x"),
        {.backoff = {}, .limit = {.restarts = 2}, .run = {.executor = &fake}});
    CHECK(done.why == Why::gave_up);
    CHECK_FALSE(done);
    CHECK(done.runs == 3);
    CHECK(done.last.returncode == 3);
    Coded other({0, 0, 0});
    auto const always = supervise(cmd("x"), {.restart = Restart::always,
                                             .backoff = {},
                                             .limit = {.restarts = 1},
                                             .run = {.executor = &other}});
    CHECK(always.why == Why::gave_up);
    CHECK(always.runs == 2);
}

TEST_CASE("only restarts within the time of the limit count",
          "[ends][supervise]")
{
    NoLeaks const no_leaks;
    Coded fake({1, 1, 1, 1});
    auto const done =
        supervise(cmd("x"), {.backoff = 2ms,
                             .limit = {.restarts = 1, .within = 1ms},
                             .run = {.executor = &fake}});
    CHECK(done.why == Why::succeeded);
    CHECK(done.runs == 5);
}

TEST_CASE("the back-off of supervise grows, and begins again after a run that "
          "lasted",
          "[ends][supervise]")
{
    NoLeaks const no_leaks;
    auto const waits_with = [](std::chrono::nanoseconds reset_after) {
        Coded fake({1, 1, 1});
        Waits waits;
        auto const note = [&](SupervisedEnd const& end) {
            if (end.restarts_in)
                waits.push_back(*end.restarts_in);
        };
        static_cast<void>(
            supervise(cmd("x"), {.backoff = Backoff::growing(1us, 3us),
                                 .reset_after = reset_after,
                                 .on_end = note,
                                 .run = {.executor = &fake}}));
        return waits;
    };
    CHECK(waits_with(600s) == Waits{1us, 2us, 3us});
    CHECK(waits_with(0s) == Waits{1us, 1us, 1us});
}

TEST_CASE("a stop request ends what is supervised by its teardown",
          "[ends][supervise][stop]")
{
    NoLeaks const no_leaks;
    StopSource const stop;
    struct Stopper final : Observer {
        explicit Stopper(StopSource const& source) : stop(source) {}
        void started(Started const&) noexcept override { stop.request_stop(); }
        StopSource const& stop;
    } stopper(stop);
    std::string error;
    auto const done = supervise(
        sleeper() > "/dev/null",
        {.restart = Restart::always,
         .stop = stop.token(),
         .on_end =
             [&](SupervisedEnd const& end) {
                 error = end.error;
                 CHECK_FALSE(end.restarts_in);
             },
         .run = {.teardown = {{SIGINT, 600s}}, .observer = &stopper}});
    CHECK(done.why == Why::stopped);
    CHECK(done);
    CHECK(done.runs == 1);
    CHECK(done.last.stages.at(0).status == ExitStatus::of_signal(SIGINT));
    CHECK(error != "");
}

TEST_CASE("a stop request ends a wait of supervise", "[ends][supervise][stop]")
{
    NoLeaks const no_leaks;
    StopSource const stop;
    std::future<void> stopping;
    auto const done =
        supervise(quick(5), {.backoff = 600s,
                             .stop = stop.token(),
                             .on_end = [&](SupervisedEnd const& end) {
                                 CHECK(end.restarts_in == 600s);
                                 stopping = std::async(std::launch::async, [&] {
                                     stop.request_stop();
                                 });
                             }});
    CHECK(done.why == Why::stopped);
    CHECK(done.last.returncode == 5);
    auto const again = supervise(quick(5), {.stop = stop.token()});
    CHECK(again.why == Why::stopped);
    CHECK(again.runs == 0);
}

TEST_CASE("supervise throws if the first start fails, and counts later ones",
          "[ends][supervise]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(supervise(cmd("no-such-program"), {}), SpawnError);
    Coded fake({1, -1});
    std::vector<std::string> errors;
    auto const done = supervise(
        cmd("x"),
        {.backoff = {},
         .on_end =
             [&](SupervisedEnd const& end) { errors.emplace_back(end.error); },
         .run = {.executor = &fake}});
    CHECK(done.why == Why::succeeded);
    REQUIRE(errors.size() == 3);
    CHECK(errors[1].find("gone") != std::string::npos);
    CHECK(errors[2].empty());
}

TEST_CASE("a run that passes its time limit is restarted",
          "[ends][supervise][timeout]")
{
    NoLeaks const no_leaks;
    auto const done = supervise(
        sleeper() > "/dev/null",
        {.backoff = {}, .limit = {.restarts = 1}, .run = {.timeout = 20ms}});
    CHECK(done.why == Why::gave_up);
    CHECK(done.runs == 2);
    CHECK(done.last.stages.at(0).ended_early);
}

TEST_CASE("supervise passes on what a callback throws, and refuses options "
          "without a meaning",
          "[ends][supervise]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(
        supervise(quick(), {.on_end = [](SupervisedEnd const&) { throw 5; }}),
        int);
    StopSource const stop;
    CHECK_THROWS_AS(supervise(quick(), {.run = {.stop = stop.token()}}),
                    std::invalid_argument);
    CHECK_THROWS_AS(supervise(quick(), {.run = {.check = true}}),
                    std::invalid_argument);
}
