// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/roster.hpp"

#include <exception>

namespace runnel::inline v0 {

void Roster::add(std::size_t stage, detail::PopenState& child)
{
    std::lock_guard const lock(mutex_);
    auto& entry = entries_[stage];
    entry.told = expected_from_;
    entry.child = &child;
    if (last_signal_ != 0)
        child.try_signal(last_signal_);
    // `forward` counts a signal before it looks at children, so none is lost.
    if (auto const number = forwarded_.load(); number != expected_from_)
        tell(entry, number, forwarded_signal_);
}

void Roster::remove(std::size_t stage) noexcept
{
    entries_[stage].child = nullptr;
    entries_[stage].pid = -1;
}

void Roster::tell(Entry const& entry, unsigned number, int signal) noexcept
{
    auto* const child = entry.child.load();
    if (child != nullptr && entry.told.exchange(number) != number)
        child->process->forward(signal);
}

void Roster::forward(int signal) const noexcept
{
    forwarded_signal_ = signal;
    auto const number = ++forwarded_;
    for (auto const& entry : entries_)
        tell(entry, number, signal);
}

void Roster::send(int signal, bool lasts)
{
    std::lock_guard const lock(mutex_);
    if (lasts)
        last_signal_ = signal;
    std::exception_ptr refusal;
    for (auto const& entry : entries_)
        if (auto* const child = entry.child.load()) {
            try {
                child->send_signal(signal);
            } catch (...) {
                refusal = std::current_exception();
            }
        }
    if (refusal)
        std::rethrow_exception(refusal);
}

std::vector<int> Roster::pids() const
{
    std::vector<int> pids;
    pids.reserve(entries_.size());
    for (auto const& entry : entries_)
        pids.push_back(entry.pid);
    return pids;
}

std::vector<std::optional<ExitStatus>> Roster::statuses() const
{
    std::vector<std::optional<ExitStatus>> statuses;
    statuses.reserve(entries_.size());
    for (auto const& entry : entries_) {
        auto const* const child = entry.child.load();
        auto const exit =
            child != nullptr ? child->process->seen() : std::nullopt;
        statuses.push_back(exit ? std::optional(exit->status) : std::nullopt);
    }
    return statuses;
}

} // namespace runnel::inline v0
