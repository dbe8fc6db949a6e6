// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What `Log` writes.
#include "seen/support.hpp"
#include "support/leaks.hpp"

#include <runnel/log.hpp>

#include <catch2/catch.hpp>

#include <mutex>
#include <regex>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// Collects lines, with numbers that differ from run to run replaced.
class ToldLines {
public:
    explicit ToldLines(LogLevel level = LogLevel::runs)
        : log([this](std::string_view line) { add(line); }, level)
    {
    }

    std::string text() const
    {
        std::string all;
        for (auto const& line : lines)
            all += line + '\n';
        return all;
    }

    std::vector<std::string> lines;
    Log log;

private:
    void add(std::string_view line)
    {
        std::string text(line);
        auto const replace = [&](char const* what, char const* by) {
            text = std::regex_replace(text, std::regex(what), by);
        };
        replace(R"(^\[\d+\])", "[N]");
        replace(R"(pid \d+)", "pid N");
        replace(R"([\d.]+ (ns|us|ms|s|B|KiB|MiB|GiB)\b)", "N");
        auto const folder = child("");
        for (auto at = text.find(folder); at != text.npos;
             at = text.find(folder))
            text.erase(at, folder.size());
        std::scoped_lock const lock(mutex_);
        lines.push_back(text);
    }

    std::mutex mutex_;
};

} // namespace

TEST_CASE("a log tells of each run and its end", "[seen][log]")
{
    NoLeaks const no_leaks;
    ToldLines told;
    auto const e = cmd(child("print"), "x y") | cmd(child("copy")) | capture;
    CHECK(run(e, {.observer = &told.log}));
    CHECK(told.text()
          == "[N] + print 'x y' | copy\n"
             "[N] = exit code 0 after N\n");
}

TEST_CASE("a log of commands tells pids, durations, memory and bytes",
          "[seen][log]")
{
    NoLeaks const no_leaks;
    ToldLines told(LogLevel::commands);
    CHECK_FALSE(run(cmd(child("exit_with"), 3), {.observer = &told.log}));
    CHECK(told.text()
          == "[N] + exit_with 3\n"
             "[N]   exit_with 3: pid N, started in N\n"
             "[N]   exit_with 3: exit code 3 after N (user N, sys N, N, read "
             "N, wrote N)\n"
             "[N] = exit code 3 after N\n");
}

TEST_CASE("a log of commands tells of in-process stages and tees",
          "[seen][log]")
{
    NoLeaks const no_leaks;
    ToldLines told(LogLevel::commands);
    auto const e = cmd(child("print"), "a\n") | tee(capture) | first(1)
                 | cmd(child("copy")) | capture;
    CHECK(run(e, {.observer = &told.log}));
    auto const text = told.text();
    CHECK(has(text, "[N]   tee: in this process\n"));
    CHECK(has(text, "[N]   first(1): in this process\n"));
    CHECK(has(text, "[N]   tee: ended, read N, wrote N\n"));
    CHECK(has(text, "[N]   first(1): ended, read N, wrote N\n"));
}

TEST_CASE("a log tells of a command that cannot be started", "[seen][log]")
{
    NoLeaks const no_leaks;
    ToldLines told;
    CHECK_THROWS_AS(run(cmd("no-such-program"), {.observer = &told.log}),
                    SpawnError);
    CHECK(
        told.text()
        == "[N] + no-such-program\n"
           "[N] ! cannot start \"no-such-program\": No such file or directory\n"
           "[N] = exit code 127, ended early, after N\n");
}

TEST_CASE("a log names what could not be opened", "[seen][log]")
{
    NoLeaks const no_leaks;
    ToldLines told;
    auto const e = cmd(child("copy")) < "/no/file";
    CHECK_THROWS_AS(run(e, {.observer = &told.log}), SpawnError);
    CHECK(has(told.text(), "cannot open \"/no/file\""));
}

TEST_CASE("a log says that a run has failed without a status", "[seen][log]")
{
    NoLeaks const no_leaks;
    ToldLines told;
    auto const throws = stage([](LineRange) -> std::vector<std::string> {
        throw std::runtime_error("x");
    });
    auto const e = (cmd(child("print"), "a\n") | throws) > capture;
    CHECK_THROWS_AS(run(e, {.observer = &told.log}), std::runtime_error);
    CHECK(has(told.text(), "[N] = failed, ended early, after N\n"));
}

TEST_CASE("a log tells of limits and signals", "[seen][log]")
{
    NoLeaks const no_leaks;
    ToldLines told;
    CHECK_THROWS_AS(run(cmd(child("sleep_until_killed")) > devnull,
                        {.timeout = 20ms, .observer = &told.log}),
                    TimeoutExpired);
    CHECK(told.text()
          == "[N] + sleep_until_killed\n"
             "[N] ! time is up for sleep_until_killed, after N\n"
             "[N] ! SIGKILL to sleep_until_killed, pid N\n"
             "[N] = killed by SIGKILL, ended early, after N\n");
}

TEST_CASE("a log tells of a Popen by its pid", "[seen][log][popen]")
{
    NoLeaks const no_leaks;
    ToldLines told;
    Popen child({test::child("exit_with"), "4"}, {.observer = &told.log});
    CHECK(child.wait() == 4);
    CHECK(told.text()
          == "[pid N] + exit_with 4\n"
             "[pid N] = exit code 4 after N\n");
}

TEST_CASE("a log masks secrets", "[seen][log][secrets][guard]")
{
    NoLeaks const no_leaks;
    ToldLines told(LogLevel::commands);
    auto const e = (cmd(child("copy"), "--key=" + secret("hush"))
                    < text("p" + secret("hush")))
                 > capture;
    CHECK(run(e, {.observer = &told.log}));
    CHECK_THROWS(
        run(cmd("no-such-program", secret("hush")), {.observer = &told.log}));
    CHECK_FALSE(has(told.text(), "hush"));
    CHECK(has(told.text(), "--key=***"));
}

TEST_CASE("an event is one line, whatever is in the words",
          "[seen][log][guard]")
{
    NoLeaks const no_leaks;
    ToldLines told;
    auto const e = cmd(child("print_args"), "a\nb\t\x1b[31m\r") | capture;
    CHECK(run(e, {.observer = &told.log}));
    CHECK(told.lines.front() == "[N] + print_args 'a\\nb\\t\\x1b[31m\\r'");
}

TEST_CASE("a log writes whole lines to its descriptor", "[seen][log]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    {
        Log log(pipe.write_end.get());
        CHECK(run(cmd(child("exit_with"), 0), {.observer = &log}));
    }
    pipe.write_end.close();
    auto const written = lines_of(read_all(pipe.read_end.get()));
    REQUIRE(written.size() == 2);
    CHECK(written[0].ends_with("exit_with 0"));
}

TEST_CASE("a log that cannot write disturbs nothing", "[seen][log]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    pipe.read_end.close();
    Log log(pipe.write_end.get(), LogLevel::commands);
    CHECK(run(cmd(child("exit_with"), 0), {.observer = &log}));
}

TEST_CASE("runs that go on at the same time have different numbers",
          "[seen][log]")
{
    NoLeaks const no_leaks;
    std::mutex mutex;
    std::set<std::string> marks;
    Log log([&](std::string_view line) {
        std::scoped_lock const lock(mutex);
        marks.emplace(line.substr(0, line.find(' ')));
    });
    auto const e = cmd(child("exit_with"), 0);
    auto const make = [&](int) { return e; };
    int ended = 0;
    for (auto const& done :
         std::views::iota(0, 6) | std::views::transform(make)
             | parallel({.jobs = 3, .run = {.observer = &log}}))
        ended += bool(done.result);
    CHECK(ended == 6);
    CHECK(marks.size() == 6);
}
