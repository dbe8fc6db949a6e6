// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How the parent of a forked child learns whether the child executed its
// program.
#pragma once

#include "sys/linux/child.hpp"

namespace runnel::inline v0::posix {

/// Waits until the child at the other end of the pipe `fd` has executed its
/// program, failed or ended, and stores its report in `report`. Without a
/// report, `report` stays as it is. `pidfd` is the child's, or -1.
void receive_report(int fd, int pidfd, ChildReport& report) noexcept;

} // namespace runnel::inline v0::posix
