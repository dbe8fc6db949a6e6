// How the parent of a forked child learns what became of it.
#pragma once

#include "sys/linux/child.hpp"

namespace runnel::inline v0::posix {

/// Waits until the child at the other end of the pipe `fd` has executed its
/// program, failed or ended, and takes its report over; leaves `report` alone if
/// there is none. `pidfd` is the child's, or -1.
void receive_report(int fd, int pidfd, ChildReport& report) noexcept;

} // namespace runnel::inline v0::posix
