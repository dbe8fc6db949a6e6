// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How output is cut into lines, and what becomes of who writes it.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

std::string with_nul(std::string_view text)
{
    std::string bytes(text);
    for (auto& c : bytes)
        if (c == '0')
            c = '\0';
    return bytes;
}

/// An expression that writes `bytes`.
auto writes(std::string_view bytes)
{
    return cmd(child("copy")) < text(bytes);
}

/// The lines of `bytes`, of which every read gives one: through a pipe that
/// keeps what is written apart.
Strings lines_bytewise(std::string_view bytes, LineOptions const& options)
{
    int fds[2];
    REQUIRE(::pipe2(fds, O_DIRECT | O_CLOEXEC) == 0);
    OwnFd const read_end(fds[0]);
    OwnFd write_end(fds[1]);
    auto job = start((cmd(child("copy_bytewise")) < text(bytes))
                     > Stdio(write_end.get()));
    write_end.close();
    auto const got = collect(Stdio(read_end.get()) | lines(options));
    CHECK(job.wait().returncode == 0);
    return got;
}

/// Keeps what it was told, in words.
struct Told : Observer {
    void planned(Plan const& plan) noexcept override
    {
        events.push_back("planned " + std::to_string(plan.stages.size()));
    }
    void started(Started const&) noexcept override
    {
        events.push_back("started");
    }
    void exited(Exited const& it) noexcept override
    {
        events.push_back("exited " + std::to_string(it.status.returncode()));
    }
    void killed(Killed const& it) noexcept override
    {
        events.push_back("killed " + std::to_string(it.signal));
    }
    void expired(Expired const& it) noexcept override
    {
        events.push_back("expired " + std::string(it.command));
    }
    Strings events;
};

} // namespace

// --- how it is cut -----------------------------------------------------------------

TEST_CASE("lines have no end in them unless it is kept", "[lines][options]")
{
    NoLeaks const no_leaks;
    auto const e = writes("a\n\nb");
    CHECK(collect(e | lines) == Strings{"a", "", "b"});
    CHECK(collect(e | lines({.keep_ends = true})) == Strings{"a\n", "\n", "b"});
    CHECK(collect(writes("a\n") | lines({.keep_ends = true}))
          == Strings{"a\n"});
    CHECK(collect(e | lines({})) == Strings{"a", "", "b"});
}

TEST_CASE("a carriage return is data unless newlines are universal",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    auto const e = writes("a\r\nb\rc\n");
    CHECK(collect(e | lines) == Strings{"a\r", "b\rc"});
    CHECK(collect(e | lines({.universal_newlines = true}))
          == Strings{"a", "b", "c"});
}

TEST_CASE("records end with any byte", "[lines][options]")
{
    NoLeaks const no_leaks;
    CHECK(collect(writes(with_nul("a\nb0c00d")) | records('\0'))
          == Strings{"a\nb", "c", "", "d"});
    CHECK(collect(writes("a;b;") | records(';')) == Strings{"a", "b"});
    CHECK(collect(writes("a;b") | lines({.delimiter = ';'}))
          == Strings{"a", "b"});
    CHECK(collect(writes("a\xff\xfe\xff") | records('\xff'))
          == Strings{"a", "\xfe"});
    CHECK(collect(writes("a\nb") | records('\n')) == Strings{"a", "b"});
}

TEST_CASE("records end with several bytes", "[lines][options]")
{
    NoLeaks const no_leaks;
    CHECK(collect(writes("a\r\nb\nc\rd\r\n\r\ne\r") | records("\r\n"))
          == Strings{"a", "b\nc\rd", "", "e\r"});
    CHECK(collect(writes(with_nul("a0b00c000d")) | records("\0\0"))
          == Strings{with_nul("a0b"), "c", with_nul("0d")});
    CHECK(collect(writes("a\n--\nb") | lines({.delimiter = "\n--\n"}))
          == Strings{"a", "b"});
    CHECK(collect(writes("a\r\nb") | records("\r\n", {.keep_ends = true}))
          == Strings{"a\r\n", "b"});
}

TEST_CASE(
    "in text mode, records that end with several bytes keep carriage returns",
    "[lines][options]")
{
    NoLeaks const no_leaks;
    CHECK(collect(writes("\u00e9\r\n\rb\r\n")
                  | records("\r\n", {.encoding = "latin-1"}))
          == Strings{"\u00e9", "\rb"});
}

TEST_CASE("universal newlines exclude an end of several bytes",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(
        collect(writes("a") | records("\r\n", {.universal_newlines = true})),
        std::invalid_argument);
}

TEST_CASE("the end of a line tells its bytes", "[lines][options]")
{
    constexpr LineEnd nothing = "\0\0";
    STATIC_REQUIRE(nothing.view().size() == 2);
    STATIC_REQUIRE(LineEnd('\n') == "\n");
    STATIC_REQUIRE(LineEnd("\r\n") != '\n');
    CHECK(LineEnd("\r\n\r\n").view() == "\r\n\r\n");
}

TEST_CASE("records keep their end if asked", "[lines][options]")
{
    NoLeaks const no_leaks;
    CHECK(collect(writes("a;;b") | records(';', {.keep_ends = true}))
          == Strings{"a;", ";", "b"});
    CHECK(collect(writes(with_nul("a0b0")) | records('\0', {.keep_ends = true}))
          == Strings{with_nul("a0"), with_nul("b0")});
}

TEST_CASE("records of a file and of a stream are cut alike", "[lines][options]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "f", "a;b\n;c");
    Strings const wanted{"a", "b\n", "c"};
    CHECK(collect(Stdio(directory / "f") | records(';')) == wanted);
    Popen p({child("print"), "a;b\n;c"}, {.out = Stdio::pipe});
    CHECK(collect(p.out() | records(';')) == wanted);
}

TEST_CASE("universal newlines are the same however the bytes come",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    std::string const bytes = "a\r\nb\rc\n\r\n\n\rd\r\r\n\ne\r";
    Strings const wanted{"a", "b", "c", "", "", "", "d", "", "", "e"};
    LineOptions const universal{.universal_newlines = true};
    CHECK(collect(writes(bytes) | lines(universal)) == wanted);
    CHECK(lines_bytewise(bytes, universal) == wanted);
}

TEST_CASE("universal newlines that are kept are kept as they are",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    std::string const bytes = "a\r\nb\rc\n\r\r\nd\r";
    Strings const wanted{"a\r\n", "b\r", "c\n", "\r", "\r\n", "d\r"};
    LineOptions const kept{.keep_ends = true, .universal_newlines = true};
    CHECK(collect(writes(bytes) | lines(kept)) == wanted);
    CHECK(lines_bytewise(bytes, kept) == wanted);
}

TEST_CASE("lines are the same one byte at a time", "[lines][options]")
{
    NoLeaks const no_leaks;
    auto const bytes = with_nul("one\n\ntwo0x\n\n\nlast");
    CHECK(lines_bytewise(bytes, {})
          == Strings{"one", "", with_nul("two0x"), "", "", "last"});
    CHECK(lines_bytewise(bytes, {.keep_ends = true})
          == Strings{"one\n", "\n", with_nul("two0x\n"), "\n", "\n", "last"});
    CHECK(lines_bytewise(bytes, {.delimiter = '\0'})
          == Strings{"one\n\ntwo", "x\n\n\nlast"});
}

TEST_CASE(
    "a line that ends in a carriage return does not wait for what follows",
    "[lines][options]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    auto const progress = sh("printf '50%%\\r'; read x; printf '\\nend\\n'")
                        < Stdio(pipe.read_end.get());
    auto const range = progress | lines({.universal_newlines = true});
    auto at = range.begin();
    CHECK(std::string_view(*at) == "50%");
    pipe.write_end.close();
    ++at;
    CHECK(std::string_view(*at) == "end");
    ++at;
    CHECK(at == range.end());
}

TEST_CASE("begin again loses no line with universal newlines",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    auto const range =
        writes("a\r\n\r\n\rb\r\r\nc") | lines({.universal_newlines = true});
    Strings got;
    for (;;) {
        if (range.begin() == range.end())
            break;
        auto at = range.begin();
        got.emplace_back(*at);
        ++at;
    }
    CHECK(got == Strings{"a", "", "", "b", "", "c"});
}

TEST_CASE("options that contradict each other are refused", "[lines][options]")
{
    auto const e = cmd(child("print"), "a");
    CHECK_THROWS_AS(e | lines({.delimiter = '\0', .universal_newlines = true}),
                    std::invalid_argument);
    CHECK_THROWS_AS(e | records(';', {.universal_newlines = true}),
                    std::invalid_argument);
    CHECK_THROWS_AS(e | lines({.max_line = 0}), std::invalid_argument);
    CHECK_THROWS_AS(Stdio(devnull) | lines({.max_line = 0}),
                    std::invalid_argument);
}

// --- max_line ----------------------------------------------------------------------

TEST_CASE("a line of max_line bytes fits, with its end or without",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    auto const e = writes("12345\n12345");
    CHECK(collect(e | lines({.max_line = 5})) == Strings{"12345", "12345"});
    CHECK(collect(e | lines({.keep_ends = true, .max_line = 5}))
          == Strings{"12345\n", "12345"});
}

TEST_CASE("a line beyond max_line ends the range and says how it begins",
          "[lines][options][fault:I07]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "short\nfar too long\nnever seen\n")
                 | cmd(child("copy"));
    auto const range = e | lines({.max_line = 5});
    auto at = range.begin();
    CHECK(std::string_view(*at) == "short");
    ++at;
    CHECK(message_of<LineTooLong>([&] { static_cast<void>(*at); })
          == "a line is longer than max_line (5 bytes); it begins 'far t'");
    CHECK(no_leaks.left_behind() == "");
    CHECK(range.begin() == range.end());
    CHECK_THROWS_AS(range.result(), std::logic_error);
}

TEST_CASE("a line that never ends is refused while it is read",
          "[lines][options][fault:I07]")
{
    NoLeaks const no_leaks;
    auto const endless = cmd(child("write_forever"));
    auto const range = endless | records('\0', {.max_line = 1'000'000});
    CHECK_THROWS_AS(collect(range), LineTooLong);
    CHECK(no_leaks.left_behind() == "");
    CHECK(range.begin() == range.end());
}

TEST_CASE("an iterator finds the end after an error", "[lines][options]")
{
    NoLeaks const no_leaks;
    auto const range = writes("a\nb\nfar too long\n") | lines({.max_line = 5});
    auto at = range.begin();
    ++at;
    ++at;
    CHECK_THROWS_AS(at == range.end(), LineTooLong);
    CHECK(at == range.end());
    CHECK_THROWS_AS(*at, std::logic_error);
}

// --- deadlines and stops -----------------------------------------------------------

TEST_CASE("a timeout ends the range and all that it started",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    auto const e =
        cmd(child("sleep_until_killed"), "ready\n") | cmd(child("copy"));
    auto const range = e | lines({.timeout = 50ms});
    auto const begin = steady_clock::now();
    Strings got;
    try {
        std::ranges::copy(range, std::back_inserter(got));
        FAIL("nothing was thrown");
    } catch (TimeoutExpired const& error) {
        CHECK(error.timeout().limit() == 50ms);
        CHECK(error.command().find("sleep_until_killed") != std::string::npos);
        CHECK(error.command().find(" | ") != std::string::npos);
        std::string const message = error.what();
        CHECK(message.find("sleep_until_killed") != message.npos);
        CHECK(message.find("timed out after 50 ms; still running: ")
              != message.npos);
    }
    CHECK(no_leaks.left_behind() == "");
    CHECK(steady_clock::now() - begin >= 50ms);
    CHECK(range.begin() == range.end());
    CHECK_THROWS_AS(range.result(), std::logic_error);
}

TEST_CASE("a timeout ends a child that ignores SIGTERM", "[lines][options]")
{
    NoLeaks const no_leaks;
    auto const stubborn = cmd(child("ignore_term"));
    CHECK_THROWS_AS(collect(stubborn | lines({.timeout = 50ms})),
                    TimeoutExpired);
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("a timeout holds while lines come and come", "[lines][options]")
{
    NoLeaks const no_leaks;
    auto const endless = cmd(child("write_forever")) | cmd(child("copy"));
    CHECK_THROWS_AS(collect(endless | lines({.timeout = 20ms})),
                    TimeoutExpired);
}

TEST_CASE("a timeout that is not reached changes nothing", "[lines][options]")
{
    NoLeaks const no_leaks;
    auto const range = writes("a\nb") | lines({.timeout = 20s});
    CHECK(collect(range) == Strings{"a", "b"});
    CHECK(range.result().returncode == 0);
}

TEST_CASE("a timeout holds for the lines of a stream and of a file",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    auto const read_much = [](LineRange const& range) {
        int seen = 0;
        for (std::string_view const line : range)
            if (line.empty() || ++seen == 3'000'000)
                break;
    };
    Popen p({child("write_forever")}, {.out = Stdio::pipe});
    CHECK_THROWS_AS(read_much(p.out() | lines({.timeout = 1ms})),
                    TimeoutExpired);
    CHECK_THROWS_AS(read_much(Stdio(p.out().fd()) | lines({.timeout = 1ms})),
                    TimeoutExpired);
    p.out().close();
}

TEST_CASE("a stage's own time limit is its failure",
          "[lines][options][found:D16]")
{
    NoLeaks const no_leaks;
    auto const e = seq(cmd(child("print"), "a\n"),
                       cmd(child("sleep_until_killed"), "").timeout(20ms));
    auto const range = e | lines({.check = false});
    CHECK(collect(range) == Strings{"a"});
    REQUIRE(range.result().stages.size() == 2);
    CHECK(range.result().stages[1].timed_out);
    CHECK(range.result().failed);
}

TEST_CASE("another thread can stop a range that waits", "[lines][options]")
{
    NoLeaks const no_leaks;
    StopSource const source;
    auto go = make_pipe();
    std::thread stopper([&] {
        read_all(go.read_end.get());
        source.request_stop();
    });
    auto const e = cmd(child("sleep_until_killed"), "ready\n");
    auto const range = e | lines({.stop = source.token()});
    auto at = range.begin();
    CHECK(std::string_view(*at) == "ready");
    ++at;
    go.write_end.close();
    try {
        static_cast<void>(at == range.end());
        FAIL_CHECK("nothing was thrown");
    } catch (StopRequested const& error) {
        CHECK(error.command().find("sleep_until_killed") != std::string::npos);
    }
    stopper.join();
    CHECK(range.begin() == range.end());
    CHECK_THROWS_AS(range.result(), std::logic_error);
}

TEST_CASE("a range that was stopped before it began starts nothing",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    StopSource const source;
    source.request_stop();
    Told told;
    auto const range = cmd(child("write_forever"))
                     | lines({.stop = source.token(), .observer = &told});
    CHECK_THROWS_AS(collect(range), StopRequested);
    CHECK(std::ranges::count(told.events, "started") == 0);
}

// --- teardown ----------------------------------------------------------------------

TEST_CASE("leaving early gives SIGTERM, then its grace, then SIGKILL",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    Told told;
    {
        // Its first and only record ends when it ignores the signal.
        auto const range =
            cmd(child("ignore_term"))
            | records('r', {.teardown = {{.grace = 10ms}}, .observer = &told});
        CHECK(range.begin() != range.end());
    }
    CHECK(told.events
          == Strings{"planned 1", "started", "killed 15", "killed 9",
                     "exited -9"});
}

TEST_CASE("leaving early is told to a child that waits in peace",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    Told told;
    {
        auto const range =
            cmd(child("exit_on_term")) | records('r', {.observer = &told});
        CHECK(range.begin() != range.end());
    }
    CHECK(told.events
          == Strings{"planned 1", "started", "killed 15", "exited 7"});
}

TEST_CASE("leaving early can begin with any signal, or with SIGKILL",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    Told told;
    auto const left = [&](Teardown teardown) {
        auto const range = cmd(child("sleep_until_killed"), "x\n")
                         | lines({.teardown = teardown, .observer = &told});
        CHECK(range.begin() != range.end());
    };
    left({{.signal = SIGINT}});
    CHECK(told.events
          == Strings{"planned 1", "started", "killed 2", "exited -2"});
    told.events.clear();
    left({{.grace = 0s}});
    CHECK(told.events.back() == "exited -9");
}

TEST_CASE("a stop uses the teardown of the range", "[lines][options]")
{
    NoLeaks const no_leaks;
    StopSource const source;
    Told told;
    auto const range = cmd(child("ignore_term"))
                     | records('r', {.stop = source.token(),
                                     .teardown = {{.grace = 10ms}},
                                     .observer = &told});
    auto at = range.begin();
    CHECK(at != range.end());
    ++at;
    source.request_stop();
    CHECK_THROWS_AS(at == range.end(), StopRequested);
    CHECK(told.events.back() == "exited -9");
}

// --- the observer ------------------------------------------------------------------

TEST_CASE("an observer is told of all stages of a range, and of no lines",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    Told told;
    auto const e = writes("a\nb\n") | cmd(child("copy"));
    CHECK(collect(e | lines({.observer = &told})) == Strings{"a", "b"});
    REQUIRE(told.events.size() == 5);
    CHECK(told.events[0] == "planned 2");
    CHECK(std::ranges::count(told.events, "started") == 2);
    CHECK(std::ranges::count(told.events, "exited 0") == 2);
}

TEST_CASE("an observer is told that the time of a range is over",
          "[lines][options]")
{
    NoLeaks const no_leaks;
    Told told;
    auto const e = cmd(child("sleep_until_killed"));
    CHECK_THROWS_AS(collect(e | lines({.timeout = 10ms, .observer = &told})),
                    TimeoutExpired);
    auto const expired =
        std::ranges::count_if(told.events, [](std::string_view event) {
            return event.starts_with("expired ");
        });
    CHECK(expired == 1);
    CHECK(told.events.back() == "exited -9");
}

TEST_CASE("the default observer sees what ranges start", "[lines][options]")
{
    NoLeaks const no_leaks;
    Told told;
    auto* const before = set_default_observer(&told);
    auto const got = collect(cmd(child("print"), "a") | lines);
    set_default_observer(before);
    CHECK(got == Strings{"a"});
    CHECK(told.events == Strings{"planned 1", "started", "exited 0"});
}
