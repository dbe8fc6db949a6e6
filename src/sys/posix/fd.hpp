// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "sys/fd.hpp"
#include "sys/result.hpp"

#include <cstddef>

namespace runnel::inline v0::posix {

/// What a read of `fd` that returned `count` means. EIO is end of file if `fd` is
/// the controller of a pseudo-terminal; of any other file it is an error.
sys::Result<std::size_t> outcome_of_read(int fd, long count) noexcept;

/// Moves a descriptor to a number above 2. A process may run with 0, 1 or 2
/// closed; what it prints there must not reach a file of the library.
sys::Result<sys::Fd> above_standard(sys::Fd fd);

/// The same for an optional descriptor; `fd` may be the negative result of the
/// call that should have made it. Returns none if that or the move failed.
sys::Fd above_standard_or_none(int fd);

/// True for /dev/null and the like: reading and writing these never waits.
bool is_memory_device(int fd) noexcept;

} // namespace runnel::inline v0::posix
