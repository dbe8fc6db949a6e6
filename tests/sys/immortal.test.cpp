// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/immortal.hpp"
#include "support/children.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

TEST_CASE("an object that is never destroyed is made once", "[threads]")
{
    static constinit sys::Immortal<int> object;
    std::atomic<int> made = 0;
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            auto const& seen = object.get([&] { return 7 + made++; });
            right += seen == 7;
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(made == 1);
    CHECK(right == 4);
}

TEST_CASE("an object that could not be made is made at the next call",
          "[fault:T03]")
{
    static constinit sys::Immortal<int> object;
    CHECK_THROWS_AS(object.get([]() -> int { throw std::runtime_error("no"); }),
                    std::runtime_error);
    CHECK(object.get([] { return 3; }) == 3);
}

// A sanitizer's own locks may be held by the other thread at the fork.
#if !defined(RUNNEL_SANITIZED)
// The thread that makes it does not exist in the new process.
TEST_CASE("a process that is forked while an object is made makes its own",
          "[threads][fork][fault:T03]")
{
    NoLeaks const no_leaks;
    static constinit sys::Immortal<int> object;
    std::atomic<bool> begun = false;
    std::atomic<bool> may_end = false;
    std::thread maker([&] {
        object.get([&] {
            begun = true;
            while (!may_end)
                std::this_thread::yield();
            return 1;
        });
    });
    while (!begun)
        std::this_thread::yield();
    auto const pid = ::fork();
    if (pid == 0) {
        ::alarm(10); // in place of a hang
        ::_exit(object.get([] { return 2; }) == 2 ? 33 : 1);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    may_end = true;
    maker.join();
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 33);
    CHECK(object.get([] { return 2; }) == 1);
}
#endif
