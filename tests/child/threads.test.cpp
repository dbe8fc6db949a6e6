// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// One child for many threads, many children for many threads.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// Runs `work(i)` in `count` threads and waits for all.
template <class F>
void in_threads(int count, F work)
{
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back([&work, i] { work(i); });
    for (auto& thread : threads)
        thread.join();
}

} // namespace

TEST_CASE("all threads that wait for a child get the same status",
          "[popen][threads][fault:W07][promise:P9]")
{
    NoLeaks const no_leaks;
    for (int round = 0; round < 10; ++round) {
        Popen p({child("copy")}, {.in = Stdio::pipe});
        std::vector<std::optional<int>> results(6);
        in_threads(7, [&](int i) {
            if (i == 6)
                return p.in().close();
            auto& result = results[static_cast<std::size_t>(i)];
            if (i < 2)
                result = p.wait();
            else if (i < 4)
                result = p.wait(15s);
            else
                while (!result)
                    result = p.poll();
        });
        CHECK(results == std::vector<std::optional<int>>(6, 0));
        CHECK(p.returncode() == 0);
    }
}

TEST_CASE("kill and wait may race", "[popen][threads][fault:W07]")
{
    NoLeaks const no_leaks;
    for (int round = 0; round < 10; ++round) {
        Popen p({child("sleep_until_killed")}, {.out = Stdio::devnull});
        std::vector<int> results(4);
        in_threads(6, [&](int i) {
            if (i == 4)
                p.kill();
            else if (i == 5)
                for (int n = 0; n < 50; ++n)
                    p.terminate();
            else
                results[static_cast<std::size_t>(i)] =
                    i < 2 ? p.wait() : p.wait(15s);
        });
        CHECK((p.wait() == -SIGKILL || p.wait() == -SIGTERM));
        CHECK(results == std::vector<int>(4, p.wait()));
    }
}

TEST_CASE("what is known may be asked for while others wait",
          "[popen][threads]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy")}, {.in = Stdio::pipe});
    int const pid = p.pid();
    std::atomic<bool> agree = true;
    in_threads(4, [&](int i) {
        if (i == 0)
            p.in().close();
        if (i <= 1)
            return static_cast<void>(p.wait());
        while (!p.status() || !p.usage() || !p.returncode())
            if (p.pid() != pid)
                agree = false;
    });
    CHECK(agree);
}

TEST_CASE("200 children of eight threads are all reaped",
          "[popen][threads][fault:W11]")
{
    NoLeaks const no_leaks;
    std::vector<int> sums(8);
    in_threads(8, [&](int i) {
        for (int n = 0; n < 25; ++n)
            sums[static_cast<std::size_t>(i)] +=
                returncode_of({child("exit_with"), n});
    });
    CHECK(sums == std::vector<int>(8, 300));
}

TEST_CASE("200 children that end at once are all reaped",
          "[popen][threads][fault:W11]")
{
    NoLeaks const no_leaks;
    auto gate = make_pipe();
    std::vector<Popen> children;
    for (int n = 0; n < 200; ++n)
        children.push_back(Popen({child("copy")}, {.in = gate.read_end.get()}));
    gate.write_end.close();
    std::atomic<int> ended = 0;
    in_threads(8, [&](int i) {
        for (std::size_t n = static_cast<std::size_t>(i); n < 200; n += 8)
            if (children[n].wait() == 0)
                ++ended;
    });
    CHECK(ended == 200);
}

TEST_CASE("threads that talk to children do not disturb each other",
          "[popen][threads][fault:F03]")
{
    NoLeaks const no_leaks;
    std::atomic<int> right = 0;
    in_threads(8, [&](int i) {
        std::string const text(50'000, static_cast<char>('a' + i));
        for (int n = 0; n < 6; ++n) {
            Popen p(
                {child("copy_both")},
                {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe});
            auto const [out, err] = p.communicate(text, 15s);
            right += out.view() == text && err.view() == text;
        }
    });
    CHECK(right == 48);
}

TEST_CASE("children that fail to start in many threads leave nothing",
          "[popen][threads][fault:F05]")
{
    NoLeaks const no_leaks;
    std::atomic<int> refused = 0;
    in_threads(8, [&](int i) {
        for (int n = 0; n < 20; ++n)
            try {
                Popen p({"/no/such/program"},
                        {.out = Stdio::pipe, .preexec_fn = hook_if(i % 2)});
            } catch (SpawnError const& error) {
                refused += error.code() == std::errc::no_such_file_or_directory;
            }
    });
    CHECK(refused == 160);
}

TEST_CASE("detached children of many threads are reaped in the end",
          "[popen][threads][detach]")
{
    NoLeaks const no_leaks;
    std::vector<std::vector<int>> pids(4);
    in_threads(4, [&](int i) {
        for (int n = 0; n < 10; ++n) {
            Popen p({child("exit_with"), 0});
            pids[static_cast<std::size_t>(i)].push_back(p.pid());
            p.detach();
        }
    });
    for (auto const& of_thread : pids)
        for (int const pid : of_thread) {
            ::siginfo_t info{}; // it may be reaped already
            static_cast<void>(::waitid(P_PID, static_cast<::id_t>(pid), &info,
                                       WEXITED | WNOWAIT));
        }
    // A start looks at some of them, not at all.
    do
        CHECK(returncode_of({child("exit_with"), 0}) == 0);
    while (!no_leaks.left_behind().empty());
}

// A sanitizer's own locks may be held by the other threads at the fork.
#if !defined(RUNNEL_SANITIZED)
TEST_CASE("a fork of a busy process can start children",
          "[popen][threads][fault:T03]")
{
    NoLeaks const no_leaks;
    std::atomic<bool> done = false;
    std::vector<std::thread> busy;
    for (int i = 0; i < 2; ++i)
        busy.emplace_back([&] {
            while (!done)
                returncode_of({child("exit_with"), 0});
        });
    int right = 0;
    for (int n = 0; n < 20; ++n) {
        pid_t const pid = ::fork();
        if (pid == 0) {
            ::alarm(10);
            ::_exit(returncode_of({child("exit_with"), 33}));
        }
        int status = 0;
        ::waitpid(pid, &status, 0);
        right += WIFEXITED(status) && WEXITSTATUS(status) == 33;
    }
    done = true;
    for (auto& thread : busy)
        thread.join();
    CHECK(right == 20);
}
#endif
