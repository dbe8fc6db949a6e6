// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Abandoned children, which are reaped after they have ended.
#include "sys/clock.hpp"
#include "sys/process.hpp"
#include "sys/signal.hpp"

#include <atomic>

namespace runnel::inline v0::sys {

namespace {

// A list without a lock: a fork in another thread cannot copy a held lock.
std::atomic<Process*> abandoned{nullptr};

} // namespace

void abandon(std::unique_ptr<Process> child) noexcept
{
    if (child->wait(Deadline::min()))
        return;
    child->shed();
    auto* const first = child.release();
    first->next = abandoned.load(std::memory_order_relaxed);
    while (!abandoned.compare_exchange_weak(first->next, first,
                                            std::memory_order_release,
                                            std::memory_order_relaxed)) {}
}

void reap_abandoned() noexcept
{
    if (abandoned.load(std::memory_order_relaxed) == nullptr)
        return;
    auto* rest = abandoned.exchange(nullptr, std::memory_order_acquire);
    while (rest != nullptr)
        abandon(std::unique_ptr<Process>(std::exchange(rest, rest->next)));
}

// A child that this process may not kill (it executes a set-user-id program)
// must not keep the caller waiting.
void end(std::unique_ptr<Process> child) noexcept
{
    if (child->signal(signals::kill))
        child->wait(never);
    else
        abandon(std::move(child));
}

} // namespace runnel::inline v0::sys
