// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Signals that interrupt system calls all the time are not noticed.
#include "support/children.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <string>

#include <signal.h>
#include <time.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

std::atomic<int> interruptions;

/// While it lives, a signal comes every half millisecond, and calls that it
/// interrupts are not restarted by the kernel.
class Interruptions {
public:
    Interruptions()
    {
        struct sigaction action {};
        action.sa_handler = [](int) { ++interruptions; };
        ::sigaction(SIGUSR1, &action, &old_);
        ::sigevent event{};
        event.sigev_notify = SIGEV_SIGNAL;
        event.sigev_signo = SIGUSR1;
        ::timer_create(CLOCK_MONOTONIC, &event, &timer_);
        ::itimerspec const often{{0, 500'000}, {0, 500'000}};
        ::timer_settime(timer_, 0, &often, nullptr);
    }
    Interruptions(Interruptions const&) = delete;
    Interruptions& operator=(Interruptions const&) = delete;
    ~Interruptions()
    {
        ::timer_delete(timer_);
        ::sigaction(SIGUSR1, &old_, nullptr);
    }

private:
    struct sigaction old_ {};
    ::timer_t timer_{};
};

} // namespace

TEST_CASE("interrupted calls go on where they were",
          "[popen][interruptions][fault:X08][promise:P23]")
{
    NoLeaks const no_leaks;
    interruptions = 0;
    std::string const text(20'000'000, 't');
    {
        Interruptions const all_the_time;
        Popen p({child("copy_both")},
                {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe});
        auto const [out, err] = p.communicate(text);
        CHECK((out.view() == text));
        CHECK((err.view() == text));

        Popen slow({child("slow_writer"), "slowly\nwritten"},
                   {.out = Stdio::pipe});
        CHECK(slow.out().readline() == "slowly\n");
        CHECK(slow.out().read() == "written");
        CHECK(slow.wait() == 0);
    }
    CHECK(interruptions > 0);
}

TEST_CASE("interrupted starts succeed or fail as they would",
          "[popen][interruptions][fault:X08]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    Interruptions const all_the_time;
    for (int i = 0; i < 20; ++i) {
        CHECK(returncode_of({child("exit_with"), 3},
                            {.preexec_fn = hook_if(forked)})
              == 3);
        CHECK_THROWS_AS(
            Popen({"/no/such/program"}, {.preexec_fn = hook_if(forked)}),
            SpawnError);
    }
}

TEST_CASE("an interrupted wait keeps its limit",
          "[popen][interruptions][fault:X08]")
{
    NoLeaks const no_leaks;
    Interruptions const all_the_time;
    Popen p({child("sleep_until_killed")}, {.out = Stdio::pipe});
    wait_for_output(p);
    auto const begin = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(p.wait(50ms), TimeoutExpired);
    CHECK_THROWS_AS(p.communicate({}, 50ms), TimeoutExpired);
    auto const time = std::chrono::steady_clock::now() - begin;
    CHECK(time >= 100ms);
    p.kill();
    CHECK(p.communicate().out == "r");
}
