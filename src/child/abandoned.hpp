// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Abandoned child processes: no caller waits for them, so they are reaped
// later.
#pragma once

#include "child/popen_state.hpp"

#include <memory>

namespace runnel::inline v0 {

/// Reaps the child if it has ended. Otherwise keeps the object until
/// `reap_abandoned` finds that the child has ended and tells its observer, if
/// it has one.
void abandon(std::unique_ptr<detail::PopenState> child) noexcept;

/// Reaps abandoned children that have ended. Each call looks at a few of them,
/// so its cost does not grow with their number. If there are none, the call
/// only loads a few pointers.
void reap_abandoned() noexcept;

} // namespace runnel::inline v0
