// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/terminal.hpp"
#include "sys/linux/calls.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"
#include "sys/result.hpp"

#include <array>
#include <cstdio>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#ifndef TIOCGPTPEER // C libraries older than Linux 4.13
#define TIOCGPTPEER _IO('T', 0x41)
#endif

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

int control(int fd, unsigned long request, void* argument) noexcept
{
    return calls().ioctl(fd, request, reinterpret_cast<long>(argument));
}

int open_line_by_name(int controller, int flags) noexcept
{
    constexpr unsigned first_major = 136; // of 256 lines each
    unsigned number = 0;
    if (int const told = control(controller, TIOCGPTN, &number); told < 0)
        return told;
    std::array<char, 32> path;
    std::snprintf(path.data(), path.size(), "/dev/pts/%u", number);
    int const opened =
        uninterrupted([&] { return calls().open(path.data(), flags, 0); });
    if (opened < 0)
        return opened;
    auto const expected = makedev(first_major + number / 256, number % 256);
    long const device = calls().device(opened);
    if (device >= 0 && static_cast<::dev_t>(device) == expected)
        return opened;
    calls().close(opened);
    return -ENOTTY;
}

} // namespace

int columns_of(int fd) noexcept
{
    ::winsize size{};
    if (control(fd, TIOCGWINSZ, &size) < 0)
        return 0;
    return size.ws_col > 0 ? size.ws_col : 80;
}

namespace {

// Asks the controller for its line. The name would be another terminal's if
// another file system is mounted on /dev/pts in this process than the one that
// /dev/ptmx belongs to. Kernels older than 4.13 know only the name.
Result<Fd> open_line(int controller)
{
    int const flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
    int unlocked = 0;
    if (int const told = control(controller, TIOCSPTLCK, &unlocked); told < 0)
        return {code(told), {}};
    int line = calls().ioctl(controller, TIOCGPTPEER, flags);
    if (line < 0)
        line = open_line_by_name(controller, flags);
    if (line < 0)
        return {code(line), {}};
    return above_standard(Fd(line));
}

std::error_code set_up(int line, Pty const& wanted) noexcept
{
    ::termios settings{};
    if (int const told = calls().tcgetattr(line, &settings); told < 0)
        return code(told);
    settings.c_iflag |= IUTF8; // Backspace erases a character, not a byte
    if (!wanted.echo)
        settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (wanted.keep_newlines)
        settings.c_oflag &= ~static_cast<tcflag_t>(ONLCR);
    if (wanted.raw)
        ::cfmakeraw(&settings);
    if (int const told = calls().tcsetattr(line, &settings); told < 0)
        return code(told);
    return resize_terminal(line, wanted.rows, wanted.columns);
}

} // namespace

Result<Terminal> open_terminal(Pty const& wanted)
{
    int const opened = uninterrupted([&] {
        return calls().open("/dev/ptmx",
                            O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK, 0);
    });
    if (opened < 0)
        return {code(opened), {}};
    auto controller = above_standard(Fd(opened));
    if (!controller)
        return {controller.error, {}};
    auto line = open_line(controller.value.get());
    if (!line)
        return {line.error, {}};
    if (auto const error = set_up(line.value.get(), wanted))
        return {error, {}};
    return {{}, {std::move(controller.value), std::move(line.value)}};
}

bool is_controller(int fd) noexcept
{
    long const number = calls().device(fd);
    return number >= 0 && static_cast<::dev_t>(number) == makedev(5, 2); // ptmx
}

bool has_hung_up(int controller) noexcept
{
    ::pollfd item{controller, 0, 0};
    ::timespec const at_once{};
    return calls().ppoll(&item, 1, &at_once) > 0
        && (item.revents & POLLHUP) != 0;
}

std::error_code resize_terminal(int fd, int rows, int columns) noexcept
{
    ::winsize size{};
    size.ws_row = static_cast<unsigned short>(rows);
    size.ws_col = static_cast<unsigned short>(columns);
    return code_if_negative(control(fd, TIOCSWINSZ, &size));
}

// In the middle of a line, the first key only completes what was typed.
std::string keys_of_end(int fd, char last)
{
    ::termios settings{};
    if (calls().tcgetattr(fd, &settings) < 0)
        return {};
    char const key = static_cast<char>(settings.c_cc[VEOF]);
    if (key == _POSIX_VDISABLE)
        return {};
    bool const is_between = last == '\n' || last == '\r' || last == key;
    return std::string(is_between ? 1 : 2, key);
}

} // namespace runnel::inline v0::sys
