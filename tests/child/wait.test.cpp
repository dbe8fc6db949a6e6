// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Waiting for a child, with and without a limit.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

/// What this process has computed so far.
std::chrono::nanoseconds cpu_time()
{
    ::timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec)
         + std::chrono::nanoseconds(time.tv_nsec);
}

/// A child that sleeps, and is killed at the end of the scope.
struct Sleeper {
    Popen popen{{child("sleep_until_killed")}, {.out = Stdio::pipe}};

    Sleeper() { is_ready(popen); }
    ~Sleeper() { popen.kill(); }
};

void wait_until_stopped(int pid)
{
    ::siginfo_t info{};
    ::waitid(P_PID, static_cast<::id_t>(pid), &info, WSTOPPED | WNOWAIT);
}

} // namespace

TEST_CASE("wait gives the returncode, again and again",
          "[popen][wait][row:M02]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 3});
    CHECK(!p.returncode());
    CHECK(p.wait() == 3);
    CHECK(p.wait() == 3);
    CHECK(p.wait(0s) == 3);
    CHECK(p.poll() == 3);
    CHECK(p.returncode() == 3);
}

TEST_CASE("poll says nothing of a child that runs", "[popen][wait][row:M01]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy")}, {.in = Stdio::pipe});
    CHECK(p.poll() == std::nullopt);
    CHECK(p.returncode() == std::nullopt);
    p.in().close();
    while (!p.poll())
        std::this_thread::yield();
    CHECK(p.poll() == 0);
    CHECK(p.returncode() == 0);
}

TEST_CASE("only looking for the end sets the returncode",
          "[popen][wait][row:A07]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 2}, {.out = Stdio::pipe});
    CHECK(p.out().read() == "");
    CHECK(p.returncode() == std::nullopt);
    CHECK(p.status() == std::nullopt);
    CHECK(!p.usage());
    CHECK(p.wait() == 2);
    CHECK(p.status() == ExitStatus::of_code(2));
    CHECK(p.usage());
}

TEST_CASE("wait that takes too long throws and can be repeated",
          "[popen][wait][row:M03][row:E02]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy")}, {.in = Stdio::pipe});
    auto const begin = Clock::now();
    for (int i = 0; i < 2; ++i)
        try {
            p.wait(30ms);
            FAIL("the child has ended");
        } catch (TimeoutExpired const& error) {
            CHECK(error.command() == child("copy"));
            CHECK(error.timeout().limit() == 30ms);
            CHECK(!error.out().captured());
            CHECK(!error.err().captured());
            CHECK(error.code() == std::errc::timed_out);
            CHECK(error.what()
                  == '"' + child("copy") + "\" timed out after 30 ms");
        }
    CHECK(Clock::now() - begin >= 60ms);
    p.in().close();
    CHECK(p.wait(10s) == 0);
}

TEST_CASE("a limit of zero or less looks once", "[popen][wait][fault:I10]")
{
    NoLeaks const no_leaks;
    Sleeper sleeper;
    CHECK_THROWS_AS(sleeper.popen.wait(0s), TimeoutExpired);
    CHECK_THROWS_AS(sleeper.popen.wait(-5s), TimeoutExpired);
    CHECK_THROWS_AS(sleeper.popen.wait(std::chrono::nanoseconds::min()),
                    TimeoutExpired);
    CHECK_THROWS_AS(sleeper.popen.wait(std::chrono::duration<double>(
                        -std::numeric_limits<double>::infinity())),
                    TimeoutExpired);
}

TEST_CASE("limits beyond the clock wait for ever", "[popen][wait][fault:I10]")
{
    NoLeaks const no_leaks;
    auto const wait_for = [](Timeout limit) {
        return Popen({child("exit_with"), 4}).wait(limit);
    };
    CHECK(wait_for(Timeout::forever()) == 4);
    CHECK(wait_for(std::chrono::hours::max()) == 4);
    CHECK(wait_for(std::chrono::nanoseconds::max()) == 4);
    CHECK(wait_for(std::chrono::hours(24 * 365 * 200)) == 4);
    CHECK(wait_for(std::chrono::duration<double>(1e300)) == 4);
    CHECK(wait_for(std::chrono::duration<double>(
              std::numeric_limits<double>::infinity()))
          == 4);
}

TEST_CASE("waiting costs no processor time",
          "[popen][wait][row:M05][fault:X09]")
{
    NoLeaks const no_leaks;
    Sleeper sleeper;
    auto const before = cpu_time();
    CHECK_THROWS_AS(sleeper.popen.wait(200ms), TimeoutExpired);
    CHECK(cpu_time() - before < 50ms);
}

TEST_CASE("a stopped child has not ended", "[popen][wait][fault:W04]")
{
    NoLeaks const no_leaks;
    Sleeper sleeper;
    auto& p = sleeper.popen;
    p.send_signal(SIGSTOP);
    wait_until_stopped(p.pid());
    CHECK(p.poll() == std::nullopt);
    CHECK_THROWS_AS(p.wait(50ms), TimeoutExpired);
    p.send_signal(SIGCONT);
    CHECK(p.poll() == std::nullopt);
    CHECK_THROWS_AS(p.wait(20ms), TimeoutExpired);
}

TEST_CASE("a stopped child can be killed", "[popen][wait][fault:W04]")
{
    NoLeaks const no_leaks;
    Sleeper sleeper;
    auto& p = sleeper.popen;
    p.send_signal(SIGSTOP);
    wait_until_stopped(p.pid());
    p.kill();
    CHECK(p.wait() == -SIGKILL);
}

TEST_CASE("waiting leaves the pipes open", "[popen][wait][row:M02]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "left behind"}, {.out = Stdio::pipe});
    p.wait();
    CHECK(p.out().read() == "left behind");
}

TEST_CASE("other children of this process are left alone",
          "[popen][wait][promise:P22]")
{
    NoLeaks const no_leaks;
    pid_t const stranger = ::fork();
    if (stranger == 0)
        ::_exit(9);
    Popen p({child("exit_with"), 1});
    CHECK(p.wait() == 1);
    int status = 0;
    REQUIRE(::waitpid(stranger, &status, 0) == stranger);
    CHECK(WEXITSTATUS(status) == 9);
}

TEST_CASE("usage tells what the child used", "[popen][wait]")
{
    NoLeaks const no_leaks;
    Popen p({child("fill"), 30'000'000}, {.out = Stdio::devnull});
    p.wait();
    auto const usage = p.usage();
    REQUIRE(usage);
    CHECK(usage->max_rss_kib > 0);
    CHECK(usage->user_time + usage->system_time > 0us);
    CHECK(usage->user_time + usage->system_time < 10s);
}

TEST_CASE("a child that waits for us to read its output does not end",
          "[popen][wait][row:M04]")
{
    NoLeaks const no_leaks;
    Popen p({child("fill"), 1'000'000}, {.out = Stdio::pipe});
    CHECK_THROWS_AS(p.wait(50ms), TimeoutExpired); // it would be for ever
    CHECK(p.communicate().out.size() == 1'000'000);
    CHECK(p.returncode() == 0);
}
