// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Objects that stand for nothing any more, and errors of the system: told in
// types that a caller of this library catches.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cerrno>
#include <csignal>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

TEST_CASE("a Popen without a child refuses every question in words",
          "[popen][found:F7]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 0});
    bool const detached = GENERATE(false, true);
    std::optional<Popen> moved;
    if (detached)
        p.detach();
    else
        moved.emplace(std::move(p));
    std::vector<std::function<void()>> const calls = {
        [&] { (void)p.wait(); },
        [&] { (void)p.wait(1s); },
        [&] { (void)p.poll(); },
        [&] { (void)p.communicate(); },
        [&] { p.kill(); },
        [&] { p.terminate(); },
        [&] { p.send_signal(SIGINT); },
        [&] { p.detach(); },
        [&] { (void)p.in(); },
        [&] { (void)p.out(); },
        [&] { (void)p.err(); },
        [&] { (void)p.pid(); },
        [&] { (void)p.args(); },
        [&] { (void)p.returncode(); },
        [&] { (void)p.status(); },
        [&] { (void)p.usage(); },
    };
    for (auto const& call : calls)
        CHECK(message_of<std::logic_error>(call)
              == "this Popen has no child: it was moved from, or its child was "
                 "detached");
    p = Popen({child("exit_with"), 3});
    CHECK(p.wait() == 3);
    moved.reset();
    while (!no_leaks.left_behind().empty()) // the detached one
        CHECK(Popen({child("exit_with"), 0}).wait() == 0);
}

TEST_CASE("a Job that was moved from refuses every question in words",
          "[job][found:F7]")
{
    NoLeaks const no_leaks;
    auto job = start(cmd(child("exit_with"), 0));
    auto const moved = std::move(job);
    std::vector<std::function<void()>> const calls = {
        [&] { (void)job.wait(); },          [&] { (void)job.wait_for(1s); },
        [&] { (void)job.poll(); },          [&] { job.kill(); },
        [&] { job.terminate(); },           [&] { job.send_signal(SIGINT); },
        [&] { job.tear_down(); },           [&] { (void)job.in(); },
        [&] { (void)job.out(); },           [&] { (void)job.err(); },
        [&] { (void)job.size(); },          [&] { (void)job.pids(); },
        [&] { (void)job.statuses(); },      [&] { (void)job.fd(); },
        [&] { (void)job.next_deadline(); }, [&] { (void)job.step(); },
    };
    for (auto const& call : calls)
        CHECK(message_of<std::logic_error>(call)
              == "this Job runs nothing: it was moved from, or detached");
    job.forward(SIGTERM); // may be called by a signal handler: does nothing
    job = start(cmd(child("exit_with"), 3));
    CHECK(job.wait().returncode == 3);
}

TEST_CASE("a write to a child that has gone is an error of this library",
          "[popen][streams][found:F6]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 0}, {.in = Stdio::pipe, .bufsize = 0});
    p.wait();
    try {
        p.in().write("x");
        FAIL("nothing was thrown");
    } catch (SubprocessError const& error) {
        CHECK(error.code() == std::errc::broken_pipe);
        CHECK_THAT(error.what(), Catch::StartsWith("cannot write to stdin: "));
    }
}

TEST_CASE("a wait, a read or a descriptor that is refused is an error of this "
          "library",
          "[job][faults][found:F6]")
{
    NoLeaks const no_leaks;
    auto const expect = [](char const* call, std::string const& words,
                           std::function<void()> const& act) {
        CAPTURE(call);
        Faults faults;
        faults.fail_always(call, EMFILE);
        CHECK_THAT(message_of<SystemError>(act), Catch::StartsWith(words));
    };
    auto const e = cmd(child("exit_with"), 0);
    expect("ppoll", "cannot wait for a job",
           [&] { (void)run(e > capture, {.timeout = 10s}); });
    expect("eventfd", "cannot make an event descriptor",
           [&] { (void)start(e > capture); });
    expect("epoll_create", "cannot make an epoll descriptor", [&] {
        auto job = start(e, {.pump = Pump::caller});
        (void)job.fd();
    });
}

TEST_CASE(
    "a file that cannot be opened for a range is an error of this library",
    "[lines][found:F6]")
{
    NoLeaks const no_leaks;
    CHECK_THAT(message_of<SystemError>([] {
                   for (auto const line : Stdio("/no/such/file") | lines)
                       static_cast<void>(line);
               }),
               Catch::StartsWith("cannot open \"/no/such/file\": "));
}

TEST_CASE("a range that was read to its end is not read again in silence",
          "[lines][found:F8]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "1\n2\n3\n");
    auto const read_all = [](auto const& range) {
        std::size_t count = 0;
        for (auto const& piece : range) {
            static_cast<void>(piece);
            ++count;
        }
        return count;
    };
    auto const check_twice = [&](auto range, std::string const& what) {
        CHECK(read_all(range) > 0);
        for (int i = 0; i < 2; ++i)
            CHECK(message_of<std::logic_error>([&] { read_all(range); })
                  == "this range has been read to its end, and output is read "
                     "once: collect the "
                         + what + " to read them again");
    };
    check_twice(e | lines, "lines");
    check_twice(e | records('2'), "lines");
    check_twice(e | chunks(100), "chunks");
    check_twice(e | tagged, "lines");
    Popen p({child("print"), "1\n"}, {.out = Stdio::pipe});
    check_twice(p.out() | lines, "lines");
    check_twice(Stdio("/etc/passwd") | lines, "lines");
}

TEST_CASE("a range that was left early goes on where it was left",
          "[lines][found:F8]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "1\n2\n3"); // the last one has no end
    auto const range = e | lines;
    std::string all;
    for (int i = 0; i < 4; ++i)
        for (std::string_view const line : range) {
            all += line;
            if (i < 3)
                break;
        }
    CHECK(all == "111123"); // a line that no iterator passed comes again
    auto const empty = cmd(child("exit_with"), 0) | lines;
    CHECK(empty.begin() == empty.end());
    LineRange const none;
    CHECK(none.begin() == none.end());
    CHECK(none.begin() == none.end());
}
