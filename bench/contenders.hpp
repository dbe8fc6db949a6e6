// The ways to start a child that are compared; each in a file of peers/.
// Every one starts `path` without arguments and waits for its end, or throws.
#pragma once

#include <string>
#include <vector>

namespace bench {

/// What the kernel alone costs: clone3 with shared memory on a stack in the
/// caller's frame, execve and waitid, with nothing in between.
namespace floor {
void spawn(std::string const& path);
/// Expects that `path` does not exist.
void miss(std::string const& path);
/// As many at once as asked for, each one's stdout the next one's stdin.
void chain(std::string const& path, unsigned stages);
} // namespace floor

/// The library that this is about.
namespace ours {
void popen(std::string const& path);
void run(std::string const& path);
void miss(std::string const& path);
void pipeline(std::string const& path, unsigned stages);
} // namespace ours

namespace libc {
void spawn(std::string const& path); ///< posix_spawn
void miss(std::string const& path);
void by_vfork(std::string const& path);
void by_fork(std::string const& path);
void by_system(std::string const& path);
void by_popen(std::string const& path);
} // namespace libc

#ifdef RUNNEL_BENCH_BOOST
namespace boost_process {
void v1(std::string const& path);
void v2(std::string const& path);
void v1_miss(std::string const& path);
void v2_miss(std::string const& path);
} // namespace boost_process
#endif

} // namespace bench
