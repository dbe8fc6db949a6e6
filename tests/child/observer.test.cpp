// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Who is told what happens to children.
#include "support/children.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// Writes down all that it is told.
struct Log : Observer {
    void starting(Starting const& e) override
    {
        note("starting " + join(e.child) + " in \"" + std::string(e.cwd) + '"');
        variables = e.environment;
    }
    void started(Started const& e) noexcept override
    {
        note("started " + join(e.child));
        pid = e.pid;
        at = e.at;
    }
    void refused(Refused const& e) noexcept override
    {
        note("refused " + join(e.child) + ": "
             + std::string(to_string(e.step)));
        error = e.error;
    }
    void exited(Exited const& e) noexcept override
    {
        note("exited " + join(e.child) + ": " + to_string(e.status));
        exited_pid = e.pid;
        wall_time = e.wall_time;
    }
    void killed(Killed const& e) noexcept override
    {
        note("killed " + join(e.child) + " by " + signal_name(e.signal));
    }
    void expired(Expired const& e) noexcept override
    {
        note("expired " + std::string(e.command) + " after "
             + std::to_string(e.timeout.seconds()));
    }

    void note(std::string line) { lines.push_back(std::move(line)); }

    static std::string join(ChildView const& child)
    {
        std::string words(child.executable);
        for (auto const& arg : child.args)
            words += (words.empty() ? "" : " ") + arg;
        return words;
    }

    std::vector<std::string> lines;
    Environment variables;
    int pid = 0;
    int exited_pid = 0;
    std::chrono::system_clock::time_point at;
    std::chrono::nanoseconds wall_time{-1};
    std::error_code error;
};

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("an observer hears of start and end, once",
          "[popen][observer][row:P54]")
{
    NoLeaks const no_leaks;
    Log log;
    auto const program = child("exit_with");
    auto const begin = std::chrono::steady_clock::now();
    auto const begin_of_day = std::chrono::system_clock::now();
    Popen p({program, "3"},
            {.cwd = "/", .env = {{"A", "1"}}, .observer = &log});
    CHECK(log.pid == p.pid());
    CHECK(log.at >= begin_of_day);
    CHECK(log.at <= std::chrono::system_clock::now());
    p.wait();
    p.wait();
    p.poll();
    CHECK(log.lines
          == Lines{"starting " + program + " 3 in \"/\"",
                   "started " + program + " 3",
                   "exited " + program + " 3: exit code 3"});
    CHECK(log.variables == Environment{{"A", "1"}});
    CHECK(log.exited_pid == p.pid());
    CHECK(log.wall_time > 0s);
    CHECK(log.wall_time <= std::chrono::steady_clock::now() - begin);
}

TEST_CASE("an observer hears of an end that the destructor saw",
          "[popen][observer]")
{
    NoLeaks const no_leaks;
    Log log;
    Popen({child("exit_with"), 0}, {.observer = &log});
    REQUIRE(log.lines.size() == 3);
    CHECK(log.lines[2].starts_with("exited"));
}

TEST_CASE("an observer is told the executable if it is not args[0]",
          "[popen][observer][row:P54]")
{
    NoLeaks const no_leaks;
    Log log;
    auto const program = child("exit_with");
    Popen({"name", "0"}, {.executable = program, .observer = &log}).wait();
    CHECK(log.lines.at(1) == "started " + program + " name 0");
}

TEST_CASE("an observer is told the shell in front of a script",
          "[popen][observer][found:F5]")
{
    NoLeaks const no_leaks;
    Log log;
    Popen({"exit $1", "sh", "0"}, {.shell = true, .observer = &log}).wait();
    CHECK(log.lines.at(1) == "started /bin/sh -c exit $1 sh 0");
    PopenOptions const in_bash{
        .executable = "/bin/bash", .shell = true, .observer = &log};
    Popen({"exit 0"}, in_bash).wait();
    CHECK(log.lines.at(4) == "started /bin/bash -c exit 0");
}

TEST_CASE("an observer hears why a child was not started", "[popen][observer]")
{
    NoLeaks const no_leaks;
    Log log;
    CHECK_THROWS_AS(Popen({"/no/such", "x"}, {.observer = &log}), SpawnError);
    CHECK(log.lines
          == Lines{"starting /no/such x in \"\"", "refused /no/such x: exec"});
    CHECK(log.error == std::errc::no_such_file_or_directory);

    log.lines.clear();
    CHECK_THROWS_AS(Popen({"x"}, {.in = "/no/such", .observer = &log}),
                    SpawnError);
    CHECK(log.lines.at(1) == "refused x: open");
}

TEST_CASE("an observer may forbid a child", "[popen][observer][row:P54]")
{
    NoLeaks const no_leaks;
    struct Veto : Log {
        void starting(Starting const& e) override
        {
            Log::starting(e);
            throw std::runtime_error("not today");
        }
    } veto;
    CHECK(message_of<std::runtime_error>([&] {
              Popen p({child("exit_with"), 0},
                      {.in = Stdio::pipe, .observer = &veto});
          })
          == "not today");
    CHECK(veto.lines.size() == 1);
}

TEST_CASE("an observer hears of signals that were sent", "[popen][observer]")
{
    NoLeaks const no_leaks;
    Log log;
    auto const program = child("sleep_until_killed");
    Popen p({program}, {.out = Stdio::pipe, .observer = &log});
    p.kill();
    p.wait();
    p.kill(); // nobody there
    p.terminate();
    CHECK(log.lines
          == Lines{"starting " + program + " in \"\"", "started " + program,
                   "killed " + program + " by SIGKILL",
                   "exited " + program + ": killed by SIGKILL"});
}

TEST_CASE("an observer hears of limits that passed", "[popen][observer]")
{
    NoLeaks const no_leaks;
    Log log;
    Popen p({child("copy")},
            {.in = Stdio::pipe, .out = Stdio::pipe, .observer = &log});
    CHECK_THROWS_AS(p.wait(1ms), TimeoutExpired);
    CHECK(log.lines.at(2) == "expired " + child("copy") + " after 0.001000");
    CHECK_THROWS_AS(p.wait(0s), TimeoutExpired);
    CHECK(log.lines.at(3) == "expired " + child("copy") + " after 0.000000");
}

TEST_CASE("a default observer watches children without one of their own",
          "[popen][observer][row:P54]")
{
    NoLeaks const no_leaks;
    Log log;
    Log own;
    CHECK(set_default_observer(&log) == nullptr);
    Popen p({child("exit_with"), 1});
    Popen({child("exit_with"), 2}, {.observer = &own}).wait();
    CHECK(set_default_observer(nullptr) == &log);
    Popen({child("exit_with"), 3}).wait();
    p.wait();
    CHECK(log.lines.size() == 3);
    CHECK(log.lines.back().ends_with("exit code 1"));
    CHECK(own.lines.size() == 3);
}

TEST_CASE("the end of a child is told once, whoever sees it",
          "[popen][observer][threads]")
{
    NoLeaks const no_leaks;
    struct Counter : Observer {
        void exited(Exited const&) noexcept override { ++ends; }
        std::atomic<int> ends = 0;
    } counter;
    Popen p({child("copy")}, {.in = Stdio::pipe, .observer = &counter});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] { p.wait(); });
    p.in().close();
    for (auto& thread : threads)
        thread.join();
    CHECK(counter.ends == 1);
}
