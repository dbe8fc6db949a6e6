// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Pseudo-terminals of the seam.
#include "support/terminal.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include "sys/fd.hpp"
#include "sys/signal.hpp"
#include "sys/terminal.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstring>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

int without_peer(int fd, unsigned long request, long argument)
{
    return request == TIOCGPTPEER
             ? -ENOTTY
             : posix::native_calls().ioctl(fd, request, argument);
}

bool is_line_name(char const* path)
{
    return std::strncmp(path, "/dev/pts/", 9) == 0;
}

std::string read_from(sys::Fd const& fd)
{
    char bytes[100];
    auto const count = sys::read_some(fd.get(), bytes, sizeof bytes);
    return count ? std::string(bytes, count.value) : count.error.message();
}

} // namespace

TEST_CASE("a terminal carries bytes in both directions", "[pty][posix]")
{
    NoLeaks const no_leaks;
    auto const made = sys::open_terminal({.echo = false});
    REQUIRE(made);
    auto const& [controller, line] = made.value;
    CHECK(sys::is_controller(controller.get()));
    CHECK_FALSE(sys::is_controller(line.get()));
    CHECK(::write(line.get(), "a\n", 2) == 2);
    CHECK(read_from(controller) == "a\r\n");
    CHECK(::write(controller.get(), "b\n", 2) == 2);
    CHECK(read_from(line) == "b\n");
    char byte;
    CHECK(sys::would_block(sys::read_some(controller.get(), &byte, 1).error));
}

TEST_CASE("when its line is closed, a terminal is at end of file",
          "[pty][posix][fault:X07]")
{
    NoLeaks const no_leaks;
    auto made = sys::open_terminal({});
    REQUIRE(made);
    auto& [controller, line] = made.value;
    CHECK(::write(line.get(), "last", 4) == 4);
    line.reset();
    CHECK(read_from(controller) == "last");
    CHECK(read_from(controller) == "");
    sys::SigpipeGuard guard;
    std::string const some(1000, 'x');
    auto written = guard.write_some(controller.get(), some);
    while (written) // the kernel takes some bytes all the same
        written = guard.write_some(controller.get(), some);
    CHECK(written.error == std::errc::broken_pipe);
}

TEST_CASE("an old kernel opens the line by its name", "[pty][posix][faults]")
{
    NoLeaks const no_leaks;
    OtherCalls const old(
        [](posix::Calls& table) { table.ioctl = without_peer; });
    auto const made = sys::open_terminal({});
    REQUIRE(made);
    CHECK(::write(made.value.line.get(), "a", 1) == 1);
    CHECK(read_from(made.value.controller) == "a");
}

TEST_CASE("another terminal with the name of the line is not taken for it",
          "[pty][posix][faults][guard]")
{
    NoLeaks const no_leaks;
    static std::string other;
    Terminal const stranger;
    other = "/proc/self/fd/" + std::to_string(stranger.line.get());
    OtherCalls const old([](posix::Calls& table) {
        table.ioctl = without_peer;
        table.open = [](char const* path, int flags, unsigned mode) {
            return posix::native_calls().open(
                is_line_name(path) ? other.c_str() : path, flags, mode);
        };
    });
    CHECK_FALSE(sys::open_terminal({}));
}

TEST_CASE("the keys of end of file depend on what was typed before",
          "[pty][posix]")
{
    NoLeaks const no_leaks;
    auto const made = sys::open_terminal({});
    REQUIRE(made);
    int const fd = made.value.controller.get();
    CHECK(sys::keys_of_end(fd, '\n') == "\4");
    CHECK(sys::keys_of_end(fd, '\r') == "\4");
    CHECK(sys::keys_of_end(fd, '\4') == "\4");
    CHECK(sys::keys_of_end(fd, 'x') == "\4\4");
    auto const pipe = make_pipe();
    CHECK(sys::keys_of_end(pipe.write_end.get(), 'x').empty());
}
