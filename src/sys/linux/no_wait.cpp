// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/no_wait.hpp"
#include "sys/linux/calls.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"
#include "sys/result.hpp"
#include "sys/terminal.hpp"

#include <array>
#include <cstdio>

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace runnel::inline v0::posix {

bool is_memory_device(int fd) noexcept
{
    constexpr unsigned memory = 1;
    constexpr unsigned null = 3;
    constexpr unsigned zero = 5;
    constexpr unsigned full = 7;
    long const number = calls().device(fd);
    if (number < 0)
        return false;
    auto const device = static_cast<::dev_t>(number);
    auto const minor_number = minor(device);
    return major(device) == memory
        && (minor_number == null || minor_number == zero
            || minor_number == full);
}

} // namespace runnel::inline v0::posix

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

/// A terminal, but not the controlling side of a pseudo terminal: opening that
/// side again would make another pair.
bool is_terminal_line(int fd) noexcept
{
    return !is_controller(fd) && ::isatty(fd) != 0;
}

bool can_be_reopened(int fd) noexcept
{
    switch (kind_of(fd)) {
    case FileKind::pipe: return true;
    case FileKind::other: return is_terminal_line(fd);
    default: return false;
    }
}

} // namespace

// Not /proc/self: a thread may have a table of descriptors of its own, and
// /proc/self shows that of the first thread.
Result<Fd> reopen(int fd, Direction direction) noexcept
{
    if (!can_be_reopened(fd))
        return {std::make_error_code(std::errc::operation_not_supported), {}};
    std::array<char, 40> path;
    std::snprintf(path.data(), path.size(), "/proc/thread-self/fd/%d", fd);
    int const flags = (direction == Direction::read ? O_RDONLY : O_WRONLY)
                    | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int const opened =
        uninterrupted([&] { return calls().open(path.data(), flags, 0); });
    if (opened < 0)
        return {code(opened), {}};
    return above_standard(Fd(opened));
}

Result<std::size_t> read_some(int fd, char* into, std::size_t room,
                              Way way) noexcept
{
    if (way != Way::socket && way != Way::per_call)
        return read_some(fd, into, room);
    auto const call = way == Way::socket ? calls().receive : calls().read_now;
    return outcome_of_read(fd,
                           uninterrupted([&] { return call(fd, into, room); }));
}

bool is_unsupported(std::error_code error) noexcept
{
    return error == std::errc::operation_not_supported
        || error == std::errc::not_supported
        || error == std::errc::function_not_supported
        || error == std::errc::operation_not_permitted
        || error == std::errc::invalid_argument;
}

} // namespace runnel::inline v0::sys
