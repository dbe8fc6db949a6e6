#pragma once

#include "sys/fd.hpp"
#include "sys/result.hpp"

namespace runnel::inline v0::posix {

/// Moves a descriptor to a number above 2. A process may run with 0, 1 or 2
/// closed; what it prints there must not reach a file of the library.
sys::Result<sys::Fd> above_standard(sys::Fd fd);

/// The same for an optional descriptor; `fd` may be the negative result of the
/// call that should have made it. Returns none if that or the move failed.
sys::Fd above_standard_or_none(int fd);

/// True for /dev/null and the like: reading and writing these never waits.
bool is_memory_device(int fd) noexcept;

} // namespace runnel::inline v0::posix
