// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Conversations with jobs: whoever runs the loop, the job goes on meanwhile.
#include "support/children.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t mib = std::size_t{1024} * 1024;

auto const both_pumps = {Pump::thread, Pump::caller};

Command converse()
{
    return cmd(child("converse"), "> ");
}

Command copy()
{
    return cmd(child("copy"));
}

/// A job whose command waits with its stdout open.
auto stays(std::string const& text)
{
    return cmd(child("write_then_wait"), text) > Stdio::pipe;
}

/// A process that this command makes holds stdout longer than the command.
auto leaves_holder()
{
    return cmd(child("leave_grandchild"), "stay") > Stdio::pipe;
}

} // namespace

TEST_CASE("a job is talked to like a child", "[talk][job]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(from_range(both_pumps));
    auto const e = converse()<Stdio::pipe> Stdio::pipe > err(Stdio::pipe);
    auto job = start(e, {.pump = pump});
    CHECK(job.out().read_until("> ") == "> ");
    job.in().write("me\n");
    auto const match = job.out().expect({"refused", "> "});
    CHECK(match.index == 1);
    CHECK(match.before == "you said me\n");
    job.in().write("!sorry\n");
    CHECK(job.err().read_until("sorry", 10s) == "sorry");
    CHECK(job.out().read_until("> ") == "> ");
    CHECK_THROWS_AS(job.out().read_until("more", 10ms), TimeoutExpired);
    CHECK(job.out().try_read() == std::nullopt);
    job.in().write("bye\n");
    CHECK(job.out().read_for(Timeout::forever()) == "");
    CHECK(job.wait().returncode == 3);
}

TEST_CASE("a job moves its other bytes while a conversation waits",
          "[talk][job][guard]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(from_range(both_pumps));
    std::string input(4 * mib, 'x');
    input += "END";
    auto const e = copy() | tee(capture) | (copy() > Stdio::pipe);
    auto job = start(e, {.input = input, .pump = pump});
    CHECK((job.out().read_until("END", 15s) == input));
    CHECK((job.wait().captures.at(0).bytes == input));
}

TEST_CASE("a list goes on while a conversation waits", "[talk][job][guard]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(from_range(both_pumps));
    auto const e = seq(cmd(child("print"), "one "), cmd(child("print"), "two "),
                       cmd(child("write_then_wait"), "ready"))
                 > Stdio::pipe;
    auto job = start(e, {.pump = pump});
    CHECK(job.out().read_until("ready", 15s) == "one two ready");
    job.kill();
    CHECK(job.wait().returncode == -9);
}

TEST_CASE("stderr of a job can be waited for alone", "[talk][job][guard]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(from_range(both_pumps));
    auto const e = seq(cmd(child("exit_with"), 0),
                       cmd(child("converse")) > err(Stdio::pipe) > devnull)
                 < text("!ready\n");
    auto job = start(e, {.pump = pump});
    CHECK(job.err().read_until("ready", 15s) == "ready");
    CHECK(job.wait());
}

TEST_CASE("the limits of a job hold while a conversation waits",
          "[talk][job][guard]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(from_range(both_pumps));
    auto job = start(stays("text"), {.timeout = 50ms, .pump = pump});
    try {
        job.out().read_until("never");
        CHECK(false);
    } catch (TimeoutExpired const& late) {
        CHECK(late.timeout().limit() == 50ms);
        CHECK(late.result().stages.size() == 1);
    }
    CHECK_THROWS_AS(job.wait(), TimeoutExpired);
    CHECK(std::string("text").starts_with(job.out().read()));
}

TEST_CASE("a stop of a job ends a conversation with it", "[talk][job][guard]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(from_range(both_pumps));
    StopSource source;
    auto job = start(stays("text"), {.stop = source.token(), .pump = pump});
    std::atomic<bool> waits = false;
    std::thread asks([&] {
        waits.wait(false);
        source.request_stop();
    });
    auto const never = [&](std::string_view seen) {
        waits = seen == "text";
        waits.notify_one();
        return false;
    };
    CHECK_THROWS_AS(job.out().read_until(never), StopRequested);
    asks.join();
    CHECK(job.out().read() == "text");
    CHECK_THROWS_AS(job.wait(), StopRequested);
}

TEST_CASE("a conversation has a stop token of its own, and the job goes on",
          "[talk][job]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(from_range(both_pumps));
    StopSource source;
    source.request_stop();
    auto job = start(stays("text"), {.pump = pump});
    CHECK_THROWS_AS(job.out().read_until("never", {}, source.token()),
                    StopRequested);
    CHECK(job.out().read_until("text") == "text");
    job.kill();
    CHECK(!job.wait());
}

TEST_CASE("after a job was ended, nothing waits for an outside process",
          "[talk][job][guard]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(from_range(both_pumps));
    auto job = start(leaves_holder(), {.timeout = 200ms, .pump = pump});
    CHECK_THROWS_AS(job.out().read_until("never"), TimeoutExpired);
    auto const rest = job.out().read_for(Timeout::forever());
    CHECK(std::string("x\n").starts_with(rest));
}

TEST_CASE("a job that has ended can be read to its end", "[talk][job]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(from_range(both_pumps));
    auto job =
        start(cmd(child("print"), "one> two") > Stdio::pipe, {.pump = pump});
    CHECK(job.wait());
    CHECK(job.out().read_until("> ") == "one> ");
    CHECK_THROWS_AS(job.out().read_until("> ", 10s), EndOfFile);
    CHECK(job.out().try_read() == "two");
    CHECK(job.out().try_read() == "");
}

TEST_CASE("a conversation in text mode is one in text", "[talk][job][text]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(from_range(both_pumps));
    auto job = start(cmd(child("print"), "gr\xfc\xdf\r\n> ") > Stdio::pipe,
                     {.encoding = "latin-1", .pump = pump});
    CHECK(job.out().read_until("\n> ") == "gr\xc3\xbc\xc3\x9f\n> ");
    CHECK(job.wait());
}

TEST_CASE(
    "threads that wait for a job and for its streams let each other go on",
    "[talk][job][threads][guard]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(from_range(both_pumps));
    auto const e = converse()<Stdio::pipe> Stdio::pipe > err(Stdio::pipe);
    for (int i = 0; i < 30; ++i) {
        auto job = start(e, {.pump = pump});
        int code = 0;
        std::string from_err;
        std::thread waits([&] { code = job.wait().returncode; });
        std::thread reads([&] { from_err = job.err().read_until("done"); });
        job.out().read_until("> ");
        job.in().write("!nearly \n");
        job.out().read_until("> ", 15s);
        job.in().write("!done\n");
        reads.join();
        CHECK(from_err == "nearly done");
        job.out().read_until("> ");
        job.in().write("bye\n");
        CHECK_THROWS_AS(job.out().read_until("> "), EndOfFile);
        waits.join();
        CHECK(code == 3);
    }
}
