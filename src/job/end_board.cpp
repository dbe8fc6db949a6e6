// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/end_board.hpp"

#include "base/cancel.hpp"
#include "job/job_state.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace runnel::inline v0 {

namespace {

/// The number of `news_` among the descriptors.
constexpr auto news_number = std::numeric_limits<sys::ReadySet::Number>::max();

std::int64_t rank_of(sys::Deadline deadline) noexcept
{
    return deadline.time_since_epoch().count();
}

} // namespace

/// While this object lives, the thread that made it is the driver. It is made
/// and destroyed under the lock, which is released in between.
class EndBoard::Driving {
public:
    Driving(EndBoard& board, Lock& lock) : board_(board), lock_(lock)
    {
        board_.is_driven_ = true;
        lock_.unlock();
    }
    Driving(Driving const&) = delete;
    Driving& operator=(Driving const&) = delete;
    ~Driving()
    {
        if (!lock_.owns_lock())
            lock_.lock();
        board_.is_driven_ = false;
        board_.changed_.notify_all();
    }

private:
    EndBoard& board_;
    Lock& lock_;
};

EndBoard::EndBoard()
{
    ready_.add(news_.fd(), news_number);
    news_.wake();
}

// --- adding and taking away ----------------------------------------------------------

std::size_t EndBoard::add(JobState& job)
{
    Lock lock(mutex_);
    auto const number = next_number_++;
    auto const rank = rank_of(sys::never);
    entries_.emplace(number, Entry{&job, rank});
    try {
        due_.emplace(rank, number);
        lock.unlock();
        job.watchers.add(shared_from_this(), number);
    } catch (...) {
        if (lock.owns_lock())
            lock.unlock();
        drop(number);
        throw;
    }
    return number;
}

void EndBoard::clear() noexcept
{
    Lock lock(mutex_);
    while (!entries_.empty()) {
        auto const number = entries_.begin()->first;
        use(lock, number,
            [&](JobState& job) { job.watchers.remove(*this, number); });
        entries_.erase(number);
    }
}

void EndBoard::drop(std::size_t number) noexcept
{
    Lock lock(mutex_);
    changed_.wait(lock, [&] { return used_ != number; });
    auto const found = entries_.find(number);
    if (found == entries_.end())
        return;
    auto& entry = found->second;
    forget(entry);
    (entry.has_ended ? ended_ : due_).erase({entry.rank, number});
    entries_.erase(found);
    changed_.notify_all();
    news_.wake(); // there may be nothing left to wait for
}

// --- what jobs tell --------------------------------------------------------------------

void EndBoard::watch(std::size_t number, int fd)
{
    Lock const lock(mutex_);
    ready_.add(fd, number);
    entries_.at(number).fd = fd;
}

void EndBoard::forget(Entry& entry) noexcept
{
    if (int const fd = std::exchange(entry.fd, -1); fd >= 0)
        ready_.remove(fd);
}

void EndBoard::note_turn(std::size_t number, sys::Deadline deadline) noexcept
{
    Lock const lock(mutex_);
    bool const is_first = deadline < earliest();
    move(number, rank_of(deadline), due_);
    if (is_first && used_ != number)
        news_.wake(); // the driver waits for too long
}

void EndBoard::note_end(std::size_t number, std::int64_t order) noexcept
{
    Lock const lock(mutex_);
    move(number, order, ended_);
    news_.wake();
    changed_.notify_all();
}

void EndBoard::move(std::size_t number, std::int64_t rank,
                    std::set<Place>& to) noexcept
{
    auto const found = entries_.find(number);
    if (found == entries_.end() || found->second.has_ended)
        return;
    auto& entry = found->second;
    auto node = due_.extract({entry.rank, number});
    node.value().first = entry.rank = rank;
    entry.has_ended = &to == &ended_;
    if (entry.has_ended)
        forget(entry);
    to.insert(std::move(node));
}

// --- waiting -----------------------------------------------------------------------------

std::optional<std::size_t> EndBoard::wait(sys::Deadline until)
{
    Lock lock(mutex_);
    for (bool is_late = false;;) {
        if (auto const number = take())
            return number;
        if (is_late || entries_.empty())
            return {};
        if (is_driven_)
            wait_for_driver(lock, until);
        else
            drive(lock, until);
        is_late = until != sys::never && sys::Clock::now() >= until;
    }
}

std::optional<std::size_t> EndBoard::take()
{
    if (ended_.empty())
        return {};
    auto const number = ended_.begin()->second;
    ended_.erase(ended_.begin());
    entries_.erase(number);
    if (ended_.empty() && !entries_.empty())
        news_.clear();
    if (entries_.empty())
        changed_.notify_all();
    return number;
}

void EndBoard::wait_for_driver(Lock& lock, sys::Deadline until)
{
    if (until == sys::never)
        changed_.wait(lock);
    else
        changed_.wait_until(lock, until);
}

void EndBoard::drive(Lock& lock, sys::Deadline until)
{
    until = std::min(until, earliest());
    Driving const driving(*this, lock);
    if (until != sys::Deadline::min())
        wait_for_news(until);
    lock.lock();
    look(lock);
}

void EndBoard::wait_for_news(sys::Deadline until)
{
    sys::PollItem items[] = {{ready_.fd()}, {detail::CancelScope::fd()}};
    auto const ready = sys::poll(items, until);
    if (!ready)
        throw SystemError(ready.error, "cannot wait for jobs");
    detail::CancelScope::check();
}

/// Drives the jobs that something has happened to, and those that are due.
void EndBoard::look(Lock& lock)
{
    std::array<sys::ReadySet::Number, 64> numbers;
    for (auto const number : ready_.ready(numbers)) {
        if (number != news_number)
            use(lock, number, [](JobState& job) { job.step(); });
        else if (ended_.empty() && !entries_.empty())
            news_.clear();
    }
    for (auto const now = sys::Clock::now(); auto const number = take_due(now);)
        use(lock, *number, [](JobState& job) { job.step(); });
}

/// A job that is due, which then is not due any more: the thread that runs its
/// event loop will tell when it is due again.
std::optional<std::size_t>
EndBoard::take_due(sys::Clock::time_point now) noexcept
{
    if (earliest() > now)
        return {};
    auto const number = due_.begin()->second;
    move(number, rank_of(sys::never), due_);
    return number;
}

/// Calls `f` with a job that has not ended, without the lock. The job is not
/// destroyed meanwhile.
template <class F>
void EndBoard::use(Lock& lock, std::size_t number, F f) noexcept
{
    auto const found = entries_.find(number);
    if (found == entries_.end() || found->second.has_ended)
        return;
    auto& job = *found->second.job;
    used_ = number;
    lock.unlock();
    f(job);
    lock.lock();
    used_.reset();
    changed_.notify_all();
}

// --- questions -----------------------------------------------------------------------------

std::size_t EndBoard::size() const
{
    Lock const lock(mutex_);
    return entries_.size();
}

sys::Deadline EndBoard::earliest() const noexcept
{
    return due_.empty()
             ? sys::never
             : sys::Deadline(sys::Deadline::duration(due_.begin()->first));
}

std::optional<sys::Deadline> EndBoard::next_deadline() const
{
    Lock const lock(mutex_);
    auto const next = earliest();
    return next == sys::never ? std::nullopt : std::optional(next);
}

} // namespace runnel::inline v0
