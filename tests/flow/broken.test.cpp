// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What goes wrong in C++ among commands, and around it.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/generator.hpp"
#include "support/leaks.hpp"
#include "support/limits.hpp"
#include "support/private_process.hpp"
#include "support/process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <ranges>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>
#include <sys/resource.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

Command copy()
{
    return cmd(child("copy"));
}

auto const pass = stage([](LineRange in) { return in; });

} // namespace

TEST_CASE("a file that may not grow is an error, and no signal to us",
          "[ranges][tee][fault:S12]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& complaints) {
              TemporaryDirectory const directory;
              ::rlimit const limit{4096, 4096};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              try {
                  check((copy() < text(std::string(100'000, 'x')))
                        | tee(directory / "f") | (copy() > devnull));
                  complaints.complain("nothing was thrown");
              } catch (SubprocessError const& error) {
                  EXPECT_IN(complaints,
                            error.code() == std::errc::file_too_large);
              } catch (std::system_error const& error) {
                  EXPECT_IN(complaints,
                            error.code() == std::errc::file_too_large);
              }
          })
          == "");
}

TEST_CASE("a spilled capture that may not grow is an error, and no signal",
          "[ranges][fault:S12]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& complaints) {
              ::rlimit const limit{4096, 4096};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              auto const e =
                  (copy() < text(std::string(100'000, 'x'))) | capture;
              try {
                  static_cast<void>(
                      run(e, {.limit = {.bytes = 1000,
                                        .excess = CaptureLimit::spill}}));
                  complaints.complain("nothing was thrown");
              } catch (std::system_error const& error) {
                  EXPECT_IN(complaints,
                            error.code() == std::errc::file_too_large);
              }
          })
          == "");
}

TEST_CASE("a function that throws lets go of the one behind it",
          "[ranges][stage]")
{
    NoLeaks const no_leaks;
    auto const throws =
        stage([n = std::make_unique<int>(0)](LineRange) -> Strings {
            throw std::runtime_error("f threw");
        });
    auto const passes =
        stage([n = std::make_unique<int>(0)](LineRange in) { return in; });
    auto const e = cmd(child("print"), "a\n") | throws | passes;
    for (int i = 0; i < 2; ++i)
        CHECK_THROWS_WITH(collect(e | lines), "f threw");
}

TEST_CASE("a range that ends in C++ is polled or iterated, not both",
          "[ranges][event-loop]")
{
    NoLeaks const no_leaks;
    auto range = cmd(child("print"), "x\n") | pass | lines;
    CHECK(range.fd() >= 0);
    CHECK_THROWS_AS(collect(range), std::logic_error);
    while (!range.ended())
        static_cast<void>(range.try_next());
}

TEST_CASE("what cannot be read is an error, not the end", "[ranges][lines]")
{
    NoLeaks const no_leaks;
    auto const nowhere = Stdio("/proc/self/mem"); // EIO at its beginning
    CHECK_THROWS_AS(collect(nowhere | lines), std::system_error);
    CHECK_THROWS_AS(joined_bytes(nowhere | chunks(4096)), std::system_error);
}

TEST_CASE("a list does not go on after C++ has thrown", "[ranges][stage]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "next";
    auto const throws = stage([](LineRange in) {
        for ([[maybe_unused]] auto const& line : in) {}
        if (true)
            throw std::runtime_error("boom");
        return Strings{};
    });
    auto const first_part = copy() < text("a\n");
    auto const next = cmd(child("print"), "x") > file;
    for (int i = 0; i < 20; ++i) {
        CHECK_THROWS_WITH(
            run(seq(grouped(first_part | throws | (copy() > devnull)), next)),
            "boom");
        CHECK_FALSE(std::filesystem::exists(file));
    }
}

TEST_CASE("one that ended by itself before its reader left is judged by that",
          "[ranges][status]")
{
    NoLeaks const no_leaks;
    // The stage leaves when the child, which writes its pid, has ended.
    auto const e = sh("echo $$; echo 2; exit 3") | stage([](LineRange in) {
                       for (std::string_view const line : in) {
                           wait_for_end(std::stoi(std::string(line)));
                           return Strings{"1"};
                       }
                       return Strings{};
                   });
    auto range = e | lines({.check = false});
    CHECK(collect(range) == Strings{"1"});
    CHECK(range.result().returncode == 3);
}

TEST_CASE("a start that fails pulls nothing", "[ranges][in]")
{
    NoLeaks const no_leaks;
    int pulled = 0;
    auto const count = [&pulled]() -> Generator<std::string> {
        for (int i = 0; i < 3; ++i) {
            ++pulled;
            co_yield std::to_string(i);
        }
    };
    auto const both = grouped(copy() && cmd(child("exit_with"), 0));
    auto const e = count() | both | cmd("runnel-no-such-program");
    for (int i = 0; i < 2; ++i) // it was not run, so it can be run
        CHECK_THROWS_AS(run(e), SpawnError);
    CHECK(pulled == 0);
}

TEST_CASE("what cannot be copied belongs to one run at a time", "[ranges][in]")
{
    NoLeaks const no_leaks;
    auto const odd = std::views::filter([](int n) { return n % 2 == 1; });
    auto const e = (std::vector<int>{1, 2, 3} | odd | copy()) > capture;
    CHECK(run(e).out == "1\n3\n");
    CHECK(run(e).out == "1\n3\n");
    auto const once = stage([n = std::make_unique<int>(0)](LineRange in) {
        std::ranges::for_each(in, [](auto const&) {});
        return std::vector<int>{++*n};
    });
    auto const counts = (copy() < text("")) | once | copy() | capture;
    CHECK(run(counts).out == "1\n");
    CHECK(run(counts).out == "2\n");
    auto const running =
        start((cmd(child("sleep_until_killed")) | once) > devnull);
    CHECK_THROWS_WITH(run(counts), Catch::Contains("in use by another run"));
}

TEST_CASE("a loop sleeps while a stranger holds the pipe",
          "[ranges][event-loop][fault:W01]")
{
    NoLeaks const no_leaks;
    int turns = 0;
    auto const to_end = [&](LineRange& range) {
        while (!range.ended()) {
            ::pollfd item{range.fd(), POLLIN, 0};
            int wait = -1;
            if (auto const at = range.next_deadline())
                wait = static_cast<int>(
                    std::chrono::ceil<std::chrono::milliseconds>(
                        *at - std::chrono::steady_clock::now())
                        .count());
            ::poll(&item, 1, std::max(wait, 0));
            ++turns;
            static_cast<void>(range.try_next());
        }
    };
    CHECK_FALSE(in_time([&](Timeout limit) {
                    auto range = (cmd(child("leave_grandchild")) > err(devnull))
                               | lines({.timeout = limit});
                    turns = 0;
                    to_end(range);
                    return range.result();
                }).drained);
    CHECK(turns < 50);
}
