// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The n-th allocation fails, for every n: nothing is left behind, and no child
// goes on running.
#include "support/children.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <functional>
#include <new>

namespace {

int allocations_left = -1; ///< -1: as many as wanted
std::size_t most_bytes = 0; ///< of one allocation; 0: as many as wanted

void* allocate(std::size_t size, std::size_t alignment)
{
    if (allocations_left == 0 || (most_bytes != 0 && size > most_bytes))
        throw std::bad_alloc();
    if (allocations_left > 0)
        --allocations_left;
    void* const memory = std::aligned_alloc(
        alignment, (size + alignment - 1) / alignment * alignment);
    if (memory == nullptr)
        throw std::bad_alloc();
    return memory;
}

} // namespace

void* operator new(std::size_t size)
{
    return allocate(size, alignof(std::max_align_t));
}

void* operator new(std::size_t size, std::align_val_t alignment)
{
    return allocate(size, static_cast<std::size_t>(alignment));
}

void operator delete(void* memory) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::align_val_t) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::size_t, std::align_val_t) noexcept
{
    std::free(memory);
}

using namespace runnel;
using namespace runnel::test;

namespace {

struct Sweep {
    int failures = 0;
    bool worked = false;
    std::string left_behind;
};

/// Runs `attempt` with 0, 1, 2, ... allocations until it has enough.
Sweep sweep(std::function<void()> const& attempt)
{
    Sweep result;
    for (int n = 0; n < 2000 && !result.worked; ++n) {
        NoLeaks const nothing;
        allocations_left = n;
        try {
            attempt();
            result.worked = true;
        } catch (std::bad_alloc const&) {
            ++result.failures;
        } catch (std::exception const&) { // it failed as it does with memory
            result.worked = allocations_left > 0;
        }
        allocations_left = -1;
        result.left_behind += nothing.left_behind();
    }
    return result;
}

void check_sweep(std::function<void()> const& attempt)
{
    attempt(); // what is allocated once for all is so now
    auto const done = sweep(attempt);
    CHECK(done.left_behind == "");
    CHECK(done.worked);
    CHECK(done.failures > 5);
}

} // namespace

TEST_CASE("a Popen without memory leaves nothing", "[memory][fault:W10]")
{
    NoLeaks const no_leaks;
    auto const program = child("copy");
    check_sweep([&] {
        Popen p({program}, {.in = Stdio::pipe, .out = Stdio::pipe});
        (void)p.communicate("a few bytes");
    });
}

TEST_CASE("a forked Popen without memory leaves nothing", "[memory][fault:W10]")
{
    NoLeaks const no_leaks;
    auto const program = child("copy");
    check_sweep([&] {
        Popen p({program},
                {.in = Stdio::pipe, .out = Stdio::pipe, .preexec_fn = [] {}});
        (void)p.communicate("a few bytes");
    });
}

TEST_CASE("a pipeline without memory leaves nothing", "[memory][fault:W10]")
{
    NoLeaks const no_leaks;
    auto const e =
        cmd(child("print"), "x") | cmd(child("copy")) | cmd(child("copy"));
    check_sweep([&] { (void)run(e, {.capture_output = true}); });
}

TEST_CASE("many captured stages without memory leave nothing",
          "[memory][fault:W10]")
{
    NoLeaks const no_leaks;
    Pipeline e = cmd(child("print"), "x");
    for (int i = 0; i < 17; ++i)
        e = e | cmd(child("copy"));
    for (int n : {400, 500, 600, 700, 750, 800, 850, 900, 1000, 1100}) {
        NoLeaks const nothing;
        allocations_left = n;
        try {
            (void)run(e, {.capture_output = true});
        } catch (std::bad_alloc const&) {
        }
        allocations_left = -1;
        CHECK(nothing.left_behind() == "");
    }
}

TEST_CASE("a range without memory leaves nothing, also half way",
          "[memory][fault:W10]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("write_forever")) | cmd(child("copy"));
    check_sweep([&] {
        int seen = 0;
        for (std::string_view const line : e | lines)
            if (!line.empty() && ++seen == 3)
                break;
    });
}

TEST_CASE("a failing pipeline without memory leaves nothing",
          "[memory][fault:W10]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("write_forever")) | cmd("no-such-program");
    auto const attempt = [&] {
        try {
            (void)run(e);
        } catch (SpawnError const&) {
        }
    };
    check_sweep(attempt);
}

TEST_CASE("a list without memory leaves nothing", "[memory][fault:W10]")
{
    NoLeaks const no_leaks;
    auto const copy = cmd(child("copy"));
    auto const print = cmd(child("print"), "x");
    auto const group = (cmd("no-such-program") || print) && seq(print, copy);
    auto const e = ((group < "/dev/null") | copy | copy) > err("/dev/null");
    auto const captured = e | capture;
    check_sweep([&] { (void)run(captured); });
}

TEST_CASE("a set of jobs without memory leaves nothing",
          "[memory][ends][fault:W10]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("exit_with"), 3);
    check_sweep([&] {
        auto job = start(e);
        auto other = start(e, {.pump = Pump::caller});
        for (auto const& ended : as_they_end(std::vector{&job, &other}))
            (void)ended.job.wait();
    });
}

TEST_CASE("a job without memory leaves nothing", "[memory][fault:W10]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("copy")) | cmd(child("copy"));
    auto const captured = e | capture;
    check_sweep([&] {
        StopSource const stop;
        auto job = start(captured, {.input = "x",
                                    .timeout = std::chrono::seconds(20),
                                    .stop = stop.token(),
                                    .pump = Pump::caller});
        (void)job.fd();
        while (!job.step()) {}
        (void)job.wait();
    });
}

TEST_CASE("a string without much memory grows as far as it must",
          "[memory][fault:W10]")
{
    NoLeaks const no_leaks;
    auto const many = cmd(child("fill"), 3 << 20);
    most_bytes = 5 << 20;
    auto const text = read(many);
    most_bytes = 2 << 20;
    CHECK_THROWS_AS(read(many), std::bad_alloc);
    most_bytes = 0;
    CHECK(text.size() == 3 << 20);
}
