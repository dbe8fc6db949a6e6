// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <runnel/detail/config.hpp>

namespace runnel::inline v0 {

class Executor;

namespace detail {

/// What `UseExecutor` has set for this thread; null if it has set nothing.
RUNNEL_EXPORT Executor* executor_of_thread() noexcept;

/// For options that another thread will use: names the executor of this one.
void keep_executor(auto& options) noexcept
{
    if (options.executor == nullptr)
        options.executor = executor_of_thread();
}

} // namespace detail

} // namespace runnel::inline v0
