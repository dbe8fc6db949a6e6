// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The thread that is the parent of children which die with their parent.
#pragma once

#include <functional>

namespace runnel::inline v0::sys {

/// True on the main thread, which ends when the process does.
bool is_main_thread() noexcept;

/// Calls `make` on a new thread that lives until the child has ended. `make`
/// makes a child and returns its pid, or a negative number if there is no
/// child. Returns as soon as `make` has returned. The thread has the attributes
/// of the calling thread (nice value, processors, capabilities), which the
/// child inherits.
///
/// Throws what `make` throws, and `std::system_error` if no thread can be
/// started.
void on_parent_thread(std::function<int()> const& make);

} // namespace runnel::inline v0::sys
