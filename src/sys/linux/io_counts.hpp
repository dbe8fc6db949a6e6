// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How many bytes a process has moved.
#pragma once

#include <runnel/result.hpp>

namespace runnel::inline v0::sys {

/// Sets the byte counts of `usage`, for a child that has ended but was not collected
/// yet. Leaves them empty if the kernel does not tell: it counts nothing, or the
/// child ran a program with other rights.
void add_io_counts(int pid, ResourceUsage& usage) noexcept;

} // namespace runnel::inline v0::sys
