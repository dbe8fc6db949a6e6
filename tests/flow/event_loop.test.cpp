// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Lines for a program that has an event loop of its own: nothing waits but its
// poll.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

using Deadline = std::optional<steady_clock::time_point>;

int milliseconds_until(Deadline deadline)
{
    if (!deadline)
        return -1;
    auto const left = *deadline - steady_clock::now();
    if (left <= 0s)
        return 0;
    return static_cast<int>(
        std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

/// Waits as an event loop does. A descriptor that is -1 is not looked at.
void wait_for(std::initializer_list<int> fds, Deadline deadline)
{
    std::vector<::pollfd> items;
    for (int const fd : fds)
        items.push_back({fd, POLLIN, 0});
    ::poll(items.data(), items.size(), milliseconds_until(deadline));
}

bool is_readable(int fd)
{
    ::pollfd item{fd, POLLIN, 0};
    return ::poll(&item, 1, 0) == 1;
}

struct Driven {
    Strings lines;
    int waits = 0;
};

std::string text_of(std::string_view line)
{
    return std::string(line);
}

std::string text_of(Chunk const& chunk)
{
    return {reinterpret_cast<char const*>(chunk.data()), chunk.size()};
}

std::string text_of(TaggedLine const& line)
{
    return std::to_string(line.stage) + ":" + line.line;
}

/// Drives `range` to its end. `idle` is called when it has nothing to give.
template <class Range>
Driven drive(Range& range, std::function<void()> const& idle = {})
{
    Driven driven;
    for (;;) {
        if (auto const element = range.try_next()) {
            driven.lines.push_back(text_of(*element));
            continue;
        }
        if (range.ended())
            return driven;
        if (idle)
            idle();
        ++driven.waits;
        wait_for({range.fd()}, range.next_deadline());
    }
}

/// True if a loop over `range`, which has nothing to give, comes to rest.
bool comes_to_rest(LineRange& range)
{
    for (int turn = 0; turn < 1000; ++turn) {
        ::pollfd item{range.fd(), POLLIN, 0};
        if (::poll(&item, 1, 50) == 0)
            return true;
        if (range.try_next())
            return false;
    }
    return false;
}

/// A child that writes a line for each byte that it is given.
struct OnDemand {
    OwnPipe pipe = make_pipe();

    auto writer(int code = 0) const
    {
        return cmd(child("lines_on_demand"), code) < Stdio(pipe.read_end.get());
    }
    void ask() { REQUIRE(::write(pipe.write_end.get(), ".", 1) == 1); }
    void ask_no_more() { pipe.write_end.close(); }
};

} // namespace

TEST_CASE("an event loop reads a range to its end", "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto range = cmd(child("print"), "a\n\nb") | cmd(child("copy")) | lines;
    CHECK_FALSE(range.ended());
    CHECK(drive(range).lines == Strings{"a", "", "b"});
    CHECK(range.ended());
    CHECK(range.result().stages.size() == 2);
    CHECK_FALSE(range.try_next());
}

TEST_CASE("try_next gives nothing while nothing is there, and does not wait",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    auto range = demand.writer() | lines;
    for (int i = 1; i <= 3; ++i) {
        // Who would wait here would wait for ever.
        CHECK_FALSE(range.try_next());
        CHECK_FALSE(range.ended());
        demand.ask();
        std::optional<Line> line;
        while (!(line = range.try_next()))
            wait_for({range.fd()}, range.next_deadline());
        CHECK(std::string_view(*line) == std::to_string(i));
    }
    CHECK_FALSE(range.try_next());
    demand.ask_no_more();
    CHECK(drive(range).lines.empty());
    CHECK(range.result().returncode == 0);
}

TEST_CASE("a loop that has nothing to do sleeps", "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    auto range = (demand.writer() | cmd(child("copy"))) | lines;
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(range.try_next());
        CHECK(comes_to_rest(range));
        demand.ask();
        while (!range.try_next())
            wait_for({range.fd()}, range.next_deadline());
    }
    demand.ask_no_more();
    CHECK(drive(range).waits < 10);
}

TEST_CASE("a loop that waits for a child that has closed its stdout sleeps",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    auto const e =
        cmd(child("close_outputs_then_wait")) < Stdio(pipe.read_end.get());
    auto range = e | lines;
    CHECK_FALSE(range.try_next());
    CHECK(comes_to_rest(range));
    pipe.write_end.close();
    CHECK(drive(range).lines.empty());
    CHECK(range.result().returncode == 0);
}

TEST_CASE("the descriptor of a range is one for its whole life",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    auto range = demand.writer() | lines;
    int const fd = range.fd();
    CHECK(fd >= 0);
    demand.ask();
    while (!range.try_next())
        wait_for({range.fd()}, range.next_deadline());
    CHECK(range.fd() == fd);
    CHECK_FALSE(range.try_next());
    CHECK(range.fd() == fd);
    demand.ask_no_more();
    CHECK(drive(range).lines.empty());
}

TEST_CASE("what was given without waiting is valid until the next call",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto range = cmd(child("write_lines"), 20'000, 60) | lines;
    std::size_t count = 0;
    bool all_valid = true;
    for (;;) {
        if (auto const line = range.try_next())
            all_valid &= line->size() == 60
                      && line->starts_with(std::to_string(count++));
        else if (range.ended())
            break;
        else
            wait_for({range.fd()}, range.next_deadline());
    }
    CHECK(all_valid);
    CHECK(count == 20'000);
}

TEST_CASE("fd and try_next start a range, and tell if that fails",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto first = cmd("no-such-program") | lines;
    CHECK_THROWS_AS(first.try_next(), SpawnError);
    auto second = cmd("no-such-program") | lines;
    CHECK_THROWS_AS(second.fd(), SpawnError);
    auto third = cmd(child("print"), "a") | lines;
    CHECK(third.fd() >= 0);
    CHECK(drive(third).lines == Strings{"a"});
}

TEST_CASE("a failure is thrown by try_next when all lines were given",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto const failing = sh("echo a; exit 3");
    auto range = failing | lines;
    Strings got;
    auto const loop = [&] {
        while (!range.ended())
            if (auto const line = range.try_next())
                got.emplace_back(*line);
            else
                wait_for({range.fd()}, range.next_deadline());
    };
    CHECK_THROWS_AS(loop(), CalledProcessError);
    CHECK(got == Strings{"a"});
    CHECK(range.ended());
    CHECK_FALSE(range.try_next());
    CHECK(range.result().returncode == 3);

    auto unchecked = failing | lines({.check = false});
    CHECK(drive(unchecked).lines == Strings{"a"});
    CHECK(unchecked.result().returncode == 3);
}

TEST_CASE("a line that is too long ends what an event loop reads",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto range = cmd(child("write_forever")) | records('\0', {.max_line = 100});
    CHECK_THROWS_AS(drive(range), LineTooLong);
    CHECK(range.ended());
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("next_deadline brings an event loop to a timeout",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto range =
        cmd(child("sleep_until_killed"), "a\n") | lines({.timeout = 50ms});
    CHECK(range.fd() >= 0);
    REQUIRE(range.next_deadline());
    CHECK(*range.next_deadline() <= steady_clock::now() + 50ms);
    CHECK_THROWS_AS(drive(range), TimeoutExpired);
    CHECK(range.ended());
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("a range that has not been started is due at once",
          "[lines][chunks][tagged][event_loop]")
{
    NoLeaks const no_leaks;
    auto const is_due = [](auto const& range) {
        auto const next = range.next_deadline();
        return next && *next <= steady_clock::now();
    };
    auto const e = cmd(child("print"), "a\n");
    CHECK(is_due(e | lines));
    CHECK(is_due(e | chunks));
    CHECK(is_due(e | tagged));
    CHECK(is_due(e | stage(std::views::take(9)) | lines));
}

TEST_CASE("a range that may have more in its buffer is due at once",
          "[lines][chunks][event_loop]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("sleep_until_killed"), "1\n2\n3\n");
    auto const takes_one_a_turn = [](auto range, std::size_t count) {
        for (std::string all;;) {
            if (auto const one = range.try_next()) {
                all += text_of(*one);
                if (--count == 0)
                    return all;
            }
            wait_for({range.fd()}, range.next_deadline());
        }
    };
    CHECK(takes_one_a_turn(e | lines, 3) == "123");
    CHECK(takes_one_a_turn(e | chunks(2, {.full = true}), 3) == "1\n2\n3\n");
}

TEST_CASE("a range without a timeout has no deadline",
          "[lines][event_loop][pidfd]")
{
    NoLeaks const no_leaks;
    auto range = cmd(child("print"), "a") | lines;
    CHECK(range.fd() >= 0);
    CHECK_FALSE(range.next_deadline());
    CHECK(drive(range).lines == Strings{"a"});
    CHECK_FALSE(range.next_deadline());
}

TEST_CASE("a stop wakes an event loop", "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    StopSource const source;
    auto range = cmd(child("sleep_until_killed"), "a\n")
               | lines({.stop = source.token()});
    auto const stop = [&] { source.request_stop(); };
    CHECK_THROWS_AS(drive(range, stop), StopRequested);
    CHECK(range.ended());
}

TEST_CASE("an event loop may leave early", "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    {
        auto range = cmd(child("write_forever")) | lines;
        while (!range.try_next())
            wait_for({range.fd()}, range.next_deadline());
    }
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("a range made by default has ended", "[lines][event_loop]")
{
    LineRange range;
    CHECK(range.ended());
    CHECK_FALSE(range.try_next());
    CHECK(range.fd() == -1);
    CHECK_FALSE(range.next_deadline());
}

TEST_CASE("text that is fed moves while an event loop reads",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    std::string const much(3'000'000, '\n');
    auto range = (cmd(child("copy")) < text(much)) | cmd(child("copy")) | lines;
    CHECK(drive(range).lines.size() == 3'000'000);
}

TEST_CASE("a list is carried on by an event loop", "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto range = seq(cmd(child("print"), "a\n"), cmd(child("exit_with"), 0),
                     cmd(child("print"), "b\n"))
               | lines;
    CHECK(drive(range).lines == Strings{"a", "b"});
    CHECK(range.result().stages.size() == 3);
}

// --- C++ in it ---------------------------------------------------------------------

TEST_CASE("an event loop reads what a stage makes", "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto const doubled = stage(std::views::transform(
        [](std::string_view line) { return std::string(line) + "!"; }));
    auto range = cmd(child("print"), "a\nb\n") | doubled | lines;
    CHECK(drive(range).lines == Strings{"a!", "b!"});
    CHECK(range.ended());
    CHECK(range.result().stages.size() == 1);
}

TEST_CASE("an event loop is not held up by a stage that waits",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    auto const same = stage(std::identity());
    auto range = demand.writer() | same | lines;
    for (int i = 1; i <= 3; ++i) {
        CHECK_FALSE(range.try_next());
        CHECK_FALSE(range.ended());
        CHECK(comes_to_rest(range));
        demand.ask();
        std::optional<Line> line;
        while (!(line = range.try_next()))
            wait_for({range.fd()}, range.next_deadline());
        CHECK(std::string_view(*line) == std::to_string(i));
    }
    demand.ask_no_more();
    CHECK(drive(range).lines.empty());
    CHECK(range.result().returncode == 0);
}

TEST_CASE("what a stage throws reaches an event loop", "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto const throwing =
        stage(std::views::transform([](std::string_view line) -> std::string {
            throw std::runtime_error(std::string(line));
        }));
    auto range = cmd(child("write_forever")) | throwing | lines;
    CHECK(message_of<std::runtime_error>([&] { drive(range); }) == "y");
    CHECK(range.ended());
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("an event loop may leave a stage that waits", "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    auto const before = no_leaks.left_behind();
    {
        auto const same = stage(std::identity());
        auto range = demand.writer() | same | lines;
        demand.ask();
        while (!range.try_next())
            wait_for({range.fd()}, range.next_deadline());
    }
    CHECK(no_leaks.left_behind() == before);
}

TEST_CASE("an event loop reads the first lines of an endless pipeline",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto range = cmd(child("write_forever")) | first(3) | lines;
    CHECK(drive(range).lines == Strings{"y", "y", "y"});
    CHECK(range.result().returncode == 0);
}

TEST_CASE("an event loop reads what a range and a command make",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    Strings const words{"a", "b"};
    auto range = words | cmd(child("copy")) | lines;
    CHECK(drive(range).lines == Strings{"a", "b"});
}

// --- other sources -----------------------------------------------------------------

TEST_CASE("an event loop reads a file", "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "f", "a\nb");
    auto range = Stdio(directory / "f") | lines;
    CHECK(drive(range).lines == Strings{"a", "b"});
    CHECK(range.ended());
}

TEST_CASE("an event loop reads a pipe of its own", "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    auto range = Stdio(pipe.read_end.get()) | lines;
    CHECK_FALSE(range.try_next());
    CHECK_FALSE(is_readable(range.fd()));
    REQUIRE(::write(pipe.write_end.get(), "a\nb", 3) == 3);
    CHECK(is_readable(range.fd()));
    auto const line = range.try_next();
    REQUIRE(line);
    CHECK(std::string_view(*line) == "a");
    CHECK_FALSE(range.try_next());
    pipe.write_end.close();
    CHECK(drive(range).lines == Strings{"b"});
}

TEST_CASE("an event loop reads a stream, and first what was read ahead",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    Popen p({child("print"), "first\nsecond\nthird"}, {.out = Stdio::pipe});
    CHECK(p.out().readline() == "first\n");
    auto range = p.out() | lines;
    CHECK(drive(range).lines == Strings{"second", "third"});

    Popen q({child("lines_on_demand")},
            {.in = demand.pipe.read_end.get(), .out = Stdio::pipe});
    auto slow = q.out() | lines;
    CHECK_FALSE(slow.try_next());
    auto const driven = drive(slow, [&] { demand.ask_no_more(); });
    CHECK(driven.lines.empty());
}

TEST_CASE("an event loop reads two ranges side by side", "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    auto slow = demand.writer() | lines;
    auto quick = cmd(child("write_lines"), 1000, 3) | lines;
    std::size_t of_slow = 0;
    std::size_t of_quick = 0;
    while (!slow.ended() || !quick.ended()) {
        while (slow.try_next())
            ++of_slow;
        while (quick.try_next())
            ++of_quick;
        if (of_slow < 5 && of_quick == 1000)
            demand.ask();
        else if (of_slow >= 5)
            demand.ask_no_more();
        if (!slow.ended() || !quick.ended())
            wait_for({slow.ended() ? -1 : slow.fd(),
                      quick.ended() ? -1 : quick.fd()},
                     slow.next_deadline());
    }
    CHECK(of_slow >= 5);
    CHECK(of_quick == 1000);
}

// --- a job -------------------------------------------------------------------------

TEST_CASE("the lines of a job that the caller drives come beside its steps",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto const e =
        cmd(child("copy_both"))<Stdio::pipe> Stdio::pipe > err(capture);
    auto job = start(e, {.pump = Pump::caller});
    auto range = job.lines();
    job.in().write("a\nb\n");
    job.in().close();
    Strings got;
    bool over = false;
    while (!over || !range.ended()) {
        over = job.step();
        while (auto const line = range.try_next())
            got.emplace_back(*line);
        if (!over || !range.ended())
            wait_for({over ? -1 : job.fd(), range.ended() ? -1 : range.fd()},
                     job.next_deadline());
    }
    CHECK(got == Strings{"a", "b"});
    CHECK(range.result().returncode == 0);
    CHECK(job.wait().err == "a\nb\n");
}

TEST_CASE("the lines of a job move what is captured beside them",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto const e =
        cmd(child("fill"), 1'000'000, 1'000'000) > Stdio::pipe > err(capture);
    auto job = start(e, {.pump = Pump::caller});
    auto range = job.lines();
    auto const got = drive(range).lines;
    REQUIRE(got.size() == 1);
    CHECK(got[0].size() == 1'000'000);
    CHECK(job.wait().err.view().size() == 1'000'000);
}

TEST_CASE("a failed job is thrown at the end of its lines",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto const e = sh("echo a; exit 3") > Stdio::pipe;
    auto job = start(e, {.pump = Pump::caller});
    auto range = job.lines();
    CHECK_THROWS_AS(drive(range), CalledProcessError);
    CHECK(range.ended());
    CHECK(job.wait().returncode == 3);

    auto other = start(e);
    CHECK(collect(other.lines({.check = false})) == Strings{"a"});
    CHECK(other.wait().returncode == 3);
}

TEST_CASE("a job that a thread of ours drives gives lines as well",
          "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto const e =
        cmd(child("copy_both"))<Stdio::pipe> Stdio::pipe > err(capture);
    auto job = start(e);
    job.in().write("a\n");
    job.in().flush();
    auto range = job.lines();
    auto at = range.begin();
    CHECK(std::string_view(*at) == "a");
    job.in().write("b\n");
    job.in().close();
    ++at;
    CHECK(collect(range) == Strings{"b"});
    CHECK(job.wait().err == "a\nb\n");
}

TEST_CASE("a job without a pipe from it has no lines", "[lines][event_loop]")
{
    NoLeaks const no_leaks;
    auto job = start(cmd(child("exit_with"), 0));
    CHECK_THROWS_AS(job.lines(), std::logic_error);
    CHECK(job.wait().returncode == 0);
}

// --- chunks and tagged lines -----------------------------------------------------

TEST_CASE("an event loop reads chunks to their end", "[chunks][event_loop]")
{
    NoLeaks const no_leaks;
    auto range = cmd(child("print"), "abcde") | cmd(child("copy")) | chunks(2);
    CHECK_FALSE(range.ended());
    CHECK(drive(range).lines == Strings{"ab", "cd", "e"});
    CHECK(range.ended());
    CHECK(range.fd() == -1);
    CHECK(range.result().stages.size() == 2);
    CHECK_FALSE(range.try_next());
}

TEST_CASE("full chunks of an event loop wait until they are full",
          "[chunks][event_loop]")
{
    NoLeaks const no_leaks;
    OnDemand child;
    auto range = child.writer() | chunks(5, {.full = true});
    int asked = 0;
    auto const driven = drive(range, [&] {
        if (++asked <= 4)
            child.ask();
        else if (asked == 5)
            child.ask_no_more();
    });
    std::string all;
    for (auto const& chunk : driven.lines) {
        CHECK((chunk.size() == 5 || &chunk == &driven.lines.back()));
        all += chunk;
    }
    CHECK(all == "1\n2\n3\n4\n");
}

TEST_CASE("an event loop gets the failure of what writes chunks",
          "[chunks][event_loop]")
{
    NoLeaks const no_leaks;
    auto range = sh("echo a; exit 3") | chunks;
    CHECK_THROWS_AS(drive(range), CalledProcessError);
    CHECK(range.ended());
}

TEST_CASE("chunks of an event loop leave to a stream what they did not give",
          "[chunks][event_loop]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "abcdef"}, {.out = Stdio::pipe});
    p.wait();
    {
        auto range = p.out() | chunks(2);
        auto const first = range.try_next();
        REQUIRE(first);
        CHECK(text_of(*first) == "ab");
    }
    CHECK(p.out().read() == "cdef");
}

TEST_CASE("an event loop reads tagged lines to their end",
          "[tagged][event_loop]")
{
    NoLeaks const no_leaks;
    auto range =
        (sh("echo a >&2; echo x; exit 1").unchecked() | sh("cat; echo b >&2"))
        | tagged;
    CHECK_FALSE(range.ended());
    auto lines_given = drive(range).lines;
    std::ranges::sort(lines_given);
    CHECK(lines_given == Strings{"0:a", "1:b", "1:x"});
    CHECK(range.ended());
    CHECK(range.result().stages.size() == 2);
    CHECK_FALSE(range.try_next());
}

TEST_CASE("an event loop gets a failure after the last tagged line",
          "[tagged][event_loop]")
{
    NoLeaks const no_leaks;
    auto range = sh("echo a; exit 3") | tagged;
    Strings lines_given;
    CHECK_THROWS_AS(
        [&] {
            while (!range.ended()) {
                while (auto const line = range.try_next())
                    lines_given.push_back(line->line);
                wait_for({range.fd()}, range.next_deadline());
            }
        }(),
        CalledProcessError);
    CHECK(lines_given == Strings{"a"});
}
