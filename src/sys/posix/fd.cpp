// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/posix/fd.hpp"

#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/posix/calls.hpp"
#include "sys/posix/code.hpp"
#include "sys/result.hpp"
#include "sys/terminal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace runnel::inline v0::sys {

using namespace posix;

constinit std::string_view const null_device = "/dev/null";

void Fd::close(int number) noexcept
{
    posix_calls().close(number);
}

Result<Fd> open_file(std::string const& path, FileUse use)
{
    int flags = O_CLOEXEC | O_NOCTTY;
    switch (use) {
    case FileUse::read:
    case FileUse::poll: flags |= O_RDONLY; break;
    case FileUse::write: flags |= O_WRONLY | O_CREAT | O_TRUNC; break;
    case FileUse::append: flags |= O_WRONLY | O_CREAT | O_APPEND; break;
    }
    // Opening a FIFO without a reader would block, before any deadline counts.
    if (use != FileUse::read)
        flags |= O_NONBLOCK;
    auto const open = [&] {
        return uninterrupted(
            [&] { return posix_calls().open(path.c_str(), flags, 0666); });
    };
    int fd = open();
    // Another process has a lease on the file, and is asked to give it up. As a
    // shell does, wait for that.
    if (fd == -EWOULDBLOCK && use != FileUse::poll) {
        flags &= ~O_NONBLOCK;
        fd = open();
    }
    if (fd < 0)
        return {code(fd), {}};
    if (use == FileUse::write || use == FileUse::append)
        posix_calls().fcntl(fd, F_SETFL, flags & O_APPEND);
    return above_standard(Fd(fd));
}

Result<std::size_t> read_some(int fd, char* into, std::size_t room) noexcept
{
    return outcome_of_read(
        fd, uninterrupted([&] { return posix_calls().read(fd, into, room); }));
}

Result<Fd> copy_of(int fd) noexcept
{
    int const copy = posix_calls().fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        return {code(copy), {}};
    return {{}, Fd(copy)};
}

bool is_open(int fd) noexcept
{
    return posix_calls().fcntl(fd, F_GETFD, 0) != -EBADF;
}

std::optional<std::size_t> bytes_to_read(int fd) noexcept
{
    int count = 0;
    if (posix_calls().bytes_to_read(fd, &count) < 0 || count < 0)
        return {};
    return static_cast<std::size_t>(count);
}

FileKind kind_of(int fd) noexcept
{
    switch (posix_calls().file_type(fd)) {
    case S_IFIFO: return FileKind::pipe;
    case S_IFREG:
    case S_IFBLK: return FileKind::regular;
    case S_IFSOCK: return FileKind::socket;
    case S_IFCHR:
        return is_memory_device(fd) ? FileKind::regular : FileKind::other;
    default: return FileKind::other;
    }
}

std::error_code set_nonblocking(int fd) noexcept
{
    int const flags = posix_calls().fcntl(fd, F_GETFL, 0);
    if (flags < 0)
        return code(flags);
    return code_if_negative(
        posix_calls().fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

} // namespace runnel::inline v0::sys

namespace runnel::inline v0::posix {

sys::Result<std::size_t> outcome_of_read(int fd, long count) noexcept
{
    if (count == -EIO && sys::is_controller(fd))
        return {{}, 0};
    if (count < 0)
        return {code(count), 0};
    return {{}, static_cast<std::size_t>(count)};
}

sys::Result<sys::Fd> above_standard(sys::Fd fd)
{
    if (fd.get() > 2)
        return {{}, std::move(fd)};
    int const lifted = posix_calls().fcntl(fd.get(), F_DUPFD_CLOEXEC, 3);
    if (lifted < 0)
        return {code(lifted), {}};
    return {{}, sys::Fd(lifted)};
}

sys::Fd above_standard_or_none(int fd)
{
    if (fd < 0)
        return {};
    return above_standard(sys::Fd(fd)).value;
}

} // namespace runnel::inline v0::posix
