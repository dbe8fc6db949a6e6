// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A child process on a pseudo-terminal.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/tree.hpp"

#include <runnel/popen.hpp>

#include <catch2/catch.hpp>

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <utility>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t mib = std::size_t{1024} * 1024;

PopenOptions on_terminal(Pty const& pty = {.keep_newlines = true})
{
    return {.pty = pty};
}

/// What `tell_terminal WHAT` says.
std::string told(char const* what, PopenOptions const& options = on_terminal())
{
    return Popen({child("tell_terminal"), what}, options)
        .communicate()
        .out.str();
}

/// What ends an endless write.
std::errc error_of_write(WriteStream& stream)
{
    std::string const much(mib, 'x');
    try {
        for (;;)
            stream.write(much);
    } catch (std::system_error const& error) {
        return static_cast<std::errc>(error.code().value());
    }
}

} // namespace

// --- what the child sees -----------------------------------------------------------

TEST_CASE("streams that are not redirected are a terminal", "[pty][popen]")
{
    NoLeaks const no_leaks;
    CHECK(told("streams") == "streams: 0 1 2\n");
    auto options = on_terminal();
    options.in = Stdio::devnull;
    CHECK(told("streams", options) == "streams: 1 2\n");
    options.err = Stdio::pipe;
    CHECK(told("streams", options) == "streams: 1\n");
    options.in = Stdio::inherit;
    options.err = Stdio::out;
    CHECK(told("streams", options) == "streams: 0 1 2\n");
}

TEST_CASE("the terminal of a child is its controlling terminal",
          "[pty][popen][fault:T02]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto options = on_terminal();
    options.preexec_fn = hook_if(forked);
    CHECK(told("control", options) == "control: yes\n");
    CHECK(told("foreground", options) == "foreground: leads, in front\n");
    options.start_new_session = true;
    CHECK(told("foreground", options) == "foreground: leads, in front\n");
}

TEST_CASE("without a terminal, a child in a session of its own has none",
          "[pty][popen][fault:T02]")
{
    NoLeaks const no_leaks;
    CHECK(told("control", {.out = Stdio::pipe, .start_new_session = true})
          == "control: no\n");
}

TEST_CASE("a contained child leads the session of its terminal",
          "[pty][popen][containment]")
{
    NoLeaks const no_leaks;
    for (auto const level : containments()) {
        CAPTURE(to_string(level));
        auto options = on_terminal();
        options.containment = level;
        Popen p({child("tell_terminal"), "foreground"}, options);
        CHECK(p.out().read() == "foreground: leads, in front\n");
        CHECK(p.containment()
              == (level == Containment::group ? Containment::session : level));
        CHECK(p.wait() == 0);
    }
}

TEST_CASE("a child gets the terminal's size", "[pty][popen]")
{
    NoLeaks const no_leaks;
    CHECK(told("size") == "size: 24 80\n");
    CHECK(
        told("size",
             on_terminal({.rows = 65535, .columns = 1, .keep_newlines = true}))
        == "size: 65535 1\n");
}

TEST_CASE("the terminal has the modes that were asked for", "[pty][popen]")
{
    NoLeaks const no_leaks;
    CHECK(told("modes", on_terminal({}))
          == "modes: echo lines signals crlf\r\n");
    CHECK(told("modes", on_terminal({.echo = false}))
          == "modes: lines signals crlf\r\n");
    CHECK(told("modes") == "modes: echo lines signals\n");
    CHECK(told("modes", on_terminal({.raw = true})) == "modes:\n");
}

TEST_CASE("in text mode lines of a terminal end with a newline", "[pty][popen]")
{
    NoLeaks const no_leaks;
    auto options = on_terminal({});
    options.text = true;
    CHECK(told("size", options) == "size: 24 80\n");
}

TEST_CASE("a child has no other descriptor of its terminal", "[pty][popen]")
{
    NoLeaks const no_leaks;
    Popen p({child("print_open_fds")}, on_terminal());
    CHECK(p.out().read() == "0 1 2\n");
    CHECK(p.wait() == 0);
}

// --- reading and writing -------------------------------------------------------------

TEST_CASE("the end of a terminal is end of file", "[pty][popen][fault:X07]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "x"}, on_terminal());
    CHECK(p.wait() == 0);
    auto const by = GENERATE(0, 1, 2, 3);
    auto& out = p.out();
    if (by == 0)
        CHECK(out.read() == "x");
    else if (by == 1)
        CHECK(out.read_for(10s) == "x");
    else if (by == 2)
        CHECK_THROWS_AS(out.read_until("y", 10s), EndOfFile);
    else
        CHECK(p.communicate().out == "x");
}

TEST_CASE("EIO of a file that is no terminal is an error",
          "[pty][popen][fault:X07]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "x"}, {.out = Stdio::pipe});
    Faults faults;
    faults.fail_once("read", EIO);
    CHECK_THROWS_AS(p.out().read(), std::system_error);
    faults.reset();
    CHECK(p.wait() == 0);
}

TEST_CASE("a megabyte goes through a terminal", "[pty][popen]")
{
    NoLeaks const no_leaks;
    Popen p({child("fill"), mib}, on_terminal({.raw = true}));
    bool const by_hand = GENERATE(false, true);
    auto const got = by_hand ? p.out().read() : p.communicate().out.str();
    CHECK(got == std::string(mib, 'o'));
    CHECK(p.wait() == 0);
}

TEST_CASE("a megabyte that is typed reaches the child", "[pty][popen]")
{
    NoLeaks const no_leaks;
    std::string text;
    while (text.size() < mib)
        text += "a line of text that is typed\n";
    Popen p({child("tell_terminal"), "all"},
            on_terminal({.echo = false, .keep_newlines = true}));
    auto const done = p.communicate(text);
    CHECK(done.out == "all: " + std::to_string(text.size()) + '\n');
    CHECK(p.returncode() == 0);
}

TEST_CASE("what is typed is echoed, if asked", "[pty][popen]")
{
    NoLeaks const no_leaks;
    bool const echo = GENERATE(true, false);
    Popen p({child("tell_terminal"), "line"},
            on_terminal({.echo = echo, .keep_newlines = true}));
    p.in().write("hello\n");
    CHECK(p.out().read() == (echo ? "hello\nline: hello\n" : "line: hello\n"));
    CHECK(p.wait() == 0);
}

TEST_CASE("closing the input of a terminal types end of file", "[pty][popen]")
{
    NoLeaks const no_leaks;
    auto const [typed, all] =
        GENERATE(std::pair("", "all: 0\n"), std::pair("ab\n", "all: 3\n"),
                 std::pair("ab", "all: 2\n"));
    Popen p({child("tell_terminal"), "all"},
            on_terminal({.echo = false, .keep_newlines = true}));
    p.in().write(typed);
    p.in().close();
    CHECK(p.out().read() == all);
    CHECK(p.wait() == 0);
}

TEST_CASE("communicate types its input and then end of file", "[pty][popen]")
{
    NoLeaks const no_leaks;
    for (auto const* typed : {"", "ab\n", "ab"}) {
        CAPTURE(typed);
        Popen p({child("tell_terminal"), "all"},
                on_terminal({.echo = false, .keep_newlines = true}));
        auto const size = std::string(typed).size();
        CHECK(p.communicate(typed).out
              == "all: " + std::to_string(size) + '\n');
    }
}

TEST_CASE("a terminal that is full does not hold up its reader",
          "[pty][popen][guard]")
{
    NoLeaks const no_leaks;
    Popen p({child("sleep_until_killed")}, on_terminal({.raw = true}));
    CHECK(p.out().read_until("r", 10s) == "r");
    std::string const input(mib, 'i');
    CHECK_THROWS_AS(p.communicate(input, 20ms), TimeoutExpired);
    p.kill();
    CHECK(p.communicate().out == "");
    CHECK(p.returncode() == -SIGKILL);
}

TEST_CASE("a terminal that no program has open takes no more bytes",
          "[pty][popen][guard]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "x"}, on_terminal());
    CHECK(p.wait() == 0);
    CHECK(p.out().read() == "x");
    CHECK(error_of_write(p.in()) == std::errc::broken_pipe);
}

TEST_CASE("a password is asked for and typed unseen", "[pty][popen][talk]")
{
    NoLeaks const no_leaks;
    auto options = on_terminal();
    options.in = GENERATE(Stdio(Stdio::inherit), Stdio(Stdio::pipe));
    Popen p({child("tell_terminal"), "password"}, options);
    CHECK(p.out().read_until("password: ", 10s) == "password: ");
    if (options.in.kind() == Stdio::pipe) // the terminal has no keyboard
        p.kill();
    else
        p.in().write("secret\n");
    auto const rest = p.out().read();
    CHECK(
        rest
        == (options.in.kind() == Stdio::pipe ? "" : "\npassword was secret\n"));
    p.wait();
}

TEST_CASE("a terminal shows stderr as well", "[pty][popen]")
{
    NoLeaks const no_leaks;
    Popen p({child("tell_terminal"), "error", "size"}, on_terminal());
    CHECK_FALSE(p.err().is_open());
    CHECK(p.out().read() == "an error\nsize: 24 80\n");
    CHECK(p.wait() == 0);
}

TEST_CASE("with stdout in a pipe, err() reads the terminal", "[pty][popen]")
{
    NoLeaks const no_leaks;
    auto options = on_terminal();
    options.out = Stdio::pipe;
    Popen p({child("tell_terminal"), "error", "streams"}, options);
    CHECK(p.err().read() == "an error\n");
    CHECK(p.out().read() == "streams: 0 2\n");
    CHECK(p.wait() == 0);
}

// --- its size ----------------------------------------------------------------------

TEST_CASE("a child is told of a new size", "[pty][popen]")
{
    NoLeaks const no_leaks;
    Popen p({child("tell_terminal"), "size", "new_size"}, on_terminal());
    CHECK(p.out().read_until("waits\n", 10s) == "size: 24 80\nwaits\n");
    p.resize(50, 132);
    CHECK(p.out().read() == "new size: 50 132\n");
    CHECK(p.wait() == 0);
    p.out().close();
    p.resize(2, 2); // the keyboard is still there
    p.in().close();
    CHECK_THROWS_AS(p.resize(1, 1), std::logic_error);
}

TEST_CASE("only a terminal has a size", "[pty][popen]")
{
    NoLeaks const no_leaks;
    Popen p({child("print"), "x"}, {.out = Stdio::pipe});
    CHECK_THROWS_AS(p.resize(24, 80), std::logic_error);
    CHECK_THROWS_AS(p.resize(0, 80), std::invalid_argument);
    CHECK(p.communicate().out == "x");
}

// --- job control -------------------------------------------------------------------

TEST_CASE("a background process that reads the terminal is stopped",
          "[pty][popen][fault:T01]")
{
    NoLeaks const no_leaks;
    CHECK(told("background") == "background: stopped by SIGTTIN\n");
}

TEST_CASE("a Ctrl-C that is typed interrupts the child",
          "[pty][popen][fault:T01]")
{
    NoLeaks const no_leaks;
    Popen p({child("tell_terminal"), "signal"},
            on_terminal({.echo = false, .keep_newlines = true}));
    p.out().read_until("waits\n", 10s);
    p.in().write("\3");
    // Its status tells the signal: the kernel sends SIGINT first and then drops what
    // the terminal holds, which could be a line that the child has just written.
    CHECK(p.wait() == SIGINT);
}

TEST_CASE("when the streams of a terminal are closed, the child gets SIGHUP",
          "[pty][popen]")
{
    NoLeaks const no_leaks;
    Popen p({child("sleep_until_killed")}, on_terminal());
    p.out().read_until("r", 10s);
    bool const by_teardown = GENERATE(false, true);
    if (by_teardown) {
        p.in().close();
        p.out().close();
    } else {
        p.out().close();
        p.in().close();
    }
    CHECK(p.wait() == -SIGHUP);
}

TEST_CASE("the destructor of a Popen hangs its terminal up", "[pty][popen]")
{
    NoLeaks const no_leaks;
    Popen p({child("sleep_until_killed")}, {.pty = Pty(), .bufsize = 8192});
    p.out().read_until("r", 10s);
    p.in().write("never read");
}

// --- what is refused -----------------------------------------------------------------

TEST_CASE("a terminal that cannot be is refused before anything starts",
          "[pty][popen]")
{
    NoLeaks const no_leaks;
    auto const complaint = [](PopenOptions const& options) {
        return message_of<std::invalid_argument>([&] {
            Popen p({child("print"), "x"}, options);
        });
    };
    CHECK(complaint({.pty = Pty{.rows = 0}})
          == "pty: the number of rows is from 1 to 65535, but not 0");
    CHECK(complaint({.pty = Pty{.columns = 65536}})
          == "pty: the number of columns is from 1 to 65535, but not 65536");
    CHECK(complaint({.pty = Pty(), .process_group = 0})
          == "pty and process_group exclude each other: the command on a "
             "terminal leads a session, and so a group of its own");
    CHECK(complaint({.in = Stdio::devnull,
                     .out = Stdio::devnull,
                     .err = Stdio::out,
                     .pty = Pty()})
          == "a terminal is asked for, but stdin, stdout and stderr all lead "
             "elsewhere");
    CHECK(
        complaint({.out = Stdio::pipe, .err = Stdio::pipe, .pty = Pty()})
        == "a terminal is asked for, but stdout and stderr are pipes, so that "
           "nobody reads what the terminal shows");
}

TEST_CASE("a terminal that the system refuses is an error of that step",
          "[pty][popen][faults]")
{
    NoLeaks const no_leaks;
    Faults faults;
    auto const step = [&](char const* call, int error) {
        faults.reset();
        faults.fail_always(call, error);
        try {
            told("size");
        } catch (SpawnError const& failure) {
            return std::string(to_string(failure.step()));
        }
        return std::string("none");
    };
    CHECK(step("open", ENOSPC) == "terminal");
    CHECK(step("tcsetattr", EIO) == "terminal");
    CHECK(step("child_syscall", EPERM) == "terminal");
    CHECK(step("setsid", EPERM) == "session");
}
