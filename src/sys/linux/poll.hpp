// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "sys/clock.hpp"

#include <time.h>

namespace runnel::inline v0::posix {

/// The time from now to `deadline`, zero if it has passed.
::timespec until(sys::Deadline deadline) noexcept;

} // namespace runnel::inline v0::posix
