// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How many system calls things take. More would not be wrong, but slower. Sanitizers
// add calls of their own.
#ifndef RUNNEL_SANITIZED
#include "support/children.hpp"
#include "support/leaks.hpp"
#include "support/traced.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <string>

using namespace runnel;
using namespace runnel::test;

namespace {

/// Those of `work`, as text. If they cannot be counted, what is wanted.
std::string calls_of(std::function<void()> const& work,
                     std::string const& wanted)
{
    auto const calls = system_calls_of(work);
    if (!calls)
        WARN("system calls cannot be counted here");
    return calls ? to_string(*calls) : wanted;
}

Command nothing()
{
    return cmd(child("exit_with"), 0);
}

} // namespace

TEST_CASE("a process is started and reaped by five system calls",
          "[counts][popen]")
{
    NoLeaks const no_leaks;
    std::string const five = "clone3 1, close 1, rt_sigprocmask 2, waitid 1";
    auto const e = nothing();
    CHECK(calls_of([&] { (void)run(e); }, five) == five);
    // Other threads may use a Popen: one call waits, another collects.
    std::string const six = "clone3 1, close 1, rt_sigprocmask 2, waitid 2";
    std::vector<Word> const args{child("exit_with"), 0};
    CHECK(calls_of([&] { Popen(args).wait(); }, six) == six);
}

TEST_CASE("a stage more takes nine system calls more", "[counts]")
{
    NoLeaks const no_leaks;
    auto const pipeline = [](int stages) {
        Pipeline all = nothing();
        for (int i = 1; i < stages; ++i)
            all = all | nothing();
        return all;
    };
    auto const calls = [&](int stages) {
        auto const e = pipeline(stages);
        auto made = system_calls_of([&] { (void)run(e); });
        if (made) // how many ends one wait tells is chance
            made->erase("ppoll");
        return made;
    };
    auto const of_two = calls(2);
    auto const of_ten = calls(10);
    if (!of_two || !of_ten)
        return;
    SystemCalls more;
    for (auto const& [name, count] : *of_ten)
        more[name] = count - (of_two->contains(name) ? of_two->at(name) : 0);
    CHECK(to_string(more)
          == "clone3 8, close 24, fcntl 8, pipe2 8, rt_sigprocmask 16, "
             "waitid 8");
}

TEST_CASE("short output takes four system calls more than none", "[counts]")
{
    NoLeaks const no_leaks;
    std::string const nine = "clone3 1, close 3, pipe2 1, read 2, "
                             "rt_sigprocmask 2, waitid 1";
    auto const e = cmd(child("print"), "x");
    auto const captured = e > capture;
    CHECK(calls_of([&] { (void)read(e); }, nine) == nine);
    CHECK(calls_of([&] { (void)run(captured); }, nine) == nine);
}

TEST_CASE("much output through a pipe takes few reads", "[counts]")
{
    NoLeaks const no_leaks;
    auto const reads = [](int mebibytes) {
        auto const e = cmd(child("fill"), mebibytes << 20) > capture;
        auto const made = system_calls_of([&] { (void)run(e); });
        return made ? made->at("read") : 0;
    };
    // Four of 256 KiB, if the command fills the pipe meanwhile.
    CHECK(reads(32) - reads(8) <= 24 * 16);
}

TEST_CASE("a memory file takes the same calls for any size", "[counts]")
{
    NoLeaks const no_leaks;
    RunOptions const in_file{.capture_in = CaptureIn::memory_file};
    auto const calls = [&](int kibibytes) {
        auto const e = cmd(child("fill"), kibibytes << 10) > capture;
        return calls_of([&] { (void)run(e, in_file); }, "");
    };
    CHECK(calls(100) == calls(10'000));
}

#endif
