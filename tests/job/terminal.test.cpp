// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Expressions on a pseudo-terminal.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/leaks.hpp"
#include "support/tree.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <ranges>
#include <string>
#include <thread>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// Line ends as the program writes them, and no echo.
constexpr Pty quiet{.echo = false, .keep_newlines = true};

auto tell(char const* what)
{
    return cmd(child("tell_terminal"), what);
}

auto tell(char const* what, char const* then)
{
    return cmd(child("tell_terminal"), what, then);
}

} // namespace

// --- each verb -----------------------------------------------------------------------

TEST_CASE("every verb that reads stdout reads the terminal of a command",
          "[pty][language]")
{
    NoLeaks const no_leaks;
    auto const e = tell("streams").pty(quiet);
    std::string const seen = "streams: 0 1 2\n";
    CHECK(read(e) == "streams: 0 1 2");
    CHECK(run(e, {.capture_output = true}).out == seen);
    CHECK(check(e, {.capture_output = true}).out == seen);
    std::vector<std::string> all;
    for (auto const line : e | lines)
        all.emplace_back(line);
    CHECK(all == std::vector<std::string>{"streams: 0 1 2"});
    for (auto const& line : e | tagged)
        all.push_back(line.line);
    CHECK(all.size() == 2);
    std::size_t size = 0;
    for (auto const& chunk : e | chunks(64))
        size += chunk.size();
    CHECK(size == seen.size());
    auto job = start(e);
    CHECK(job.out().read() == seen);
    CHECK_FALSE(job.err().is_open());
    CHECK(job.wait());
}

TEST_CASE("what a terminal shows is stdout of the whole", "[pty][language]")
{
    NoLeaks const no_leaks;
    auto const e = tell("error", "size").pty(quiet);
    auto const done = run(e, {.capture_output = true});
    CHECK(done.out == "an error\nsize: 24 80\n");
    CHECK_FALSE(done.err.captured());
    CHECK(done.stages[0].out == "an error\nsize: 24 80\n");
}

TEST_CASE("if stdout goes on in a pipeline, stderr is what the terminal shows",
          "[pty][language]")
{
    NoLeaks const no_leaks;
    auto const e = tell("error", "streams").pty(quiet) | cmd(child("copy"));
    auto const done = run(e, {.capture_output = true});
    CHECK(done.out == "streams: 0 2\n");
    CHECK(done.stages[0].err == "an error\n");
    std::vector<std::string> all;
    for (auto const line : stderr_of(e) | lines)
        all.emplace_back(line);
    CHECK(all == std::vector<std::string>{"an error"});
}

TEST_CASE("a terminal that nobody reads is refused", "[pty][language]")
{
    NoLeaks const no_leaks;
    auto const refusal = [](auto const& e) {
        return message_of<std::invalid_argument>(
            [&] { static_cast<void>(run(e)); });
    };
    CHECK(
        refusal(cmd("true").pty())
        == "nobody reads the terminal of \"true\": use start() and the streams "
           "of the Job, or read, lines or capture_output");
    CHECK(
        refusal((cmd("true").pty() < devnull) > devnull > err(devnull))
        == "a terminal is asked for, but stdin, stdout and stderr of \"true\" "
           "all lead elsewhere");
    CHECK_THROWS_AS(cmd("true").pty({.rows = 70000}), std::invalid_argument);
}

TEST_CASE("input of a run is typed, and then end of file", "[pty][language]")
{
    NoLeaks const no_leaks;
    auto const e = tell("all").pty(quiet);
    CHECK(read(e, {.input = "typed"}) == "all: 5");
    CHECK(read(e, {.input = "a line\n"}) == "all: 7");
    CHECK(read(e) == "all: 0");
    CHECK(run(e, {.input = "typed", .capture_output = true}).out == "all: 5\n");
}

TEST_CASE("input goes to the first command, if that is not on the terminal",
          "[pty][language]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("copy")) | tell("all").pty(quiet);
    CHECK(read(e, {.input = "12345"}) == "all: 5");
}

// --- pipelines and lists -------------------------------------------------------------

TEST_CASE("a whole pipeline on one terminal", "[pty][pipeline]")
{
    NoLeaks const no_leaks;
    auto const both = tell("error", "streams") | tell("streams", "all");
    auto const done = run(both.pty(quiet), {.capture_output = true});
    REQUIRE(done.stages.size() == 2);
    auto const all = done.out.str();
    CHECK(all.find("an error\n") != all.npos);
    CHECK(all.find("streams: 1 2\n") != all.npos);
    CHECK(all.find("all: 13\n") != all.npos); // "streams: 0 2"
}

TEST_CASE("the last command of a pipeline leads the session of the terminal",
          "[pty][pipeline]")
{
    NoLeaks const no_leaks;
    auto const two = tell("foreground") | tell("line", "foreground");
    CHECK(run(two.pty(quiet), {.capture_output = true}).out
          == "line: foreground: follows\nforeground: leads, in front\n");
}

TEST_CASE("if the last command is not on the terminal, another one leads",
          "[pty][pipeline]")
{
    NoLeaks const no_leaks;
    auto const e = tell("foreground").pty(quiet) | cmd(child("copy"));
    auto job = start(e > Stdio::pipe);
    CHECK(job.out().read() == "foreground: leads, in front\n");
    CHECK(job.err().read() == "");
    CHECK(job.wait());
}

TEST_CASE("a pager at the end of a pipeline gets keys from the terminal",
          "[pty][pipeline]")
{
    NoLeaks const no_leaks;
    auto const e =
        cmd(child("print"), "text") | tell("line", "password").pty(quiet);
    auto job = start(e);
    CHECK(job.out().read_until("password: ", 10s) == "line: textpassword: ");
    job.in().write("q\n");
    CHECK(job.out().read() == "\npassword was q\n");
    CHECK(job.wait());
}

TEST_CASE("the commands of a list lead the session in turn", "[pty][list]")
{
    NoLeaks const no_leaks;
    auto const e = (tell("foreground") && tell("foreground")).pty(quiet);
    CHECK(run(e, {.capture_output = true}).out
          == "foreground: leads, in front\nforeground: leads, in front\n");
    auto const each =
        tell("foreground").pty(quiet) && tell("foreground").pty(quiet);
    auto job = start(each);
    CHECK(job.out().read()
          == "foreground: leads, in front\nforeground: leads, in front\n");
    CHECK(job.wait());
}

TEST_CASE("the terminal of a list stays when its first command has ended",
          "[pty][list]")
{
    NoLeaks const no_leaks;
    auto job = start((cmd(child("print"), "one") && tell("line")).pty(quiet));
    CHECK(job.out().read(3) == "one");
    job.in().write("typed\n");
    CHECK(job.out().read() == "line: typed\n");
    CHECK(job.wait());
}

TEST_CASE("if a list skips a command, its terminal ends all the same",
          "[pty][list]")
{
    NoLeaks const no_leaks;
    auto const e = (cmd("false") && tell("size")).pty(quiet);
    CHECK(run(e, {.capture_output = true}).out == "");
}

TEST_CASE("two sizes for one terminal are refused", "[pty][list]")
{
    NoLeaks const no_leaks;
    auto const e = cmd("a").pty({.rows = 1}) && cmd("b").pty({.rows = 2});
    CHECK_THROWS_AS(start(e), std::invalid_argument);
}

TEST_CASE("in-process stages and a terminal", "[pty][stage]")
{
    NoLeaks const no_leaks;
    auto const upper = stage(std::views::transform(
        [](Line const& line) { return '<' + std::string(line) + '>'; }));
    auto const behind = (tell("streams") | upper).pty(quiet);
    CHECK(read(behind) == "<streams: 0 2>");
    auto const before = upper | tell("line").pty(quiet);
    CHECK(read(before, {.input = "x\n"}) == "line: <x>");
}

// --- ends ----------------------------------------------------------------------------

TEST_CASE("no byte is lost when the leader of the session ends",
          "[pty][language]")
{
    NoLeaks const no_leaks;
    std::size_t const size = std::size_t{1024} * 1024;
    CHECK(read(cmd(child("fill"), size).pty({.raw = true})).size() == size);
    std::size_t got = 0;
    for (auto const& chunk :
         cmd(child("fill"), size).pty({.raw = true}) | chunks(4096))
        got += chunk.size();
    CHECK(got == size);
}

TEST_CASE("a range that is left early ends the command on its terminal",
          "[pty][language]")
{
    NoLeaks const no_leaks;
    for (auto const line : cmd(child("write_forever")).pty(quiet) | lines) {
        CHECK_FALSE(line.empty());
        break;
    }
}

TEST_CASE("a time limit ends a command on a terminal", "[pty][language]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("sleep_until_killed")).pty(quiet);
    CHECK_THROWS_AS(read(e, {.timeout = 20ms}), TimeoutExpired);
    auto const done = run(e.timeout(20ms), {.capture_output = true});
    CHECK(done.stages[0].timed_out);
}

TEST_CASE("a process that stays behind with the terminal is not waited for "
          "longer than the drain limit",
          "[pty][language]")
{
    NoLeaks const no_leaks;
    auto const e =
        grow_tree("pipe", "leave").ignore_signals({SIGHUP}).pty(quiet);
    auto const done = run(e, {.capture_output = true, .drain = 20ms});
    Grandchild const left(done.out.str());
    CHECK_FALSE(done.drained);
}

TEST_CASE("a Ctrl-C that is typed ends the last command of a pipeline",
          "[pty][pipeline][fault:T01]")
{
    NoLeaks const no_leaks;
    // The first command writes nothing: SIGPIPE would end it.
    auto const e = cmd("sleep", "1000") | cmd(child("sleep_until_killed"));
    auto job = start(e.pty({.keep_newlines = true}));
    CHECK(job.out().read(1) == "r");
    job.in().write("\3");
    CHECK(job.out().read_until("^C", 10s) == "^C");
    auto const ended = [&] { return job.statuses()[1].has_value(); };
    while (!ended())
        std::this_thread::sleep_for(1ms);
    CHECK_FALSE(job.statuses()[0]);
    job.kill();
    CHECK(job.wait().stages[1].status.signal() == SIGINT);
}

// --- sizes ---------------------------------------------------------------------------

TEST_CASE("a job resizes its terminal", "[pty][job]")
{
    NoLeaks const no_leaks;
    auto const e = tell("size", "new_size").pty(quiet);
    auto job = start(e);
    CHECK(job.out().read_until("waits\n", 10s) == "size: 24 80\nwaits\n");
    CHECK_THROWS_AS(job.resize(10, 0), std::invalid_argument);
    job.resize(10, 20);
    CHECK(job.out().read() == "new size: 10 20\n");
    CHECK(job.wait());
}

TEST_CASE("a terminal that is captured is resized as well", "[pty][job]")
{
    NoLeaks const no_leaks;
    auto const e = tell("size", "new_size").pty(quiet);
    auto job = start(e, {.capture_output = true});
    job.in().close(); // what is left of the terminal belongs to the job
    while (!job.poll()) { // until the child waits for the signal
        job.resize(10, 20);
        std::this_thread::sleep_for(1ms);
        job.resize(10, 21);
    }
    auto const out = job.wait().out.str();
    CHECK(out.find("new size: 10 2") != out.npos);
    job.resize(10, 20); // there is none any more: no error
}

TEST_CASE("a job without a terminal cannot be resized", "[pty][job]")
{
    NoLeaks const no_leaks;
    auto job = start(cmd(child("print"), "x") > Stdio::pipe);
    CHECK_THROWS_AS(job.resize(10, 20), std::logic_error);
    CHECK(job.out().read() == "x");
    CHECK(job.wait());
}

TEST_CASE("a job on a terminal cannot be detached", "[pty][job]")
{
    NoLeaks const no_leaks;
    auto job = start(tell("line").pty(quiet));
    auto const why = message_of<std::logic_error>([&] { job.detach(); });
    CHECK(why.find("it is on a terminal, which ends with this process")
          != why.npos);
    job.in().close();
    CHECK(job.out().read() == "line: none\n");
    CHECK(job.wait());
}

// --- conversations -------------------------------------------------------------------

TEST_CASE("a program on a terminal is talked to", "[pty][job][talk]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(Pump::thread, Pump::caller);
    auto job = start(cmd(child("converse"), "name? ").pty(), {.pump = pump});
    CHECK(job.out().read_until("? ", 10s) == "name? ");
    job.in().write("me\n");
    CHECK(job.out().expect({"? "}, 10s).before == "me\r\nyou said me\r\nname");
    CHECK_FALSE(job.out().try_read());
    job.in().write("bye\n");
    CHECK(job.out().read() == "bye\r\n");
    CHECK(job.wait().returncode == 3);
}

TEST_CASE("what is typed into a captured terminal needs no flush", "[pty][job]")
{
    NoLeaks const no_leaks;
    auto job = start(tell("line").pty(quiet), {.capture_output = true});
    job.in().write("k\n");
    CHECK(job.wait());
}

TEST_CASE("a job on the terminal of a fake can be resized", "[pty][job]")
{
    NoLeaks const no_leaks;
    std::string log;
    DryRun dry(log);
    auto job = start(tell("size").pty(), {.executor = &dry});
    CHECK_NOTHROW(job.resize(10, 20));
    CHECK(job.wait());
}

TEST_CASE("a terminal that shows nothing to anybody is refused", "[pty][job]")
{
    NoLeaks const no_leaks;
    auto const e = (tell("size").pty() > Stdio::pipe) > err(Stdio::pipe);
    CHECK(message_of<std::invalid_argument>([&] {
              start(e).wait();
          }).starts_with("nobody reads what the terminal of"));
}
