// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the C library offers.
#include "../contenders.hpp"
#include "../raw.hpp"

#include <array>

namespace bench::libc {

namespace {

int start(::pid_t& pid, std::string const& path)
{
    char* const args[] = {const_cast<char*>(path.c_str()), nullptr};
    return ::posix_spawn(&pid, path.c_str(), nullptr, nullptr, args, environ);
}

::pid_t start_between(int in, int out, std::string const& path)
{
    char* const args[] = {const_cast<char*>(path.c_str()), nullptr};
    return bench::start_between(in, out, args);
}

} // namespace

void spawn(std::string const& path)
{
    ::pid_t pid = -1;
    if (start(pid, path) != 0)
        throw std::runtime_error("posix_spawn");
    wait_for_success(pid);
}

void miss(std::string const& path)
{
    ::pid_t pid = -1;
    if (start(pid, path) != ENOENT)
        throw std::runtime_error("it was found");
}

void by_vfork(std::string const& path)
{
    char* const args[] = {const_cast<char*>(path.c_str()), nullptr};
    ::pid_t const pid = ::vfork();
    if (pid == 0) {
        ::execve(args[0], args, environ);
        ::_exit(127);
    }
    require(pid > 0, "vfork");
    wait_for_success(pid);
}

void by_fork(std::string const& path)
{
    char* const args[] = {const_cast<char*>(path.c_str()), nullptr};
    ::pid_t const pid = ::fork();
    if (pid == 0) {
        ::execve(args[0], args, environ);
        ::_exit(127);
    }
    require(pid > 0, "fork");
    wait_for_success(pid);
}

void by_system(std::string const& path)
{
    if (std::system(quoted(path).c_str()) != 0)
        throw std::runtime_error("it failed");
}

void by_popen(std::string const& path)
{
    std::FILE* const stream = ::popen(quoted(path).c_str(), "r");
    require(stream != nullptr, "popen");
    if (::pclose(stream) != 0)
        throw std::runtime_error("it failed");
}

void chain(std::string const& path, unsigned stages)
{
    std::array<::pid_t, 64> pids{};
    int in = -1;
    for (unsigned i = 0; i < stages; ++i) {
        int ends[2] = {-1, -1};
        if (i + 1 < stages)
            require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
        pids.at(i) = start_between(in, ends[1], path);
        close_if_open(in);
        close_if_open(ends[1]);
        in = ends[0];
    }
    for (unsigned i = 0; i < stages; ++i)
        wait_for_success(pids.at(i));
}

void capture(std::string const& path)
{
    int ends[2] = {-1, -1};
    require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    ::pid_t const pid = start_between(-1, ends[1], path);
    ::close(ends[1]);
    auto const bytes = read_to_end(ends[0]);
    ::close(ends[0]);
    wait_for_success(pid);
    expect_said(bytes);
}

void capture_by_popen(std::string const& path)
{
    std::FILE* const stream = ::popen(quoted(path).c_str(), "r");
    require(stream != nullptr, "popen");
    char buffer[4096];
    auto const count = std::fread(buffer, 1, sizeof buffer, stream);
    if (::pclose(stream) != 0)
        throw std::runtime_error("it failed");
    expect_said({buffer, count});
}

} // namespace bench::libc
