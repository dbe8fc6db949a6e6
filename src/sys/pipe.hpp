// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Pipes.
#pragma once

#include "sys/fd.hpp"

#include <cstddef>

namespace runnel::inline v0::sys {

struct Pipe {
    Fd read_end;
    Fd write_end;
};

/// What a new pipe holds, and what any user may make one hold, as Linux is set up
/// by default.
inline constexpr std::size_t small_pipe = std::size_t{64} * 1024;
inline constexpr std::size_t large_pipe = std::size_t{1024} * 1024;

/// Makes a pipe whose ends no child inherits. Their numbers are above 2 even if
/// 0, 1 or 2 is free: output to a closed stdout must not end up in the pipe.
Result<Pipe> open_pipe();

/// Asks the kernel for a pipe that holds `bytes`. Returns the size that the
/// pipe has now, also if the kernel refuses; 0 if that is unknown.
std::size_t resize_pipe(int fd, std::size_t bytes) noexcept;

/// The same for a pipe of `size` bytes; a larger one than `bytes` stays as it is. If
/// the kernel refuses, half of that is tried, and so on down to that of a new pipe.
std::size_t grow_pipe(int fd, std::size_t size, std::size_t bytes) noexcept;

/// How much a pipe holds; 0 if this is no pipe.
std::size_t pipe_size(int fd) noexcept;

} // namespace runnel::inline v0::sys
