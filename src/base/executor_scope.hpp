// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Which executor the verbs of a thread use; see `UseExecutor`.
#pragma once

namespace runnel::inline v0 {

class Executor;

/// The executor that this thread has set; null if it has set none.
Executor* scoped_executor() noexcept;

/// Sets the executor of this thread and returns the previous one.
Executor* set_scoped_executor(Executor* executor) noexcept;

} // namespace runnel::inline v0
