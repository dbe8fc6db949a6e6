// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "child/abandoned.hpp"

#include <atomic>
#include <utility>

namespace runnel::inline v0 {

namespace {

using Child = detail::PopenState;

/// How many children one call looks at.
constexpr int few = 8;

// Two lists without locks, so that a fork in another thread never copies a held
// lock. Children in `next_round` were abandoned, or looked at, since the round
// began.
std::atomic<Child*> this_round{nullptr};
std::atomic<Child*> next_round{nullptr};

void push(std::atomic<Child*>& list, Child* first, Child* last) noexcept
{
    last->next = list.load(std::memory_order_relaxed);
    while (!list.compare_exchange_weak(last->next, first,
                                       std::memory_order_release,
                                       std::memory_order_relaxed)) {}
}

Child* take_all(std::atomic<Child*>& list) noexcept
{
    return list.exchange(nullptr, std::memory_order_acquire);
}

// If another thread has begun a round meanwhile, these wait for the next one.
void put_back(Child* rest) noexcept
{
    Child* none = nullptr;
    if (rest == nullptr
        || this_round.compare_exchange_strong(
            none, rest, std::memory_order_release, std::memory_order_relaxed))
        return;
    auto* last = rest;
    while (last->next != nullptr)
        last = last->next;
    push(next_round, rest, last);
}

} // namespace

void abandon(std::unique_ptr<Child> child) noexcept
{
    if (child->wait(sys::Deadline::min()))
        return;
    child->process->shed();
    auto* const one = child.release();
    push(next_round, one, one);
}

void reap_abandoned() noexcept
{
    sys::reap_abandoned();
    if (this_round.load(std::memory_order_relaxed) == nullptr
        && next_round.load(std::memory_order_relaxed) == nullptr)
        return;
    auto* rest = take_all(this_round);
    if (rest == nullptr)
        rest = take_all(next_round);
    for (int i = 0; i < few && rest != nullptr; ++i)
        abandon(std::unique_ptr<Child>(std::exchange(rest, rest->next)));
    put_back(rest);
}

} // namespace runnel::inline v0
