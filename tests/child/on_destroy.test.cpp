// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What becomes of a child when its Popen goes.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/process.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

bool exists(int pid)
{
    return ::kill(pid, 0) == 0;
}

struct Log : Observer {
    void killed(Killed const& e) noexcept override
    {
        signals.push_back(e.signal);
    }
    void exited(Exited const& e) noexcept override { status = e.status; }
    std::vector<int> signals;
    ExitStatus status;
};

} // namespace

TEST_CASE("the destructor closes the streams and waits",
          "[popen][on_destroy][row:P52][fault:W09][promise:P12]")
{
    NoLeaks const no_leaks;
    int pid = 0;
    {
        Popen p({child("copy_both")},
                {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe});
        pid = p.pid();
    }
    CHECK(!exists(pid));
}

TEST_CASE("the destructor sends what was written and not flushed",
          "[popen][on_destroy][row:P52]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    {
        Popen p({child("copy")}, {.in = Stdio::pipe, .out = file});
        p.in().write("unflushed");
    }
    CHECK(read_file(file) == "unflushed");
}

TEST_CASE("the destructor does not mind a child that has gone",
          "[popen][on_destroy][row:P52]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 0}, {.in = Stdio::pipe});
    p.wait();
    p.in().write("nobody reads this");
}

TEST_CASE("an exception waits for the child as any way out",
          "[popen][on_destroy][row:P52]")
{
    NoLeaks const no_leaks;
    int pid = 0;
    try {
        Popen p({child("copy")}, {.in = Stdio::pipe});
        pid = p.pid();
        throw 1;
    } catch (int) {
    }
    CHECK(!exists(pid));
}

TEST_CASE("teardown ends a child that heeds SIGTERM at once",
          "[popen][on_destroy][teardown][promise:P24]")
{
    NoLeaks const no_leaks;
    Log log;
    {
        Popen p({child("exit_on_term")}, {.out = Stdio::pipe,
                                          .on_destroy = OnDestroy::teardown,
                                          .observer = &log});
        REQUIRE(is_ready(p));
    }
    CHECK(log.signals == std::vector{SIGTERM});
    CHECK(log.status.code() == 7);
}

TEST_CASE("teardown kills a child that ignores SIGTERM after two seconds",
          "[popen][on_destroy][teardown][promise:P24]")
{
    NoLeaks const no_leaks;
    Log log;
    auto const begin = Clock::now();
    {
        Popen p({child("ignore_term")}, {.out = Stdio::pipe,
                                         .on_destroy = OnDestroy::teardown,
                                         .observer = &log});
        REQUIRE(is_ready(p));
    }
    CHECK(Clock::now() - begin >= 2s);
    CHECK(log.signals == std::vector{SIGTERM, SIGKILL});
    CHECK(log.status.signal() == SIGKILL);
}

TEST_CASE("teardown of a child that has ended sends nothing",
          "[popen][on_destroy][teardown]")
{
    NoLeaks const no_leaks;
    Log log;
    {
        Popen p({child("exit_with"), 4},
                {.on_destroy = OnDestroy::teardown, .observer = &log});
        p.wait();
    }
    CHECK(log.signals.empty());
    CHECK(log.status.code() == 4);
}

namespace {

/// A child that ignores these signals from its first instruction on.
PopenOptions ignoring(std::vector<int> signals, Log& log)
{
    return {.ignored_signals = std::move(signals),
            .on_destroy = OnDestroy::teardown,
            .observer = &log};
}

std::vector<std::string> const sleeping{child("sleep_until_killed")};

} // namespace

TEST_CASE("a teardown takes its steps in order, then kills",
          "[popen][on_destroy][teardown]")
{
    NoLeaks const no_leaks;
    Log log;
    auto options = ignoring({SIGHUP, SIGINT, SIGTERM}, log);
    options.teardown = {{SIGHUP, 1ms}, {0, 1ms}, {SIGINT, 1ms}, {SIGTERM, 1ms}};
    {
        Popen const p(sleeping, options);
    }
    CHECK(log.signals == std::vector{SIGHUP, SIGINT, SIGTERM, SIGKILL});
    CHECK(log.status.signal() == SIGKILL);
}

TEST_CASE("a teardown ends with the step that the child heeds",
          "[popen][on_destroy][teardown]")
{
    NoLeaks const no_leaks;
    Log log;
    auto options = ignoring({SIGINT}, log);
    options.teardown = {{SIGINT, 1ms}, {SIGTERM, 1h}, {SIGHUP, 1h}};
    {
        Popen const p(sleeping, options);
    }
    CHECK(log.signals == std::vector{SIGINT, SIGTERM});
    CHECK(log.status.signal() == SIGTERM);
}

TEST_CASE("a teardown without steps kills at once",
          "[popen][on_destroy][teardown]")
{
    NoLeaks const no_leaks;
    Log log;
    auto options = ignoring({}, log);
    options.teardown = Teardown::kill();
    {
        Popen const p(sleeping, options);
    }
    CHECK(log.signals == std::vector{SIGKILL});
}

TEST_CASE("tear_down ends a child and gives its returncode",
          "[popen][teardown]")
{
    NoLeaks const no_leaks;
    Log log;
    auto options = ignoring({SIGTERM}, log);
    options.out = Stdio::pipe;
    options.teardown = {{SIGTERM, 1ms}};

    SECTION("as its options say")
    {
        Popen p(sleeping, options);
        CHECK(p.tear_down() == -SIGKILL);
        CHECK(log.signals == std::vector{SIGTERM, SIGKILL});
    }
    SECTION("as it is told")
    {
        Popen p(sleeping, options);
        CHECK(p.tear_down({{SIGINT, 1h}}) == -SIGINT);
        CHECK(log.signals == std::vector{SIGINT});
    }
    SECTION("unless it has ended")
    {
        Popen p({child("exit_with"), 4}, options);
        p.wait();
        CHECK(p.tear_down() == 4);
        CHECK(log.signals.empty());
    }
    SECTION("and leaves what it wrote to be read")
    {
        Popen p({child("write_then_wait"), "text"}, options);
        char byte;
        REQUIRE(p.out().read_some({&byte, 1}) == 1);
        CHECK(p.tear_down() == -SIGKILL);
        CHECK(p.out().read() == "ext");
    }
}

TEST_CASE("a detached child goes on, and is reaped by a later start",
          "[popen][on_destroy][detach][fault:W09]")
{
    NoLeaks const no_leaks;
    auto gate = make_pipe();
    auto done = make_pipe();
    int pid = 0;
    PopenOptions options{.in = gate.read_end.get(),
                         .out = done.write_end.get()};
    SECTION("by the option")
    {
        options.on_destroy = OnDestroy::detach;
        Popen p({child("copy")}, options);
        pid = p.pid();
    }
    SECTION("by the function")
    {
        Popen p({child("copy")}, options);
        pid = p.pid();
        p.detach();
    }
    gate.read_end.close();
    done.write_end.close();
    CHECK(exists(pid));
    CHECK(::write(gate.write_end.get(), "on", 2) == 2);
    gate.write_end.close();
    CHECK(read_all(done.read_end.get()) == "on");
    ::siginfo_t info{};
    CHECK(::waitid(P_PID, static_cast<::id_t>(pid), &info, WEXITED | WNOWAIT)
          == 0);
    Popen({child("exit_with"), 0}).wait();
    CHECK(!exists(pid));
}

TEST_CASE("a destructor closes the outputs before it flushes stdin",
          "[popen][on_destroy][found:B1]")
{
    NoLeaks const no_leaks;
    // One writes more than a pipe holds before it reads its stdin, the other
    // reads nothing of what is more than a pipe holds.
    {
        Popen p({"sh", "-c", "\"$0\" 1000000; cat", child("fill")},
                {.in = Stdio::pipe, .out = Stdio::pipe});
        p.in().write("not flushed");
    }
    {
        Popen p({child("fill"), 0, 1'000'000},
                {.in = Stdio::pipe, .err = Stdio::pipe, .bufsize = 1 << 20});
        p.in().write(std::string(500'000, 'x'));
    }
}

TEST_CASE("detach closes our ends of the pipes", "[popen][on_destroy][detach]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    Popen p({child("copy")}, {.in = Stdio::pipe, .out = file});
    int const pid = p.pid();
    p.in().write("unflushed");
    p.detach(); // the child sees the end of its input
    wait_for_end(pid); // detach may have collected it
    CHECK(read_file(file) == "unflushed");
    p = Popen({child("exit_with"), 5});
    CHECK(p.wait() == 5);
    CHECK(!exists(pid));
}

TEST_CASE("a moved Popen is the same child, the old one is empty",
          "[popen][on_destroy][move]")
{
    NoLeaks const no_leaks;
    STATIC_REQUIRE(std::is_nothrow_move_constructible_v<Popen>);
    STATIC_REQUIRE(std::is_nothrow_move_assignable_v<Popen>);
    STATIC_REQUIRE(!std::is_copy_constructible_v<Popen>);
    STATIC_REQUIRE(!std::is_copy_assignable_v<Popen>);
    STATIC_REQUIRE(!std::is_default_constructible_v<Popen>);

    Popen first({child("copy")}, {.in = Stdio::pipe, .out = Stdio::pipe});
    int const pid = first.pid();
    first.in().write("text");
    std::vector<Popen> list;
    list.push_back(std::move(first));
    CHECK(list[0].pid() == pid);
    CHECK(list[0].communicate().out == "text");
    first = std::move(list[0]);
    CHECK(first.returncode() == 0);
}

TEST_CASE("assigning to a Popen waits for the child it had",
          "[popen][on_destroy][move]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy")}, {.in = Stdio::pipe});
    int const first = p.pid();
    p = Popen({child("exit_with"), 6});
    CHECK(!exists(first));
    CHECK(p.wait() == 6);
    auto& same = p;
    p = std::move(same);
    CHECK(p.returncode() == 6);
}

TEST_CASE("letting go of a child does not wait for its full stdin",
          "[popen][on_destroy]")
{
    NoLeaks const no_leaks;
    auto const fill = [](Popen& p) {
        p.in().write(std::string(65536, 'x')); // the pipe is full
        p.in().write("left in the buffer");
    };
    {
        Popen p({child("sleep_until_killed")},
                {.in = Stdio::pipe,
                 .out = Stdio::pipe,
                 .bufsize = 8192,
                 .on_destroy = OnDestroy::teardown});
        REQUIRE(is_ready(p));
        fill(p);
    }
    CHECK(no_leaks.left_behind() == "");
    Popen p({child("sleep_until_killed")},
            {.in = Stdio::pipe, .out = Stdio::pipe, .bufsize = 8192});
    REQUIRE(is_ready(p));
    fill(p);
    int const pid = p.pid();
    p.detach();
    ::kill(pid, SIGKILL);
    while (!no_leaks.left_behind().empty())
        CHECK(returncode_of({child("exit_with"), "0"}) == 0);
}
