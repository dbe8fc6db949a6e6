// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the peer programs in C++ share: the protocol of the benchmark.
//
//     peer PROGRAM DESCRIPTORS MEBIBYTES [ARG...]
//
// A peer answers each line of stdin with a line: the nanoseconds that the task
// took, or what went wrong. The peers here ignore the two numbers. ../spawn.py opens
// so many descriptors and touches so much memory.
//
//     spawn N         N times: start PROGRAM with each ARG, wait, expect exit code 0
//     read BYTES N    N times: the whole stdout of PROGRAM, which has so many bytes
#pragma once

#include "../../measure.hpp"

#include <cerrno>
#include <sstream>
#include <system_error>

#include <fcntl.h>

namespace bench {

/// PROGRAM and each ARG.
using Command = std::vector<std::string>;

/// What a peer does once; it throws if that fails.
struct Tasks {
    void (*spawn)(Command const&);
    /// Returns how many bytes it has captured.
    std::size_t (*read)(Command const&);
};

/// The null-terminated array that C functions want. It refers to `command`.
inline std::vector<char*> pointers(Command const& command)
{
    std::vector<char*> result;
    for (auto const& word : command)
        result.push_back(const_cast<char*>(word.c_str()));
    result.push_back(nullptr);
    return result;
}

inline void expect_success(bool good)
{
    if (!good)
        throw std::runtime_error("it failed");
}

inline Nanoseconds time_of_warm(unsigned count, auto const& task)
{
    task(); // bring the code back into the caches
    return time_of(count, task);
}

inline Nanoseconds answer(Tasks const& tasks, Command const& command,
                          std::string const& line)
{
    std::istringstream words(line);
    std::string name;
    std::size_t bytes = 0;
    unsigned count = 0;
    words >> name;
    if (name == "spawn" && words >> count)
        return time_of_warm(count, [&] { tasks.spawn(command); });
    if (name == "read" && words >> bytes >> count)
        return time_of_warm(count, [&] {
            if (tasks.read(command) != bytes)
                throw std::runtime_error("it wrote another number of bytes");
        });
    throw std::runtime_error("there is no such task");
}

/// Moves a standard stream away and puts the null device in its place. Child
/// processes inherit the null device, so they cannot read a task or write into an
/// answer.
inline std::FILE* take_over(int fd, char const* mode)
{
    int const moved = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    int const null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (moved < 0 || null < 0 || ::dup2(null, fd) != fd)
        throw std::system_error(errno, std::generic_category(), "take_over");
    ::close(null);
    return ::fdopen(moved, mode);
}

inline void serve(Tasks const& tasks, Command const& command)
{
    auto* const questions = take_over(STDIN_FILENO, "r");
    auto* const answers = take_over(STDOUT_FILENO, "w");
    char line[256];
    while (std::fgets(line, sizeof line, questions) != nullptr) {
        try {
            auto const time = answer(tasks, command, line).count();
            std::fprintf(answers, "%lld\n", static_cast<long long>(time));
        } catch (
            std::exception const& error) { // the benchmark tells the reader
            std::fprintf(answers, "%s\n", error.what());
        }
        std::fflush(answers);
    }
}

/// The `main` of a peer.
inline int serve(int argc, char** argv, Tasks const& tasks)
{
    if (argc < 4) {
        std::fputs("usage: peer PROGRAM DESCRIPTORS MEBIBYTES [ARG...]\n",
                   stderr);
        return 2;
    }
    Command command{argv[1]};
    command.insert(command.end(), argv + 4, argv + argc);
    serve(tasks, command);
    return 0;
}

} // namespace bench
