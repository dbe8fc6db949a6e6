// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The calls to the kernel that every POSIX system has. The other entries of the
// table are in the folder of each system.
//
// Entries follow the kernel's own convention: a negative result is an error
// number, so no caller reads `errno`.
#pragma once

#include <cstddef>

#include <errno.h>

struct termios;

namespace runnel::inline v0::posix {

struct PosixCalls {
    int (*close)(int fd);
    int (*open)(char const* path, int flags, unsigned mode);
    int (*fcntl)(int fd, int command, long argument);
    int (*bytes_to_read)(int fd, int* count); ///< FIONREAD
    long (*read)(int fd, void* into, std::size_t room);
    long (*write)(int fd, void const* from, std::size_t count);
    /// For sockets. These two never wait, even if the descriptor is blocking.
    long (*receive)(int fd, void* into, std::size_t room);
    long (*send)(int fd, void const* from, std::size_t count);
    /// The type bits (`S_IFMT`) of its mode.
    int (*file_type)(int fd);
    /// All of its mode.
    int (*path_mode)(char const* path);
    /// 1 if nothing on the file system of `path` may be executed, else 0.
    int (*is_noexec)(char const* path);
    /// The inode number (`st_ino`) of the file.
    long (*file_number)(int fd);
    /// The number (`st_rdev`) of the device that the file is.
    long (*device)(int fd);
    int (*tcgetattr)(int fd, ::termios* settings);
    /// At once (`TCSANOW`).
    int (*tcsetattr)(int fd, ::termios const* settings);
    /// Returns the length of what the link says, without a NUL.
    long (*readlink)(char const* path, char* into, std::size_t room);
    int (*unlink)(char const* path);
    int (*mkdir)(char const* path, unsigned mode);
    int (*rmdir)(char const* path);
    /// The address, or a negative error number.
    long (*mmap_file)(int fd, std::size_t size);
    /// 0 if `path` is a regular file that this user may execute.
    int (*check_program)(char const* path);
    int (*fork)();
    int (*kill)(int pid, int signal);
};

/// The POSIX part of the table in use.
PosixCalls const& posix_calls() noexcept;

/// Repeats an interrupted call.
template <class Call>
auto uninterrupted(Call call) noexcept
{
    for (;;) {
        auto const result = call();
        if (result != -EINTR)
            return result;
    }
}

} // namespace runnel::inline v0::posix
