// Pipes.
#pragma once

#include "sys/fd.hpp"

#include <cstddef>

namespace runnel::inline v0::sys {

struct Pipe {
    Fd read_end;
    Fd write_end;
};

/// A pipe whose ends no child inherits, with numbers above 2 even if 0, 1 or 2
/// is free: what is printed to a closed stdout must not end up in our pipe.
Result<Pipe> open_pipe();

/// Asks the kernel to hold `bytes` in the pipe. Gives the size that it has
/// now; refusals are none of the caller's business.
std::size_t resize_pipe(int fd, std::size_t bytes) noexcept;

} // namespace runnel::inline v0::sys
