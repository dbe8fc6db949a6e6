// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the contenders that make their system calls themselves have in common.
#pragma once

#include "worker.hpp"

#include <stdexcept>
#include <string>

#include <spawn.h>

namespace bench {

inline void close_if_open(int fd)
{
    if (fd >= 0)
        ::close(fd);
}

inline std::string read_to_end(int fd)
{
    std::string bytes;
    char buffer[4096];
    for (::ssize_t count = 1; count > 0;) {
        count = ::read(fd, buffer, sizeof buffer);
        require(count >= 0, "read");
        bytes.append(buffer, static_cast<std::size_t>(count));
    }
    return bytes;
}

/// Starts args[0], looked up as a shell does; `in` and `out`, descriptors of ours, become its stdin and
/// stdout unless they are negative.
inline ::pid_t start_between(int in, int out, char* const* args)
{
    ::posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    if (in >= 0)
        ::posix_spawn_file_actions_adddup2(&actions, in, 0);
    if (out >= 0)
        ::posix_spawn_file_actions_adddup2(&actions, out, 1);
    ::pid_t pid = -1;
    int const error =
        ::posix_spawnp(&pid, args[0], &actions, nullptr, args, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        throw std::runtime_error(std::string("cannot start ") + args[0]);
    return pid;
}

inline void wait_for_success(::pid_t pid)
{
    int status = 0;
    require(::waitpid(pid, &status, 0) == pid, "waitpid");
    if (status != 0)
        throw std::runtime_error("it failed");
}

inline std::string quoted(std::string const& path)
{
    return '\'' + path + '\'';
}

} // namespace bench
