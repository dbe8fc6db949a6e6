// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Idle limits: a run, or a command of it, is ended when no byte moves any more.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/limits.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <ranges>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

using Milliseconds = std::chrono::milliseconds;

/// Writes a line, and is silent from then on.
Command talker()
{
    return cmd(child("write_then_wait"), "hello\n");
}

/// Never writes.
Command sleeper()
{
    return cmd(child("sleep_until_killed"));
}

/// Writes all the time, for longer than `limit`: a byte each millisecond.
Command slow_writer(Milliseconds limit)
{
    return cmd(child("slow_writer"),
               std::string(static_cast<std::size_t>(limit.count()) * 4, 'x'));
}

/// What a run says that an idle limit has ended. It must have had time to write.
template <class Run>
IdleExpired expiry_of(Run attempt)
{
    for (auto limit = 30ms;; limit *= 2)
        try {
            attempt(limit);
            FAIL("no limit passed");
        } catch (IdleExpired const& late) {
            if (late.out() == "hello\n")
                return late;
        }
}

} // namespace

// --- of the whole ----------------------------------------------------------------------

TEST_CASE("a run that moves no byte for too long is killed",
          "[language][timeout][idle]")
{
    NoLeaks const no_leaks;
    auto const late = expiry_of([](Milliseconds limit) {
        (void)run(talker() > capture, {.idle_timeout = limit});
    });
    auto const& stage = late.result().stages[0];
    CHECK(stage.status.signal() == SIGKILL);
    CHECK(stage.ended_early);
    REQUIRE(stage.silent_since);
    CHECK(*stage.silent_since >= stage.started_at);
    CHECK(late.since() >= stage.started_at);
    CHECK(late.since() + late.timeout().limit() / 2
          <= std::chrono::system_clock::now());
    CHECK_THAT(late.what(), Catch::Contains("timed out after")
                                && Catch::Contains(" without a byte, since "));
}

TEST_CASE("the error says which command was silent, and since when",
          "[language][timeout][idle]")
{
    NoLeaks const no_leaks;
    auto const late = expiry_of([](Milliseconds limit) {
        (void)run(talker() | tee(capture) | sleeper(), {.idle_timeout = limit});
    });
    std::string const what = late.what();
    auto const running = what.substr(what.find("; still running: "));
    CHECK_THAT(running, Catch::Contains("write_then_wait 'hello")
                            && Catch::Contains("\" (silent since ")
                            && Catch::EndsWith(")"));
}

TEST_CASE("a run that moves bytes may take longer than its idle limit",
          "[language][timeout][idle]")
{
    NoLeaks const no_leaks;
    CHECK(at_some_limit([](Milliseconds limit) {
        try {
            auto const done =
                run(slow_writer(limit) > capture, {.idle_timeout = limit});
            return done && done.stages[0].wall_time > limit;
        } catch (IdleExpired const&) {
            return false;
        }
    }));
}

TEST_CASE("input that a command reads is no silence",
          "[language][timeout][idle]")
{
    NoLeaks const no_leaks;
    CHECK(at_some_limit([](Milliseconds limit) {
        auto const slowly = [limit](int) {
            std::this_thread::sleep_for(limit / 4);
            return std::string(100, 'x');
        };
        auto const words =
            std::views::iota(0, 8) | std::views::transform(slowly);
        try {
            auto const e = words | cmd(child("count_bytes"));
            auto const done = run(e > capture, {.idle_timeout = limit});
            return done && done.stages[0].wall_time > limit;
        } catch (IdleExpired const&) {
            return false;
        }
    }));
}

TEST_CASE("a reader that has stopped does not make its writer silent",
          "[language][timeout][idle][guard]")
{
    NoLeaks const no_leaks;
    CHECK(at_some_limit([](Milliseconds limit) {
        auto const slow = stage([limit](LineRange in) {
            std::this_thread::sleep_for(limit * 4);
            return Strings{std::string(*in.begin())};
        });
        try {
            return read(cmd(child("write_forever")) | slow,
                        {.idle_timeout = limit})
                == "y";
        } catch (IdleExpired const&) {
            return false;
        }
    }));
}

TEST_CASE("a command that has closed its streams can be silent",
          "[language][timeout][idle]")
{
    NoLeaks const no_leaks;
    auto const e = sh("exec >&-; exec sleep 60") > capture;
    CHECK_THROWS_AS(run(e, {.idle_timeout = 30ms}), IdleExpired);
}

TEST_CASE("an idle limit watches a tee, C++ and input as well",
          "[language][timeout][idle]")
{
    NoLeaks const no_leaks;
    auto const same = stage([](LineRange in) { return in; });
    RunOptions const options{.idle_timeout = 30ms};
    auto const null = cmd(child("copy")) > devnull;
    CHECK_THROWS_AS(run(talker() | tee("/dev/null") | null, options),
                    IdleExpired);
    CHECK_THROWS_AS(run(talker() | same | null, options), IdleExpired);
    CHECK_THROWS_AS(run((sleeper() < text("x")) > devnull, options),
                    IdleExpired);
    CHECK_THROWS_AS(run(seq(cmd("true"), sleeper()) > capture, options),
                    IdleExpired);
}

// --- of a command ----------------------------------------------------------------------

TEST_CASE("a command that moves no byte for too long is ended, and has failed",
          "[language][timeout][idle]")
{
    NoLeaks const no_leaks;
    for (auto limit = 30ms;; limit *= 2) {
        auto const done = run(talker().idle_timeout(limit) > capture);
        CHECK_FALSE(done);
        auto const& stage = done.stages[0];
        CHECK(stage.timed_out);
        CHECK(stage.status.signal() == SIGTERM);
        CHECK(stage.silent_since);
        if (done.out == "hello\n")
            break;
    }
    auto const message = message_of<CalledProcessError>(
        [] { check(sleeper().idle_timeout(20ms).named("nap") > capture); });
    CHECK_THAT(message, Catch::StartsWith("\"nap\" moved no byte since ")
                            && Catch::Contains(" and was killed by SIGTERM"));
}

TEST_CASE(
    "a silent command that outlasts its grace keeps the time of its silence",
    "[language][timeout][idle][guard]")
{
    NoLeaks const no_leaks;
    for (auto limit = 200ms;; limit *= 2) // it must ignore SIGTERM by then
        try {
            check((cmd(child("ignore_term")).idle_timeout(50ms)) > capture,
                  {.timeout = limit, .teardown = {{SIGTERM, 1h}}});
        } catch (TimeoutExpired const& late) {
            auto const& stage = late.result().stages[0];
            if (!stage.timed_out)
                continue;
            CHECK(stage.ended_early);
            CHECK(stage.silent_since);
            break;
        } catch (CalledProcessError const&) { // SIGTERM came too early
        }
}

TEST_CASE("the idle limit of a command leaves the others alone",
          "[language][timeout][idle]")
{
    NoLeaks const no_leaks;
    auto const done = run((sleeper().idle_timeout(20ms) > capture)
                          || (cmd(child("print"), "instead") > capture));
    CHECK(done.out == "instead");
    CHECK(done.stages[0].silent_since);
    CHECK_FALSE(done.stages[1].silent_since);
}

TEST_CASE("a time limit says nothing of silence", "[language][timeout][idle]")
{
    NoLeaks const no_leaks;
    auto const done = run(sleeper().timeout(20ms).idle_timeout(1h) > capture);
    CHECK(done.stages[0].timed_out);
    CHECK_FALSE(done.stages[0].silent_since);
    try {
        (void)run(sleeper() > capture, {.timeout = 20ms, .idle_timeout = 1h});
        FAIL("no limit passed");
    } catch (IdleExpired const&) {
        FAIL("it was not idle");
    } catch (TimeoutExpired const& late) {
        CHECK_FALSE(late.result().stages[0].silent_since);
    }
}

// --- where the caller reads --------------------------------------------------------------

TEST_CASE("a range ends when no line comes for too long",
          "[language][lines][timeout][idle]")
{
    NoLeaks const no_leaks;
    CHECK(at_some_limit([](Milliseconds limit) {
        Strings seen;
        try {
            for (auto const line : talker() | lines({.idle_timeout = limit}))
                seen.emplace_back(line);
        } catch (IdleExpired const&) {
        }
        return seen == Strings{"hello"};
    }));
    CHECK_THROWS_AS(
        joined_bytes(sleeper() | chunks(100, {.idle_timeout = 30ms})),
        IdleExpired);
}

TEST_CASE("a slow loop over a range ends nothing",
          "[language][chunks][timeout][idle][guard]")
{
    NoLeaks const no_leaks;
    CHECK(at_some_limit([](Milliseconds limit) {
        int seen = 0;
        try {
            for (auto const& chunk :
                 cmd(child("write_forever"))
                     | chunks(1000, {.idle_timeout = limit})) {
                std::this_thread::sleep_for(limit * 2);
                if (++seen == 3 || chunk.empty())
                    break;
            }
        } catch (IdleExpired const&) {
            return false;
        }
        return seen == 3;
    }));
}

TEST_CASE("a job is ended while the caller waits for its output",
          "[language][job][timeout][idle]")
{
    NoLeaks const no_leaks;
    CHECK(at_some_limit([](Milliseconds limit) {
        auto job = start(talker() > Stdio::pipe, {.idle_timeout = limit});
        bool const spoke = job.out().readline() == "hello\n";
        CHECK(job.out().readline() == "");
        CHECK_THROWS_AS(job.wait(), IdleExpired);
        return spoke;
    }));
}

TEST_CASE("what the caller writes to a job is no silence",
          "[language][job][timeout][idle]")
{
    NoLeaks const no_leaks;
    CHECK(at_some_limit([](Milliseconds limit) {
        auto job = start((cmd(child("count_bytes")) < Stdio::pipe) > capture,
                         {.idle_timeout = limit});
        try {
            for (int i = 0; i < 8; ++i) {
                std::this_thread::sleep_for(limit / 4);
                job.in().write("x");
                job.in().flush();
            }
            job.in().close();
            return job.wait().out.str().starts_with('8');
        } catch (std::system_error const&) { // the limit has passed
            return false;
        }
    }));
}

TEST_CASE("a stream that nobody reads does not hide the silence of another",
          "[language][job][timeout][idle][guard]")
{
    NoLeaks const no_leaks;
    auto job = start((talker() > Stdio::pipe) > err(Stdio::pipe),
                     {.idle_timeout = 50ms});
    CHECK(job.out().read() == "hello\n");
    CHECK_THROWS_AS(job.wait(), IdleExpired);
}

TEST_CASE("bytes that wait for a slow reader of this process are no silence",
          "[language][timeout][idle][show][guard]")
{
    auto const wrong = in_private_process([](Complaints const& complaints) {
        auto const kept = at_some_limit([](Milliseconds limit) {
            auto const pipe = make_pipe();
            std::string const full(65536, 'f');
            if (::write(pipe.write_end.get(), full.data(), full.size()) < 0)
                return false;
            ::dup2(pipe.write_end.get(), 1);
            std::string seen;
            std::thread reader([&] {
                std::this_thread::sleep_for(limit * 4);
                while (seen.find("last") == seen.npos) {
                    char bytes[4096];
                    auto const count =
                        ::read(pipe.read_end.get(), bytes, sizeof bytes);
                    seen.append(bytes, static_cast<std::size_t>(count));
                }
            });
            auto const e = cmd(child("print"), "the last words") > capture;
            auto const done = run(e, {.show = true, .idle_timeout = limit});
            reader.join();
            return bool(done) && seen == full + "the last words";
        });
        EXPECT_IN(complaints, kept);
    });
    CHECK(wrong == "");
}

TEST_CASE("retry passes the error of an idle limit on",
          "[language][timeout][idle]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(retry(talker() > capture, 2, {}, {.idle_timeout = 30ms}),
                    IdleExpired);
}

TEST_CASE("a job with an idle limit cannot be detached",
          "[language][job][idle][misuse]")
{
    NoLeaks const no_leaks;
    auto job =
        start(cmd(child("print"), "x") > Stdio::pipe, {.idle_timeout = 1h});
    job.out().close();
    CHECK_THROWS_AS(job.detach(), std::logic_error);
}

// --- misuse ------------------------------------------------------------------------------

TEST_CASE("an idle limit without a stream to watch is refused before the start",
          "[language][timeout][idle][misuse]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const trace = directory / "trace";
    auto const e = sh("echo x >\"$0\"", trace);
    CHECK_THROWS_AS(run(e, {.idle_timeout = 1s}), std::invalid_argument);
    CHECK_THROWS_AS(run(e.idle_timeout(1s)), std::invalid_argument);
    CHECK_THROWS_AS(run(e > directory / "out", {.idle_timeout = 1s}),
                    std::invalid_argument);
    CHECK_THROWS_AS(run((e.idle_timeout(1s) | cmd("cat")) > capture),
                    std::invalid_argument);
    auto const point = std::chrono::steady_clock::now() + 1h;
    CHECK_THROWS_AS(run(e > capture, {.idle_timeout = point}),
                    std::invalid_argument);
    CHECK_THROWS_AS(run(e.idle_timeout(point) > capture),
                    std::invalid_argument);
    CHECK_THROWS_AS(run(e > capture, {.idle_timeout = 0s}),
                    std::invalid_argument);
    CHECK_FALSE(std::filesystem::exists(trace));
    auto const message = message_of<std::invalid_argument>(
        [] { (void)run(cmd("a", "b").idle_timeout(1s)); });
    CHECK(message
          == "\"a b\" has an idle timeout, but none of its streams passes "
             "through this process: capture one, or write | tee(capture) "
             "behind the command");
}

TEST_CASE("an idle limit is a remark in shell text", "[plan][idle]")
{
    CHECK(to_string(cmd("a").idle_timeout(1500ms))
          == "a # an idle timeout of 1.5 s");
    auto const both = (cmd("a") | cmd("b").idle_timeout(1s)).idle_timeout(2s);
    auto const plan = make_plan(both);
    CHECK(plan.stages[0]->idle_timeout.limit() == 2s);
    CHECK(plan.stages[1]->idle_timeout.limit() == 1s);
}
