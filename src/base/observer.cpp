// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/observer.hpp>

#include "base/observe.hpp"

#include <atomic>

namespace runnel::inline v0 {

namespace {
constinit std::atomic<Observer*> default_one{nullptr};
constinit std::atomic<RunId> last_run{0};
}

Observer::~Observer() = default;

Observer* set_default_observer(Observer* observer) noexcept
{
    return default_one.exchange(observer);
}

Observer* observer_or_default(Observer* observer) noexcept
{
    if (observer == nullptr)
        observer = default_one.load(std::memory_order_acquire);
    return observer != nullptr ? observer : environment_observer();
}

RunId next_run() noexcept
{
    return ++last_run;
}

} // namespace runnel::inline v0
