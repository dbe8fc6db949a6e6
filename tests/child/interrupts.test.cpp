// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Signals of this process that are passed on to children.
#include "support/children.hpp"
#include "support/leaks.hpp"
#include "support/terminal.hpp"
#include "support/tree.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

struct ::sigaction action_of(int signal)
{
    struct ::sigaction action {};
    ::sigaction(signal, nullptr, &action);
    return action;
}

} // namespace

TEST_CASE("a signal is passed on, and does not end this process",
          "[interrupts][row:Q06]")
{
    NoLeaks const no_leaks;
    for (int const signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
        CAPTURE(signal);
        Interrupts const interrupts;
        CHECK(interrupts.signal() == 0);
        auto job =
            start(sh("ulimit -c 0; echo r; exec sleep 60") > Stdio::pipe);
        CHECK(job.out().readline() == "r\n");
        ::raise(signal);
        CHECK(job.wait().returncode == -signal);
        CHECK(interrupts.signal() == signal);
        CHECK(interrupts.count() == 1);
    }
}

TEST_CASE("a signal is passed on while this thread waits in run",
          "[interrupts][row:Q06]")
{
    NoLeaks const no_leaks;
    Interrupts const interrupts;
    // The child ends this process's wait by a signal to this process.
    auto const done =
        run(sh("trap 'exit 5' TERM; kill -TERM \"$0\"; while :; do sleep 0.01; "
               "done",
               ::getpid()));
    CHECK(done.returncode == 5);
    CHECK(interrupts.signal() == SIGTERM);
}

TEST_CASE("a signal is passed on to a Popen", "[interrupts]")
{
    NoLeaks const no_leaks;
    Interrupts const interrupts;
    Popen p({"sleep", "60"});
    ::raise(SIGTERM);
    CHECK(p.wait() == -SIGTERM);
}

TEST_CASE("a signal is passed on to what a container holds",
          "[interrupts][containment]")
{
    for (auto const level : containments()) {
        NoLeaks const no_leaks;
        CAPTURE(to_string(level));
        Interrupts const interrupts;
        auto job =
            start(grow_tree("child") > Stdio::pipe, {.containment = level});
        Grandchild const grandchild(job.out().readline());
        ::raise(SIGTERM);
        CHECK(job.wait().returncode == -SIGTERM);
        if (reaches(level, "child"))
            grandchild.wait_for_end();
        else
            CHECK(grandchild.runs());
    }
}

TEST_CASE("the destructor of an Interrupts restores the actions",
          "[interrupts]")
{
    NoLeaks const no_leaks;
    auto const before = action_of(SIGTERM).sa_handler;
    {
        Interrupts const interrupts;
        CHECK(action_of(SIGTERM).sa_handler != before);
        CHECK(action_of(SIGUSR1).sa_handler == SIG_DFL);
    }
    CHECK(action_of(SIGTERM).sa_handler == before);
}

TEST_CASE("a signal that this process ignores stays ignored", "[interrupts]")
{
    NoLeaks const no_leaks;
    ::signal(SIGHUP, SIG_IGN);
    {
        Interrupts const interrupts;
        CHECK(action_of(SIGHUP).sa_handler == SIG_IGN);
        ::raise(SIGHUP);
        CHECK(interrupts.count() == 0);
    }
    CHECK(action_of(SIGHUP).sa_handler == SIG_IGN);
    ::signal(SIGHUP, SIG_DFL);
}

TEST_CASE("children that were started before get nothing", "[interrupts]")
{
    NoLeaks const no_leaks;
    Popen before({child("sleep_until_killed"), "r\n"}, {.out = Stdio::pipe});
    {
        Interrupts const interrupts;
        Popen during({"sleep", "60"});
        ::raise(SIGTERM);
        CHECK(during.wait() == -SIGTERM);
        CHECK(!before.poll());
    }
    before.kill();
    CHECK(before.wait() == -SIGKILL);
}

TEST_CASE("the innermost object that knows a signal gets it", "[interrupts]")
{
    NoLeaks const no_leaks;
    Interrupts const outer;
    {
        Interrupts const inner({SIGTERM});
        ::raise(SIGTERM);
        ::raise(SIGINT);
        CHECK(inner.signal() == SIGTERM);
        CHECK(inner.count() == 1);
        CHECK(outer.signal() == SIGINT);
        CHECK(outer.count() == 1);
    }
    ::raise(SIGTERM);
    CHECK(outer.signal() == SIGTERM);
    CHECK(outer.count() == 2);
}

TEST_CASE("objects may be destroyed in any order", "[interrupts]")
{
    NoLeaks const no_leaks;
    std::optional<Interrupts> outer(std::in_place);
    Interrupts const inner({SIGTERM});
    outer.reset();
    ::raise(SIGTERM);
    CHECK(inner.count() == 1);
    CHECK(action_of(SIGINT).sa_handler == SIG_DFL);
}

TEST_CASE("with its token a signal stops runs", "[interrupts][stop]")
{
    NoLeaks const no_leaks;
    Interrupts interrupts;
    auto job =
        start(cmd(child("ignore_term")) > Stdio::pipe,
              {.stop = interrupts.token(), .teardown = {{SIGTERM, 20ms}}});
    CHECK(job.out().read(1) == "r");
    ::raise(SIGINT);
    CHECK_THROWS_AS(job.wait(), StopRequested);
    CHECK_THROWS_AS((void)run(cmd("true"), {.stop = interrupts.token()}),
                    StopRequested);
}

TEST_CASE("a token that is asked for after the signal requests a stop, too",
          "[interrupts][stop]")
{
    NoLeaks const no_leaks;
    Interrupts interrupts;
    ::raise(SIGINT);
    CHECK(interrupts.token().stop_requested());
}

TEST_CASE("a number that is no signal, and SIGKILL, are refused",
          "[interrupts]")
{
    NoLeaks const no_leaks;
    for (int const signal : {0, -1, 65, 1000, SIGKILL, SIGSTOP})
        CHECK_THROWS_AS(Interrupts({SIGTERM, signal}), std::invalid_argument);
    CHECK(action_of(SIGTERM).sa_handler == SIG_DFL);
}

TEST_CASE("reraise ends this process as the signal would have", "[interrupts]")
{
    NoLeaks const no_leaks;
    pid_t const self = ::fork();
    if (self == 0) {
        {
            Interrupts const interrupts;
            interrupts.reraise(); // nothing came
            ::raise(SIGINT);
            interrupts.reraise();
        }
        ::_exit(1);
    }
    int status = 0;
    ::waitpid(self, &status, 0);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGINT);
}

TEST_CASE("Ctrl-C is passed on only to children in other groups",
          "[interrupts][fault:T01]")
{
    NoLeaks const no_leaks;
    Terminal const terminal;
    pid_t const leader = ::fork();
    if (leader == 0) { // of a session on that terminal
        ::setsid();
        ::ioctl(terminal.line.get(), TIOCSCTTY, 0);
        Interrupts const interrupts;
        // Each counts the signals that it gets until it is told to end.
        auto const counter =
            sh("n=0; trap 'n=$((n+1))' INT; trap 'exit $n' TERM; echo r;"
               " while :; do sleep 0.01; done");
        auto same = start(counter > Stdio::pipe);
        auto own =
            start(counter > Stdio::pipe, {.containment = Containment::group});
        if (same.out().readline() != "r\n" || own.out().readline() != "r\n")
            ::_exit(9);
        (void)!::write(terminal.controller.get(), "\003", 1);
        while (interrupts.count() == 0)
            ::usleep(1000);
        ::usleep(50'000);
        same.terminate();
        own.terminate();
        ::_exit(same.wait().returncode * 10 + own.wait().returncode);
    }
    int status = 0;
    ::waitpid(leader, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 11);
}

TEST_CASE("signals come while threads start and end children",
          "[interrupts][threads]")
{
    NoLeaks const no_leaks;
    Interrupts const interrupts({SIGUSR1});
    std::atomic<bool> over{false};
    auto const spawn = [] {
        for (int i = 0; i < 50; ++i)
            (void)run(cmd("true").ignore_signals({SIGUSR1}));
    };
    std::thread sender([&] {
        while (!over) {
            ::kill(::getpid(), SIGUSR1);
            std::this_thread::yield();
        }
    });
    std::thread first(spawn);
    std::thread second(spawn);
    first.join();
    second.join();
    over = true;
    sender.join();
    CHECK(interrupts.count() > 0);
}
