// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a job says of itself while it hangs. What a process waits for is asked until it
// is so: a process that has been started takes a while to come there.
#include "support/children.hpp"
#include "support/leaks.hpp"
#include "support/process.hpp"

#include <runnel/runnel.hpp>
#include <runnel/scripted.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <initializer_list>
#include <latch>
#include <ranges>
#include <regex>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// The text of `thing`, numbers replaced by N, once all `patterns` are in it. The
/// watchdog of the case ends the wait for what never comes.
template <class T>
std::string text_with(T const& thing,
                      std::initializer_list<std::string_view> patterns)
{
    std::regex const numbers("[0-9]+(\\.[0-9]+)?");
    for (;;) {
        auto const text = std::regex_replace(to_string(thing), numbers, "N");
        if (std::ranges::all_of(patterns, [&](auto pattern) {
                return text.find(pattern) != text.npos;
            }))
            return text;
        std::this_thread::yield();
    }
}

std::string pid_of(Job const& job, std::size_t stage)
{
    return "pid " + std::to_string(job.pids()[stage]) + ", ";
}

} // namespace

TEST_CASE("a job says which stages wait for input, and from whom",
          "[job][seen]")
{
    NoLeaks const no_leaks;
    auto job = start((cmd(child("copy")).named("left") < Stdio::pipe)
                     | cmd(child("copy")).named("right") | capture);
    CHECK(
        text_with(job, {"from stage N", "Job::in()"})
        == "job \"left | right\" runs\n"
           "  stage N of N \"left\": pid N, waits for input on stdin from this "
           "program, whose Job::in() is open\n"
           "  stage N of N \"right\": pid N, waits for input on stdin from "
           "stage "
           "N\n");
    CHECK(to_string(job).find(pid_of(job, 0)) != std::string::npos);
    CHECK(to_string(job).find(pid_of(job, 1)) != std::string::npos);
    job.in().close();
    job.wait().check_returncode();
}

TEST_CASE("a job says that a stage waits for its reader", "[job][seen]")
{
    NoLeaks const no_leaks;
    auto job = start(cmd(child("write_forever")).named("writer") > Stdio::pipe);
    CHECK(text_with(job, {"a reader"})
          == "job \"writer\" runs\n"
             "  stage N of N \"writer\": pid N, waits for a reader of stdout: "
             "this "
             "program, which must read Job::out()\n");
    job.kill();
    CHECK(job.wait().returncode == -SIGKILL);
}

TEST_CASE("a job says what an in-process stage waits for", "[job][seen]")
{
    NoLeaks const no_leaks;
    std::latch may_go_on(1);
    auto const holds_on = stage([&](LineRange in) {
        std::vector<std::string> kept;
        for (std::string_view line : in)
            kept.emplace_back(line);
        may_go_on.wait();
        return kept;
    });
    auto job = start((cmd(child("copy")).named("left") < Stdio::pipe) | holds_on
                     | cmd(child("copy")).named("right") | capture);
    CHECK(text_with(job, {"behind \"left\": waits for input"})
              .ends_with("  in-process \"stage\" behind \"left\": waits for "
                         "input from stage N\n"));
    job.in().write("a line\n");
    job.in().close();
    text_with(job, {"in-process \"stage\" behind \"left\": runs\n"});
    may_go_on.count_down();
    auto const done = job.wait();
    CHECK(done.out == "a line\n");
    CHECK(to_string(job).ends_with("behind \"left\": has ended\n"));
}

TEST_CASE("a job says that Job::in() is what an in-process stage waits for",
          "[job][seen]")
{
    NoLeaks const no_leaks;
    auto const first_of_all = stage([](LineRange in) { return in; });
    auto job =
        start((first_of_all | cmd(child("copy")) | capture) < Stdio::pipe);
    text_with(job,
              {"waits for input from this program, whose Job::in() is open"});
    job.in().close();
    CHECK(job.wait().returncode == 0);
}

TEST_CASE("a job says who must read the output of an in-process stage",
          "[job][seen]")
{
    NoLeaks const no_leaks;
    auto const endless = std::views::iota(0) | std::views::transform([](int i) {
                             return std::to_string(i);
                         });
    bool const to_us = GENERATE(false, true);
    auto const reader = cmd(child("sleep_until_killed")).named("sleeper");
    auto job =
        to_us
            ? start((endless | stage(std::views::take(1 << 30))) > Stdio::pipe)
            : start(endless | (reader > capture));
    text_with(job, {to_us ? "waits for a reader of its output: this program, "
                            "which must read Job::out()\n"
                          : "in-process \"range\" in front of \"sleeper\": "
                            "waits for a reader of its output: \"sleeper\"\n"});
    job.kill();
    job.wait();
}

TEST_CASE("a job says how its commands ended", "[job][seen]")
{
    NoLeaks const no_leaks;
    auto job = start((cmd(child("exit_with"), 3).named("first"))
                     | cmd(child("copy")).named("second") | capture);
    CHECK(job.wait().returncode == 3);
    CHECK(std::regex_replace(to_string(job), std::regex("pid [0-9]+"), "pid N")
          == "job \"first | second\" has ended\n"
             "  stage 1 of 2 \"first\": pid N, ended with exit code 3\n"
             "  stage 2 of 2 \"second\": pid N, ended with exit code 0\n");
}

TEST_CASE(
    "a job names the process that keeps a capture open after its command has "
    "ended",
    "[job][seen]")
{
    NoLeaks const no_leaks;
    auto job = start(cmd(child("leave_grandchild")).named("daemon") | capture,
                     {.containment = Containment::group});
    auto const text = text_with(job, {"still open", "ended with"});
    CHECK(text
          == "job \"daemon\" runs\n"
             "  stage N of N \"daemon\": pid N, ended with exit code N\n"
             "  the captured stdout of stage N is still open: pid N "
             "(leave_grandchil), which is no command of this job\n");
    job.tear_down();
}

TEST_CASE("a job says when its time limits pass", "[job][seen]")
{
    NoLeaks const no_leaks;
    auto job =
        start(cmd(child("sleep_until_killed")).named("sleeper").timeout(1h)
                  | tee(capture)
                  | cmd(child("copy")).named("copy").idle_timeout(2h) | capture,
              {.timeout = 3h});
    auto const text =
        text_with(job, {"waits for a signal", "from this program (tee)"});
    CHECK(text.starts_with("job \"sleeper | tee | copy\" runs; its time limit "
                           "passes in N:N:N\n"));
    CHECK(text.find("waits for a signal; its time limit passes in N:N")
          != text.npos);
    CHECK(text.find("(tee); its idle limit passes in N:N") != text.npos);
    job.kill();
    CHECK(job.wait().failed);
}

TEST_CASE("a job says which commands of a list have not been started",
          "[job][seen]")
{
    NoLeaks const no_leaks;
    auto job = start(((cmd(child("copy")).named("first") < Stdio::pipe)
                      && cmd(child("copy")).named("second"))
                     > devnull);
    CHECK(text_with(job, {"waits for input"})
              .ends_with("  stage N of N \"second\": not started\n"));
    job.kill();
    CHECK(job.wait().failed);
}

TEST_CASE("a job that is being ended says so", "[job][seen]")
{
    NoLeaks const no_leaks;
    StopSource source;
    auto job = start(cmd(child("ignore_term")).named("stubborn") > Stdio::pipe,
                     {.stop = source.token(), .teardown = {{SIGTERM, 1h}}});
    char ready = 0;
    REQUIRE(job.out().read_some({&ready, 1}) == 1);
    source.request_stop();
    CHECK(text_with(job, {"is being ended"})
              .starts_with("job \"stubborn\" runs, and is being ended\n"));
    job.kill();
    CHECK_THROWS_AS(job.wait(), StopRequested);
}

TEST_CASE("what a job waits for may be asked from another thread",
          "[job][seen]")
{
    NoLeaks const no_leaks;
    auto job = start((cmd(child("copy")) < Stdio::pipe) | capture);
    std::string text;
    std::thread watcher([&] {
        text = text_with(job, {"Job::in() is open"});
        job.kill();
    });
    CHECK(job.wait().returncode == -SIGKILL);
    watcher.join();
    CHECK(text.find("waits for input") != text.npos);
}

TEST_CASE("what a job waits for shows no secret", "[job][seen][secrets]")
{
    NoLeaks const no_leaks;
    auto job = start((cmd(child("copy"), secret("tell-nobody")) < Stdio::pipe)
                     > devnull);
    CHECK(text_with(job, {"***"}).find("tell-nobody") == std::string::npos);
    job.kill();
    CHECK(job.wait().failed);
}

TEST_CASE("a job that was moved from waits for nothing", "[job][seen]")
{
    auto job = start(cmd(child("exit_with"), 0));
    auto const other = std::move(job);
    // NOLINTNEXTLINE(bugprone-use-after-move): that is the case
    CHECK(to_string(job) == "no job: moved from, or detached\n");
}

TEST_CASE("a job of a fake says how its commands ended", "[job][seen]")
{
    Scripted fake;
    fake.on("ls").exits(2);
    auto job = start(cmd("ls"), {.executor = &fake});
    CHECK(job.wait().returncode == 2);
    auto const text = to_string(job);
    CHECK(text.starts_with("job \"ls\" has ended\n"));
    CHECK(text.ends_with("ended with exit code 2\n"));
}

TEST_CASE("a Popen says what its child waits for", "[popen][seen]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy"), "a b"}, {.in = Stdio::pipe, .out = Stdio::pipe});
    CHECK(text_with(p, {"waits for input"})
              .ends_with(
                  "copy 'a b'\": pid N, waits for input on stdin from this "
                  "program"));
    p.in().close();
    CHECK(p.wait() == 0);
    CHECK(to_string(p).ends_with(std::to_string(p.pid())
                                 + ", ended with exit code 0"));
}

TEST_CASE("a Popen names a stranger that holds the pipe which its child reads",
          "[popen][seen]")
{
    NoLeaks const no_leaks;
    Popen reader({child("copy")}, {.in = Stdio::pipe});
    // Another child got the write end as well: a common reason of a hang.
    Popen holder({child("sleep_until_killed")},
                 {.out = Stdio::devnull, .pass_fds = {reader.in().fd()}});
    auto const holds =
        "pid " + std::to_string(holder.pid()) + " (sleep_until_kil)";
    reader.in().close();
    while (to_string(reader).find("waits for input on stdin from pid")
           == std::string::npos)
        std::this_thread::yield();
    CHECK(to_string(reader).ends_with(holds));
    holder.kill();
    CHECK(holder.wait() == -SIGKILL);
    CHECK(reader.wait() == 0);
}
