// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where lines come from, and how a range of them ends.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <ranges>
#include <stdexcept>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

/// A child that writes a line for each byte that it is given.
struct OnDemand {
    OwnPipe pipe = make_pipe();

    auto writer(int code = 0) const
    {
        return cmd(child("lines_on_demand"), code) < Stdio(pipe.read_end.get());
    }
    void ask(std::size_t lines)
    {
        std::string const bytes(lines, '.');
        REQUIRE(::write(pipe.write_end.get(), bytes.data(), bytes.size())
                == static_cast<ssize_t>(lines));
    }
    void ask_no_more() { pipe.write_end.close(); }
};

} // namespace

// --- sources -----------------------------------------------------------------------

TEST_CASE("lines come from a command, a pipeline and a list alike", "[lines]")
{
    NoLeaks const no_leaks;
    auto const one = cmd(child("print"), "1\n");
    auto const two = cmd(child("print"), "2\n");
    CHECK(collect(one | lines) == Strings{"1"});
    CHECK(collect(one | cmd(child("copy")) | lines) == Strings{"1"});
    CHECK(collect(seq(one, two) | lines) == Strings{"1", "2"});
    CHECK(collect((one && two) | lines) == Strings{"1", "2"});
    Pipeline erased = one;
    erased = erased | cmd(child("copy"));
    CHECK(collect(erased | lines) == Strings{"1"});
}

TEST_CASE("lines leave what is not stdout where it goes", "[lines]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const both = cmd(child("write_to"), 1, "out\n", 2, "err\n");
    CHECK(collect((both > err(directory / "e")) | lines) == Strings{"out"});
    CHECK(read_file(directory / "e") == "err\n");
    CHECK(collect((both > err_to_out) | lines) == Strings{"out", "err"});
}

TEST_CASE("what was captured beside the lines is in the result", "[lines]")
{
    NoLeaks const no_leaks;
    auto const both = cmd(child("write_to"), 1, "out\n", 2, "err\n");
    auto const range = (both > err(capture)) | lines;
    CHECK(collect(range) == Strings{"out"});
    CHECK(range.result().err == "err\n");
}

TEST_CASE("an expression can be read as lines any number of times", "[lines]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "a\nb");
    CHECK(collect(e | lines) == Strings{"a", "b"});
    CHECK(collect(e | lines) == Strings{"a", "b"});
}

TEST_CASE("a stream of a Popen gives its lines", "[lines]")
{
    NoLeaks const no_leaks;
    Popen p({child("write_to"), "1", "a\nb\n", "2", "c\nd"},
            {.out = Stdio::pipe, .err = Stdio::pipe});
    CHECK(collect(p.out() | lines) == Strings{"a", "b"});
    CHECK(collect(p.err() | lines) == Strings{"c", "d"});
    CHECK(p.wait() == 0);
}

TEST_CASE("lines go on where readline stopped, also in what was read ahead",
          "[lines]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "first\nsecond\nthird\nlast"},
            {.out = Stdio::pipe});
    CHECK(p.out().readline() == "first\n");
    CHECK(collect(p.out() | lines) == Strings{"second", "third", "last"});
}

TEST_CASE("the child behind a stream is not looked at", "[lines]")
{
    NoLeaks const no_leaks;
    Popen p({"/bin/sh", "-c", "echo a; exit 3"}, {.out = Stdio::pipe});
    auto const range = p.out() | lines;
    CHECK(collect(range) == Strings{"a"});
    CHECK(range.result().returncode == 0);
    CHECK(range.result().stages.empty());
    CHECK(p.wait() == 3);
}

TEST_CASE("leaving the lines of a stream early leaves its child alone",
          "[lines]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    Popen p({child("lines_on_demand")},
            {.in = demand.pipe.read_end.get(), .out = Stdio::pipe});
    demand.ask(1);
    for (std::string_view const line : p.out() | lines) {
        CHECK(line == "1");
        break;
    }
    CHECK_FALSE(p.poll());
    CHECK(p.out().readline() == "1\n"); // nobody moved over it
    demand.ask(1);
    CHECK(p.out().readline() == "2\n");
    demand.ask_no_more();
    CHECK(p.wait() == 0);
}

TEST_CASE("lines that were not moved over stay in the stream", "[lines]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "a\r\nb\nc\nd"}, {.out = Stdio::pipe});
    CHECK(collect(p.out() | lines({.universal_newlines = true})
                  | std::views::take(1))
          == Strings{"a"});
    CHECK(collect(p.out() | lines | std::views::take(1)) == Strings{"b"});
    CHECK(p.out().readline() == "c\n");
    CHECK(collect(p.out() | lines) == Strings{"d"});
    CHECK(p.wait() == 0);
}

TEST_CASE("lines that were not moved over stay in the stdout of a job",
          "[lines][job]")
{
    NoLeaks const no_leaks;
    auto job = start(cmd(child("print"), "a\nb\nc\n") > Stdio::pipe);
    CHECK(collect(job.lines() | std::views::take(1)) == Strings{"a"});
    CHECK(job.out().readline() == "b\n");
    CHECK(job.out().read() == "c\n");
    CHECK(job.wait().returncode == 0);
}

TEST_CASE("a stream that is not open has no lines", "[lines]")
{
    ReadStream none;
    CHECK_THROWS_AS(collect(none | lines), std::logic_error);
}

TEST_CASE("a file gives its lines", "[lines]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const name = directory / "f";
    write_file(name, "a\n\nb");
    CHECK(collect(Stdio(name) | lines) == Strings{"a", "", "b"});
    auto const range = Stdio(name) | lines;
    CHECK(collect(range).size() == 3);
    CHECK(range.result().returncode == 0);
    CHECK(range.result().stages.empty());
}

TEST_CASE("a file is opened by begin and closed at its end", "[lines]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const range = Stdio(directory / "f") | lines;
    write_file(directory / "f", "written later\n");
    CHECK(no_leaks.left_behind() == "");
    CHECK(collect(range) == Strings{"written later"});
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("reading the lines of a file changes nothing in it", "[lines]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "f", "a\n", 0444);
    CHECK(collect(Stdio(directory / "f") | lines) == Strings{"a"});
    CHECK(read_file(directory / "f") == "a\n");
}

TEST_CASE("a file that is not there is told by name", "[lines]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const name = directory / "no-such-file";
    auto const range = Stdio(name) | lines;
    try {
        static_cast<void>(range.begin());
        FAIL("nothing was thrown");
    } catch (std::system_error const& error) {
        CHECK(error.code() == std::errc::no_such_file_or_directory);
        CHECK(std::string(error.what()).find('"' + name + '"')
              != std::string::npos);
    }
    CHECK_THROWS_AS(range.begin(), std::system_error);
}

TEST_CASE("a directory has no lines and says so", "[lines]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const range = Stdio(directory.str()) | lines;
    try {
        collect(range);
        FAIL("nothing was thrown");
    } catch (std::system_error const& error) {
        CHECK(error.code() == std::errc::is_a_directory);
        CHECK(std::string(error.what()).find(directory.str())
              != std::string::npos);
    }
}

TEST_CASE("a descriptor gives its lines from where it stands, and stays open",
          "[lines]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "f", "passed over\na\nb\n");
    auto const file = open_fd(directory / "f", O_RDONLY);
    REQUIRE(::lseek(file.get(), 12, SEEK_SET) == 12);
    CHECK(collect(Stdio(file.get()) | lines) == Strings{"a", "b"});
    CHECK(::fcntl(file.get(), F_GETFD) >= 0);
}

TEST_CASE("a pipe gives its lines until its last writer is gone", "[lines]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    REQUIRE(::write(pipe.write_end.get(), "a\nb", 3) == 3);
    pipe.write_end.close();
    CHECK(collect(Stdio(pipe.read_end.get()) | lines) == Strings{"a", "b"});
}

TEST_CASE("a descriptor that does not block is waited for", "[lines]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    auto pipe = make_pipe();
    REQUIRE(::fcntl(pipe.read_end.get(), F_SETFL, O_NONBLOCK) == 0);
    Popen p({child("lines_on_demand")},
            {.in = demand.pipe.read_end.get(), .out = pipe.write_end.get()});
    pipe.write_end.close();
    auto const range = Stdio(pipe.read_end.get()) | lines;
    demand.ask(1);
    auto at = range.begin();
    CHECK(std::string_view(*at) == "1");
    ++at;
    demand.ask(1);
    demand.ask_no_more();
    CHECK(std::string_view(*at) == "2");
    ++at;
    CHECK(at == range.end());
}

TEST_CASE("a descriptor that is not open is told by number", "[lines]")
{
    NoLeaks const no_leaks;
    int const number = closed_fd();
    auto const range = Stdio(number) | lines;
    try {
        collect(range);
        FAIL("nothing was thrown");
    } catch (std::system_error const& error) {
        CHECK(error.code() == std::errc::bad_file_descriptor);
        CHECK(std::string(error.what()).find(std::to_string(number))
              != std::string::npos);
    }
}

TEST_CASE("the null device has no lines", "[lines]")
{
    NoLeaks const no_leaks;
    CHECK(collect(Stdio(devnull) | lines).empty());
}

TEST_CASE("lines of a pipe to nowhere are refused when they are described",
          "[lines]")
{
    CHECK_THROWS_AS(Stdio(Stdio::pipe) | lines, std::invalid_argument);
    CHECK_THROWS_AS(Stdio(Stdio::out) | lines, std::invalid_argument);
}

TEST_CASE("a program that cannot be started is told by begin", "[lines]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "a") | cmd("no-such-program");
    auto const range = e | lines;
    try {
        static_cast<void>(range.begin());
        FAIL("nothing was thrown");
    } catch (SpawnError const& error) {
        CHECK(error.program() == "no-such-program");
        CHECK(error.stage() == 2);
        CHECK(error.code() == std::errc::no_such_file_or_directory);
    }
}

// --- one pass ----------------------------------------------------------------------

TEST_CASE("a second loop goes on behind the line that the first one left at",
          "[lines]")
{
    NoLeaks const no_leaks;
    auto const range = cmd(child("print"), "a\nb\nc\nd\n") | lines;
    Strings first;
    for (std::string_view const line : range) {
        first.emplace_back(line);
        if (line == "b")
            break;
    }
    CHECK(first == Strings{"a", "b"});
    // "b" was not passed: the loop left before it moved on.
    CHECK(collect(range) == Strings{"b", "c", "d"});
}

TEST_CASE("a line that was passed does not come again", "[lines]")
{
    NoLeaks const no_leaks;
    auto const range = cmd(child("print"), "a\nb\nc\n") | lines;
    auto at = range.begin();
    CHECK(std::string_view(*at) == "a");
    ++at;
    CHECK(collect(range) == Strings{"b", "c"});
}

TEST_CASE("asking whether a range is empty loses no line", "[lines]")
{
    NoLeaks const no_leaks;
    auto const range = cmd(child("print"), "a\nb\n") | lines;
    CHECK_FALSE(range.begin() == range.end());
    CHECK(std::string_view(*range.begin()) == "a");
    CHECK(collect(range) == Strings{"a", "b"});
}

TEST_CASE("a loop goes on after another begin that moves over nothing",
          "[lines]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("write_lines"), 3000, 20);
    auto const range = e | lines;
    int seen = 0;
    bool in_order = true;
    for (std::string_view const line : range) {
        in_order &= line.size() == 20 && line.starts_with(std::to_string(seen));
        if (seen++ % 7 == 0)
            in_order &= range.begin() != range.end();
    }
    CHECK(seen == 3000);
    CHECK(in_order);
}

TEST_CASE("begin again loses no line wherever the bytes were cut", "[lines]")
{
    NoLeaks const no_leaks;
    std::string text;
    Strings wanted;
    for (int i = 0; i < 3000; ++i) {
        wanted.push_back(std::string(static_cast<std::size_t>(i) % 97, 'x')
                         + std::to_string(i));
        text += wanted.back() + '\n';
    }
    auto const range = (cmd(child("copy")) < runnel::text(text)) | lines;
    Strings got;
    for (;;) {
        auto at = range.begin();
        if (at == range.end())
            break;
        got.emplace_back(*at);
        ++at;
        if (got.size() % 3 != 0)
            continue;
        if (at == range.end())
            break;
        got.emplace_back(*at);
        ++at;
    }
    CHECK((got == wanted));
}

TEST_CASE("copies of a range are handles to the same lines", "[lines]")
{
    NoLeaks const no_leaks;
    auto range = cmd(child("print"), "a\nb\nc\n") | lines;
    auto const copy = range;
    auto at = range.begin();
    ++at;
    CHECK(std::string_view(*copy.begin()) == "b");
    range = LineRange();
    CHECK(collect(copy) == Strings{"b", "c"});
    CHECK(copy.result().stages.size() == 1);
}

TEST_CASE("++ only marks: the next line is read when it is asked for",
          "[lines]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    auto const range = demand.writer() | lines;
    demand.ask(1);
    auto at = range.begin();
    CHECK(std::string_view(*at) == "1");
    ++at; // nobody asked the child for a second line
    demand.ask(1);
    CHECK(std::string_view(*at) == "2");
    at++;
    demand.ask_no_more();
    CHECK(at == range.end());
    CHECK(range.result().returncode == 0);
}

TEST_CASE("take returns after its last line, though the writer waits",
          "[lines]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    demand.ask(3);
    CHECK(collect(demand.writer() | lines | std::views::take(3))
          == Strings{"1", "2", "3"});
}

TEST_CASE("nothing is started and nothing is read before begin", "[lines]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "made";
    auto const range = sh("echo x > \"$0\"", file) | lines;
    auto const view = range | std::views::take(3);
    CHECK(no_leaks.left_behind() == "");
    CHECK(::access(file.c_str(), F_OK) != 0);
    CHECK(collect(view).empty());
    CHECK(read_file(file) == "x\n");
}

TEST_CASE("reading past the end is told", "[lines]")
{
    NoLeaks const no_leaks;
    auto const range = cmd(child("print"), "a") | lines;
    auto at = range.begin();
    ++at;
    CHECK(at == range.end());
    CHECK_THROWS_AS(*at, std::logic_error);
    ++at;
    CHECK(at == range.end());
    CHECK_THROWS_AS(*LineRange().begin(), std::logic_error);
    CHECK_THROWS_AS(*LineRange::iterator(), std::logic_error);
}

// --- the result --------------------------------------------------------------------

TEST_CASE("a range has a result when it has come to its end", "[lines]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "a\nb\n") | cmd(child("copy"));
    auto const range = e | lines;
    CHECK_THROWS_AS(range.result(), std::logic_error);
    auto at = range.begin();
    CHECK_THROWS_AS(range.result(), std::logic_error);
    ++at;
    ++at;
    CHECK(at == range.end());
    REQUIRE(range.result().stages.size() == 2);
    CHECK(range.result().returncode == 0);
    CHECK(range.result().stages[0].args[1] == "a\nb\n");
    CHECK(range.result().stages[1].status.code() == 0);
    CHECK_THROWS_AS(LineRange().result(), std::logic_error);
}

TEST_CASE("a failure is thrown at the end, once, and is in the result",
          "[lines]")
{
    NoLeaks const no_leaks;
    auto const range = sh("echo a; exit 3") | lines;
    auto at = range.begin();
    CHECK(std::string_view(*at) == "a");
    ++at;
    CHECK_THROWS_AS(at == range.end(), CalledProcessError);
    CHECK(at == range.end());
    CHECK_THROWS_AS(range.begin(), std::logic_error);
    CHECK(range.result().returncode == 3);
    CHECK(range.result().failed);
}

TEST_CASE("a failure that is not checked is in the result alone", "[lines]")
{
    NoLeaks const no_leaks;
    auto const e = sh("echo a; exit 3") | cmd(child("copy"));
    auto const range = e | lines({.check = false});
    CHECK(collect(range) == Strings{"a"});
    CHECK(range.result().returncode == 3);
    CHECK(range.result().decided_by == 0);
}

TEST_CASE("a code that is accepted and a stage that is unchecked do not throw",
          "[lines]")
{
    NoLeaks const no_leaks;
    auto const three = cmd(child("exit_with"), 3);
    auto const accepted = three.accept({0, 3}) | lines;
    CHECK(collect(accepted).empty());
    CHECK(accepted.result().returncode == 3);
    CHECK(collect(three.unchecked() | lines).empty());
    CHECK_THROWS_AS(collect(three | lines), CalledProcessError);
}

TEST_CASE("what a failed stage said to stderr is in the error", "[lines]")
{
    NoLeaks const no_leaks;
    auto const failing = sh("echo no such luck >&2; exit 3") > err(capture);
    auto const message =
        message_of<CalledProcessError>([&] { collect(failing | lines); });
    CHECK(message.find("exit code 3") != message.npos);
    CHECK(message.find("no such luck") != message.npos);
}

TEST_CASE("the lines of a stage killed by a signal end in its error", "[lines]")
{
    NoLeaks const no_leaks;
    auto const range = sh("echo a; kill -KILL $$") | lines;
    Strings got;
    CHECK_THROWS_AS(std::ranges::copy(range, std::back_inserter(got)),
                    CalledProcessError);
    CHECK(got == Strings{"a"});
    CHECK(range.result().returncode == -SIGKILL);
}

TEST_CASE("a child that closes stdout and goes on is waited for", "[lines]")
{
    NoLeaks const no_leaks;
    auto pipe = make_pipe();
    auto const quiet =
        cmd(child("close_outputs_then_wait")) < Stdio(pipe.read_end.get());
    auto const range = quiet | lines;
    auto const at = range.begin();
    pipe.write_end.close();
    CHECK(at == range.end());
    CHECK(range.result().stages.size() == 1);
}

// --- leaving early -----------------------------------------------------------------

TEST_CASE("whoever breaks out of the loop leaves no process behind", "[lines]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    demand.ask(2);
    auto const e = demand.writer() | cmd(child("copy"));
    for (std::string_view const line : e | lines)
        if (line == "2")
            break;
    CHECK(no_leaks.left_behind().find("child") == std::string::npos);
}

TEST_CASE("an exception in the loop is the one that is seen", "[lines]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    demand.ask(1);
    auto const loop = [&] {
        for (std::string_view const line : demand.writer(7) | lines)
            throw std::runtime_error(std::string(line));
    };
    CHECK(message_of<std::runtime_error>(loop) == "1");
}

TEST_CASE("a range that is destroyed before its end ends what writes",
          "[lines]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    std::string const before = no_leaks.left_behind();
    {
        auto const range = demand.writer() | lines;
        demand.ask(1);
        CHECK(range.begin() != range.end());
        auto const copy = range;
    }
    CHECK(no_leaks.left_behind() == before);
}

TEST_CASE("the last copy that goes ends what writes, not the first", "[lines]")
{
    NoLeaks const no_leaks;
    OnDemand demand;
    demand.ask(2);
    auto range = std::make_unique<LineRange>(demand.writer() | lines);
    auto at = range->begin();
    CHECK(std::string_view(*at) == "1");
    ++at;
    auto const copy = *range;
    range.reset();
    CHECK(std::string_view(*at) == "2");
    demand.ask_no_more();
    ++at;
    CHECK(at == copy.end());
    CHECK(copy.result().returncode == 0);
}

TEST_CASE("a failure that leaving early brings about is not thrown", "[lines]")
{
    NoLeaks const no_leaks;
    auto const e = sh("trap 'exit 9' TERM PIPE; while :; do echo y; done");
    for (std::string_view const line : e | lines) {
        CHECK(line == "y");
        break;
    }
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("a range that was started and not read leaves nothing", "[lines]")
{
    NoLeaks const no_leaks;
    {
        auto const range = cmd(child("write_forever")) | lines;
        static_cast<void>(range.begin());
    }
    {
        auto const range = cmd(child("write_forever")) | lines;
        static_cast<void>(range);
    }
    CHECK(no_leaks.left_behind() == "");
}
