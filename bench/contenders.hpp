// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The ways to start children that are compared; each in a file of peers/.
// Every one starts `path` without arguments and waits for its end, or throws.
// A chain is so many children at once, each one's stdout the next one's stdin.
// What captures checks what came, as one piece.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

inline void expect_said(std::string_view bytes)
{
    if (bytes != "hello world\n")
        throw std::runtime_error("it said something else");
}

/// What the kernel alone costs: clone3 with shared memory on a stack in the
/// caller's frame, execve and waitid, with nothing in between.
namespace floor {
void spawn(std::string const& path);
/// Expects that `path` does not exist.
void miss(std::string const& path);
/// One stage is started when the one before it executes.
void chain(std::string const& path, unsigned stages);
void capture(std::string const& path);
/// So many children, `at_once` of them at the same time, from one thread: clone3 with
/// a pidfd, epoll, waitid.
void many(std::string const& path, unsigned count, unsigned at_once);
} // namespace floor

/// The library that this is about.
namespace ours {
void popen(std::string const& path);
void run(std::string const& path);
void miss(std::string const& path);
void run_miss(std::string const& path);
/// The expression is built each time.
void chain(std::string const& path, unsigned stages);
/// Runs an expression that is built now.
std::function<void()> ready_chain(std::string const& path, unsigned stages);
void read(std::string const& path);
void run_capture(std::string const& path);
void many(std::string const& path, unsigned count, unsigned at_once);
void many_in_set(std::string const& path, unsigned count, unsigned at_once);
/// The same with a `Job` for each, and a `WaitSet`.
void many_jobs(std::string const& path, unsigned count, unsigned at_once);
} // namespace ours

namespace libc {
void spawn(std::string const& path); ///< posix_spawn
void miss(std::string const& path);
void by_vfork(std::string const& path);
void by_fork(std::string const& path);
void by_system(std::string const& path);
void by_popen(std::string const& path);
void chain(std::string const& path, unsigned stages);
void capture(std::string const& path);
void capture_by_popen(std::string const& path);
} // namespace libc

#ifdef RUNNEL_BENCH_BOOST
namespace boost_process {
void v1(std::string const& path);
void v2(std::string const& path);
void v1_miss(std::string const& path);
void v2_miss(std::string const& path);
void v1_capture(std::string const& path);
void v2_capture(std::string const& path);
} // namespace boost_process
#endif

/// A program that starts processes with another library or in another language. It
/// speaks the protocol of peers/programs/serve.hpp.
struct PeerProgram {
    std::string name;
    std::vector<std::string> command;
};

/// The programs of peers/programs that this build has. CMake makes the list.
inline std::vector<PeerProgram> const peer_programs{
#include "peer_programs.inc"
};

} // namespace bench
