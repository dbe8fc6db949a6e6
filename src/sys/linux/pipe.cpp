// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/pipe.hpp"
#include "sys/fd.hpp"
#include "sys/linux/calls.hpp"
#include "sys/posix/code.hpp"
#include "sys/posix/fd.hpp"
#include "sys/result.hpp"

#include <algorithm>

#include <fcntl.h>

namespace runnel::inline v0::sys {

using namespace posix;

Result<Pipe> open_pipe()
{
    int fds[2] = {-1, -1};
    int const made = calls().pipe2(fds, O_CLOEXEC);
    if (made < 0)
        return {code(made), {}};
    Fd read_end(fds[0]);
    Fd write_end(fds[1]);
    auto lifted_read = above_standard(std::move(read_end));
    auto lifted_write = above_standard(std::move(write_end));
    if (!lifted_read || !lifted_write)
        return {lifted_read ? lifted_write.error : lifted_read.error, {}};
    return {{}, {std::move(lifted_read.value), std::move(lifted_write.value)}};
}

std::size_t pipe_size(int fd) noexcept
{
    int const size = calls().fcntl(fd, F_GETPIPE_SZ, 0);
    return size < 0 ? 0 : static_cast<std::size_t>(size);
}

std::size_t resize_pipe(int fd, std::size_t bytes) noexcept
{
    int const resized =
        calls().fcntl(fd, F_SETPIPE_SZ, static_cast<long>(bytes));
    return resized < 0 ? pipe_size(fd) : static_cast<std::size_t>(resized);
}

std::size_t grow_pipe(int fd, std::size_t size, std::size_t bytes) noexcept
{
    if (size == 0) // no pipe
        return 0;
    for (; bytes > std::max(size, small_pipe); bytes /= 2)
        if (auto const now = resize_pipe(fd, bytes); now > size)
            return now;
    return size;
}

} // namespace runnel::inline v0::sys
