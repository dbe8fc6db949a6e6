// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A `Running` around another one passes every call on.
#include "support/children.hpp"
#include "support/leaks.hpp"
#include "support/process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// Notes which functions were called.
struct Noting final : Running {
    explicit Noting(std::string& to) : log(to) { run_ = 7; }

    void confirm() override { log += "confirm"; }
    void add_awaited(std::vector<Awaited>&) override { log += "add_awaited"; }
    std::chrono::steady_clock::time_point deadline() const override
    {
        log += "deadline";
        return {};
    }
    void act(std::span<Awaited const>) noexcept override { log += "act"; }
    bool wait_alone() override { return note("wait_alone"); }
    bool has_ended() const noexcept override { return note("has_ended"); }
    Upkeep upkeep() const noexcept override
    {
        log += "upkeep";
        return Upkeep::while_waiting;
    }
    std::string why_attached() const override
    {
        log += "why_attached";
        return "why";
    }
    void end(Teardown const&) noexcept override { log += "end"; }
    bool is_draining() const noexcept override { return note("is_draining"); }
    void stop_draining() noexcept override { log += "stop_draining"; }
    void cancel() noexcept override { log += "cancel"; }
    void leave_output(Teardown const&) noexcept override
    {
        log += "leave_output";
    }
    void give_up(std::exception_ptr) noexcept override { log += "give_up"; }
    void send_signal(int) override { log += "send_signal"; }
    void forward(int) const noexcept override { log += "forward"; }
    std::vector<int> pids() const override
    {
        log += "pids";
        return {1};
    }
    std::vector<std::optional<ExitStatus>> statuses() const override
    {
        log += "statuses";
        return {std::nullopt};
    }
    std::string waits() const override
    {
        log += "waits";
        return "waits";
    }
    int take_stream(int) override
    {
        log += "take_stream";
        return 5;
    }
    void resize(int, int) override { log += "resize"; }
    std::shared_ptr<detail::LastByte> last_byte(int) const override
    {
        log += "last_byte";
        return {};
    }
    void take_tapped(Taps&) override { log += "take_tapped"; }
    bool was_cut_short() const noexcept override
    {
        return note("was_cut_short");
    }
    std::exception_ptr failure(CompletedProcess const&) override
    {
        log += "failure";
        return std::make_exception_ptr(1);
    }
    CompletedProcess result() override
    {
        log += "result";
        return {};
    }
    std::string command() const override
    {
        log += "command";
        return "name";
    }

    bool note(char const* name) const noexcept
    {
        log += name;
        return true;
    }

    std::string& log;
};

struct NoTaps final : Running::Taps {
    void take(std::size_t, std::string_view) override {}
};

/// Everything that the local executor starts is wrapped.
struct Wrapping final : Executor {
    std::unique_ptr<Running> start(Program program,
                                   RunOptions const& options) override
    {
        return std::make_unique<RunningAround>(
            local_executor().start(std::move(program), options));
    }
    std::unique_ptr<Running>
    start_unconfirmed(Program program, RunOptions const& options) override
    {
        return std::make_unique<RunningAround>(
            local_executor().start_unconfirmed(std::move(program), options));
    }
};

} // namespace

TEST_CASE("a Running around another one passes every call on",
          "[verbs][executor]")
{
    std::string log;
    RunningAround around(std::make_unique<Noting>(log));
    Running& outer = around;
    std::vector<Awaited> awaited;
    NoTaps taps;
    std::vector<std::pair<std::string, std::function<bool()>>> const calls = {
        {"confirm", [&] { return outer.confirm(), true; }},
        {"add_awaited", [&] { return outer.add_awaited(awaited), true; }},
        {"deadline", [&] { return outer.deadline().time_since_epoch() == 0s; }},
        {"act", [&] { return outer.act({}), true; }},
        {"wait_alone", [&] { return outer.wait_alone(); }},
        {"has_ended", [&] { return outer.has_ended(); }},
        {"upkeep",
         [&] { return outer.upkeep() == Running::Upkeep::while_waiting; }},
        {"why_attached", [&] { return outer.why_attached() == "why"; }},
        {"end", [&] { return outer.end(Teardown()), true; }},
        {"is_draining", [&] { return outer.is_draining(); }},
        {"stop_draining", [&] { return outer.stop_draining(), true; }},
        {"cancel", [&] { return outer.cancel(), true; }},
        {"leave_output", [&] { return outer.leave_output(Teardown()), true; }},
        {"give_up", [&] { return outer.give_up(nullptr), true; }},
        {"send_signal", [&] { return outer.send_signal(1), true; }},
        {"forward", [&] { return outer.forward(1), true; }},
        {"pids", [&] { return outer.pids() == std::vector{1}; }},
        {"statuses", [&] { return outer.statuses().size() == 1; }},
        {"waits", [&] { return outer.waits() == "waits"; }},
        {"take_stream", [&] { return outer.take_stream(1) == 5; }},
        {"resize", [&] { return outer.resize(1, 1), true; }},
        {"last_byte", [&] { return outer.last_byte(1) == nullptr; }},
        {"take_tapped", [&] { return outer.take_tapped(taps), true; }},
        {"was_cut_short", [&] { return outer.was_cut_short(); }},
        {"failure", [&] { return outer.failure({}) != nullptr; }},
        {"result", [&] { return outer.result().stages.empty(); }},
        {"command", [&] { return outer.command() == "name"; }},
    };
    for (auto const& [name, call] : calls) {
        log.clear();
        CHECK(call());
        CHECK(log == name);
    }
    CHECK(outer.run() == 7);
}

TEST_CASE("a Running around none is refused", "[verbs][executor]")
{
    CHECK_THROWS_AS(RunningAround(nullptr), std::invalid_argument);
}

TEST_CASE("every verb works through a Running around another one",
          "[verbs][executor]")
{
    NoLeaks const no_leaks;
    Wrapping wrapping;
    UseExecutor const scope(wrapping);

    auto const two = sh("echo a; echo b >&2; exit 3");
    auto const done = run(two, {.capture_output = true});
    CHECK(done.returncode == 3);
    CHECK(done.out == "a\n");
    CHECK(done.err == "b\n");

    std::string all;
    for (std::string_view line : cmd("seq", 3) | lines)
        all += line;
    CHECK(all == "123");

    std::vector<std::string> tagged_lines;
    for (auto const& line : two.unchecked() | tagged)
        tagged_lines.push_back(line.line);
    std::ranges::sort(tagged_lines);
    CHECK(tagged_lines == std::vector<std::string>{"a", "b"});

    auto job = start((cmd(child("copy")) < Stdio::pipe) > Stdio::pipe);
    CHECK(job.pids().front() > 0);
    job.in().write("x");
    job.in().close();
    CHECK(job.out().read() == "x");
    job.wait().check_returncode();

    auto sleeper = start(cmd(child("sleep_until_killed")) > devnull);
    sleeper.send_signal(SIGKILL);
    CHECK(sleeper.wait().returncode == -SIGKILL);

    CHECK_THROWS_AS(
        run(cmd(child("sleep_until_killed")) > capture, {.idle_timeout = 20ms}),
        IdleExpired);
    CHECK_THROWS_AS(
        run(cmd(child("sleep_until_killed")) > devnull, {.timeout = 20ms}),
        TimeoutExpired);

    JobSet set({.output = JobOutput::captured});
    set.add(cmd("echo", "many"));
    CHECK(set.next()->result.out == "many\n");
}
