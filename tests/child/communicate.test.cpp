// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// All pipes of a child at once, without a deadlock and without a loss.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

std::chrono::nanoseconds cpu_time()
{
    ::timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec)
         + std::chrono::nanoseconds(time.tv_nsec);
}

/// `size` bytes that do not repeat in the sizes that pipes and buffers have.
std::string varied(std::size_t size)
{
    std::string piece(10'007, '\0');
    unsigned state = 1;
    for (auto& byte : piece) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24);
    }
    std::string text;
    text.reserve(size);
    while (text.size() < size)
        text.append(piece, 0, size - text.size());
    return text;
}

/// The `TimeoutExpired` that `attempt` throws.
template <class F>
TimeoutExpired expiry(F attempt)
{
    try {
        attempt();
    } catch (TimeoutExpired const& error) {
        return error;
    }
    throw std::logic_error("no timeout has passed");
}

PopenOptions piped(std::vector<int> pass_fds = {})
{
    return {.in = Stdio::pipe,
            .out = Stdio::pipe,
            .err = Stdio::pipe,
            .pass_fds = std::move(pass_fds)};
}

/// Starts a child that copies when it has read a byte from `gate`. It does not
/// outlive a case that fails.
Popen start_gated_copy(OwnPipe const& gate)
{
    int const fd = gate.read_end.get();
    auto options = piped({fd});
    options.on_destroy = OnDestroy::teardown;
    return Popen({child("gated_copy"), fd}, options);
}

} // namespace

TEST_CASE("communicate without pipes waits",
          "[popen][communicate][row:M06][row:M07]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 3});
    auto const [out, err] = p.communicate();
    CHECK(!out.captured());
    CHECK(!err.captured());
    CHECK(p.returncode() == 3);
}

TEST_CASE("communicate sends the input and gives both outputs",
          "[popen][communicate][row:M06][row:M07]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy_both")}, piped());
    auto const [out, err] = p.communicate("input");
    CHECK(out == "input");
    CHECK(err == "input");
    CHECK(p.returncode() == 0);
    CHECK(!p.in());
    CHECK(!p.out());
    CHECK(!p.err());
}

TEST_CASE("without input a piped stdin is closed at once",
          "[popen][communicate][row:M06]")
{
    NoLeaks const no_leaks;
    Popen p({child("count_bytes")}, piped());
    CHECK(p.communicate().out == "0\n");
    Popen q({child("count_bytes")}, piped());
    CHECK(q.communicate("").out == "0\n");
}

TEST_CASE("NUL bytes and bytes that are no UTF-8 are data",
          "[popen][communicate][row:P29]")
{
    NoLeaks const no_leaks;
    std::string const bytes("\0\xff\r\n\x80\0", 6);
    Popen p({child("copy")}, piped());
    CHECK(p.communicate(bytes).out == bytes);
}

TEST_CASE("a stream that is not piped is not captured, which is not empty",
          "[popen][communicate][row:M07]")
{
    NoLeaks const no_leaks;
    Popen p({child("write_to"), 2, "x"},
            {.out = Stdio::pipe, .err = Stdio::devnull});
    auto const [out, err] = p.communicate();
    CHECK(out.captured());
    CHECK(out == "");
    CHECK(!err.captured());
    CHECK_THROWS_AS(err.view(), std::logic_error);
}

TEST_CASE("64 MiB in, out and on stderr at once do not deadlock",
          "[popen][communicate][fault:X01][promise:P8]")
{
    NoLeaks const no_leaks;
    auto const text = varied(64 << 20);
    Popen p({child("copy_both")}, piped());
    auto const [out, err] = p.communicate(text);
    CHECK((out.view() == text));
    CHECK((err.view() == text));
    CHECK(p.returncode() == 0);
}

TEST_CASE("output that is all on one stream before the other is no deadlock",
          "[popen][communicate][fault:X01]")
{
    NoLeaks const no_leaks;
    Popen p({child("fill"), 3'000'000, 2'000'000}, piped());
    auto const [out, err] = p.communicate();
    CHECK((out.view() == std::string(3'000'000, 'o')));
    CHECK((err.view() == std::string(2'000'000, 'e')));
}

TEST_CASE("output that comes byte by byte is put together",
          "[popen][communicate]")
{
    NoLeaks const no_leaks;
    CHECK(output_of({child("slow_writer"), "slowly"}) == "slowly");
}

TEST_CASE("input that a child does not read is no error",
          "[popen][communicate][fault:X02][promise:P6][promise:P7]")
{
    NoLeaks const no_leaks;
    std::string const large(10'000'000, 'x');
    SECTION("it ends at once")
    {
        Popen p({child("exit_with"), 5}, piped());
        CHECK(p.communicate(large).out == "");
        CHECK(p.returncode() == 5);
    }
    SECTION("it reads a little")
    {
        Popen p({child("take_lines"), 1}, piped());
        CHECK(p.communicate("a line\n" + large).out == "a line\n");
        CHECK(p.returncode() == 0);
    }
    SECTION("it closes stdin and goes on")
    {
        Popen p({child("close_stdin_then_wait")}, piped());
        wait_for_output(p);
        CHECK_THROWS_AS(p.communicate(large, 50ms), TimeoutExpired);
        p.kill();
        CHECK(p.communicate().out == "r");
        CHECK(p.returncode() == -SIGKILL);
    }
}

TEST_CASE("after a timeout the child is left alone, and nothing is lost",
          "[popen][communicate][row:M09][row:M10][row:E03][fault:W02]")
{
    NoLeaks const no_leaks;
    auto gate = make_pipe();
    auto const text = varied(2'000'000);
    auto p = start_gated_copy(gate);
    {
        auto const input = text; // gone before it is sent
        wait_for_output(p);
        auto const error = expiry([&] { p.communicate(input, 50ms); });
        CHECK(error.out() == "ready");
        CHECK(error.err() == "");
        CHECK(error.timeout().limit() == 50ms);
        CHECK(error.command().starts_with(child("gated_copy")));
    }
    CHECK(p.poll() == std::nullopt);
    CHECK_THROWS_AS(p.communicate({}, 1ms), TimeoutExpired);
    CHECK(::write(gate.write_end.get(), "g", 1) == 1);
    auto const out = p.communicate({}, 15s).out;
    CHECK((out.view() == "ready" + text));
    CHECK(p.returncode() == 0);
}

TEST_CASE("after a timeout or an error the input may be overwritten",
          "[popen][communicate][guard][found:H]")
{
    NoLeaks const no_leaks;
    bool const by_error = GENERATE(false, true);
    auto gate = make_pipe();
    auto const text = varied(2'000'000);
    auto p = start_gated_copy(gate);
    {
        Faults faults;
        auto input = text;
        if (by_error) {
            faults.fail_always("ppoll", ENOMEM);
            CHECK_THROWS_AS(p.communicate(input), std::system_error);
        } else
            expiry([&] { p.communicate(input, 1ms); });
        std::ranges::fill(input, '!');
        if (!by_error) // what was kept is not taken from the caller again
            expiry([&] { p.communicate({}, 1ms); });
    }
    CHECK(::write(gate.write_end.get(), "g", 1) == 1);
    CHECK((p.communicate({}, 15s).out.view() == "ready" + text));
}

TEST_CASE("after a timeout kill and communicate end it",
          "[popen][communicate][row:M10]")
{
    NoLeaks const no_leaks;
    Popen p({child("sleep_until_killed"), "partial"}, piped());
    wait_for_output(p);
    CHECK_THROWS_AS(p.communicate({}, 50ms), TimeoutExpired);
    p.kill();
    CHECK(p.communicate().out == "partial");
    CHECK(p.returncode() == -SIGKILL);
}

TEST_CASE("a grandchild that keeps the pipe does not outlast a timeout",
          "[popen][communicate][fault:W01][promise:P13]")
{
    NoLeaks const no_leaks;
    auto options = piped();
    options.process_group = 0;
    Popen p({child("leave_grandchild")}, options);
    wait_for_output(p);
    auto const begin = Clock::now();
    try {
        p.communicate({}, 300ms);
        FAIL("the pipe has ended");
    } catch (TimeoutExpired const& error) {
        CHECK(error.out() == "x");
    }
    CHECK(Clock::now() - begin >= 300ms);
    CHECK(p.wait() == 0);
    ::kill(-p.pid(), SIGKILL);
    CHECK(p.communicate().out == "x");
}

TEST_CASE("what a grandchild writes after the child's end is read",
          "[popen][communicate][fault:X12]")
{
    NoLeaks const no_leaks;
    auto gate = make_pipe();
    int const fd = gate.read_end.get();
    Popen p({child("late_writer"), fd}, {.out = Stdio::pipe, .pass_fds = {fd}});
    CHECK(p.wait() == 0);
    CHECK(::write(gate.write_end.get(), "g", 1) == 1);
    CHECK(p.communicate().out == "nowlate");
}

TEST_CASE("a child that closes its outputs is waited for without a busy loop",
          "[popen][communicate][fault:X09]")
{
    NoLeaks const no_leaks;
    auto stdin_pipe = make_pipe();
    Popen p({child("close_outputs_then_wait")},
            {.in = stdin_pipe.read_end.get(),
             .out = Stdio::pipe,
             .err = Stdio::pipe});
    stdin_pipe.read_end.close();
    auto const before = cpu_time();
    CHECK_THROWS_AS(p.communicate({}, 150ms), TimeoutExpired);
    CHECK(cpu_time() - before < 50ms);
    stdin_pipe.write_end.close();
    auto const [out, err] = p.communicate();
    CHECK(out == "");
    CHECK(err == "");
    CHECK(p.returncode() == 0);
}

TEST_CASE("an unlimited writer is stopped by the timeout, not by memory",
          "[popen][communicate][row:M11]")
{
    NoLeaks const no_leaks;
    Popen p({child("write_forever")}, {.out = Stdio::pipe});
    wait_for_output(p);
    try {
        p.communicate({}, 30ms);
        FAIL("the child has ended");
    } catch (TimeoutExpired const& error) {
        CHECK(error.out().view().starts_with("y\n"));
    }
    p.kill();
    CHECK(p.communicate().out.view().starts_with("y\ny\n"));
}

TEST_CASE("input needs a piped stdin",
          "[popen][communicate][row:M08][row:E09][fault:I13]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 0}, {.in = Stdio::devnull});
    CHECK(message_of<std::invalid_argument>([&] { p.communicate("x"); })
          == "communicate() got input, but stdin is not piped, or closed");
    CHECK_THROWS_AS(p.communicate(""), std::invalid_argument);

    Popen closed({child("copy")}, piped());
    closed.in().close();
    CHECK_THROWS_AS(closed.communicate("x"), std::invalid_argument);
    CHECK(closed.communicate().out == "");
}

TEST_CASE("input is given once", "[popen][communicate][fault:I13]")
{
    NoLeaks const no_leaks;
    Popen p({child("close_stdin_then_wait")}, piped());
    CHECK_THROWS_AS(p.communicate("x", 10ms), TimeoutExpired);
    CHECK(message_of<std::invalid_argument>([&] { p.communicate("x"); })
          == "communicate() has its input already");
    p.kill();
    p.communicate();
    CHECK_THROWS_AS(p.communicate("x"), std::invalid_argument);
    CHECK(!p.communicate().out.captured());
}

TEST_CASE("what was written before and not flushed is sent first",
          "[popen][communicate]")
{
    NoLeaks const no_leaks;
    auto options = piped();
    options.bufsize = 4096;
    Popen p({child("copy")}, options);
    p.in().write("first ");
    CHECK(p.communicate("second").out == "first second");

    Popen q({child("copy")}, options);
    q.in().write("alone");
    CHECK(q.communicate().out == "alone");
}

TEST_CASE("input that is refused may be given again, mended",
          "[popen][communicate][text]")
{
    NoLeaks const no_leaks;
    std::string const encoding = GENERATE("UTF-8", "UTF-16");
    std::string const bad = GENERATE("abc\xc3", "abc\xff");
    auto options = piped();
    options.encoding = encoding;
    Popen p({child("copy")}, options);
    CHECK_THROWS_AS(p.communicate(bad), TextError);
    CHECK(p.communicate("good").out == "good");
}

TEST_CASE("input that waits behind what was not flushed is kept as well",
          "[popen][communicate][guard]")
{
    NoLeaks const no_leaks;
    auto gate = make_pipe();
    int const fd = gate.read_end.get();
    auto options = piped({fd});
    options.bufsize = 4096; // a conversation is not buffered otherwise
    Popen p({child("gated_copy"), fd}, options);
    auto const room = ::fcntl(p.in().fd(), F_GETPIPE_SZ);
    std::string const in_pipe(static_cast<std::size_t>(room), 'p');
    REQUIRE(::write(p.in().fd(), in_pipe.data(), in_pipe.size()) == room);
    p.in().write("not flushed ");
    std::string input = "the input";
    expiry([&] { p.communicate(input, 1ms); });
    std::ranges::fill(input, '!');
    CHECK(::write(gate.write_end.get(), "g", 1) == 1);
    auto const out = p.communicate({}, 15s).out;
    CHECK((out.view() == "ready" + in_pipe + "not flushed the input"));
}

TEST_CASE("what was read ahead before is part of the output",
          "[popen][communicate]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "one\ntwo\nthree"}, piped());
    CHECK(p.out().readline() == "one\n");
    CHECK(p.communicate().out == "two\nthree");
}

TEST_CASE("a stream that was closed before is not captured",
          "[popen][communicate]")
{
    NoLeaks const no_leaks;
    Popen p({child("write_to"), 2, "e"}, piped());
    p.out().close();
    auto const [out, err] = p.communicate();
    CHECK(!out.captured());
    CHECK(err == "e");
}

TEST_CASE("a timeout that does not pass changes nothing",
          "[popen][communicate][row:M09]")
{
    NoLeaks const no_leaks;
    auto const text = varied(1'000'000);
    Popen p({child("copy_both")}, piped());
    auto const [out, err] = p.communicate(text, 15s);
    CHECK((out.view() == text));
    CHECK((err.view() == text));
}

TEST_CASE("a limit of zero takes what is there", "[popen][communicate]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "text"}, piped());
    p.wait();
    // Everything is there already, but it may take several looks to see it.
    Communicated all;
    for (bool done = false; !done;)
        try {
            all = p.communicate({}, 0s);
            done = true;
        } catch (TimeoutExpired const&) {
        }
    CHECK(all.out == "text");
}

TEST_CASE("what is stuck while it is read by hand goes through communicate",
          "[popen][communicate][row:A05]")
{
    NoLeaks const no_leaks;
    Popen p({child("fill"), 1, 1'000'000},
            {.out = Stdio::pipe, .err = Stdio::pipe});
    CHECK(p.out().read(1) == "o"); // its end does not come: stderr is full
    CHECK_THROWS_AS(p.wait(50ms), TimeoutExpired);
    auto const [out, err] = p.communicate();
    CHECK(out == "");
    CHECK(err.size() == 1'000'000);
    CHECK(p.returncode() == 0);
}
