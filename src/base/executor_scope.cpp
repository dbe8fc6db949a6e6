// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "base/executor_scope.hpp"

#include <utility>

namespace runnel::inline v0 {

namespace {
thread_local Executor* current = nullptr;
} // namespace

Executor* scoped_executor() noexcept
{
    return current;
}

Executor* set_scoped_executor(Executor* executor) noexcept
{
    return std::exchange(current, executor);
}

} // namespace runnel::inline v0
