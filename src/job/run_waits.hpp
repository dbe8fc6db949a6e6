// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a run waits for, as text for people.
#pragma once

#include "sys/clock.hpp"

#include <string>

namespace runnel::inline v0 {

struct RunParts;

/// A line for each command, and for each capture that a process outside of the run
/// keeps open. From any thread; waits for nothing.
std::string text_of_waits(RunParts const& parts);

/// "passes in 1.90 s", or "has passed".
std::string text_of_limit(sys::Deadline limit, sys::Clock::time_point now);

} // namespace runnel::inline v0
