#pragma once

#include "sys/fd.hpp"
#include "sys/result.hpp"

namespace runnel::inline v0::posix {

/// The same open file under a number above 2. A process may run with 0, 1 or
/// 2 closed; what it prints there must not reach a file of ours.
sys::Result<sys::Fd> above_standard(sys::Fd fd);

/// The same for a descriptor that can be done without, or the negative result
/// of a call that should have made one.
sys::Fd above_standard_or_none(int fd);

/// True for /dev/null and the like: reading and writing these never waits.
bool is_memory_device(int fd) noexcept;

} // namespace runnel::inline v0::posix
