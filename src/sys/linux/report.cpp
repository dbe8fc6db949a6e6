// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The report of a forked child comes through a pipe. An exec closes the child's
// end, but the parent cannot wait for end of file: another thread may have
// forked meanwhile, and if that child executes no program, it holds the pipe
// open as long as it lives.
//
// So the child locks its end (fcntl(2), F_SETLK). Such a lock belongs to one
// process, forks do not inherit it, and the kernel releases it when the exec
// closes the end. The child first writes whether it got the lock.
#include "sys/linux/report.hpp"

#include "sys/linux/calls.hpp"
#include "sys/linux/raw_syscall.hpp"

#include <fcntl.h>

namespace runnel::inline v0::posix {

namespace {

bool read_all(int fd, void* into, std::size_t size) noexcept
{
    return uninterrupted([&] { return calls().read(fd, into, size); })
        == static_cast<long>(size);
}

bool is_readable(int fd) noexcept
{
    ::pollfd item{fd, POLLIN, 0};
    ::timespec const at_once{};
    return uninterrupted([&] { return calls().ppoll(&item, 1, &at_once); }) > 0;
}

/// False if the child ended without writing anything.
bool wait_for_first_word(int fd, int pidfd) noexcept
{
    ::pollfd items[] = {{fd, POLLIN, 0}, {pidfd, POLLIN, 0}};
    uninterrupted([&] { return calls().ppoll(items, 2, nullptr); });
    return items[0].revents != 0 || is_readable(fd);
}

/// Waits for the child's lock. False if the system cannot tell.
bool wait_for_lock(int fd) noexcept
{
    struct ::flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    return uninterrupted(
               [&] { return calls().fcntl(fd, F_SETLKW, as_long(&lock)); })
        >= 0;
}

} // namespace

void receive_report(int fd, int pidfd, ChildReport& report) noexcept
{
    char is_locked = 0;
    if (!wait_for_first_word(fd, pidfd) || !read_all(fd, &is_locked, 1))
        return;
    if (is_locked == 1 && wait_for_lock(fd) && !is_readable(fd))
        return;
    ChildReport incoming;
    if (read_all(fd, &incoming, sizeof incoming))
        report = incoming;
}

} // namespace runnel::inline v0::posix
