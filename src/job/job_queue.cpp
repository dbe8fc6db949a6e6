// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/job_queue.hpp"

#include "base/cancel.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace runnel::inline v0 {

// --- for callers ---------------------------------------------------------------------

std::size_t JobQueue::add(PoolJob&& job)
{
    Lock const lock(mutex_);
    job.finished().index = added_;
    waiting_.push_back(std::move(job));
    if (news_ && given_ == added_)
        news_->clear();
    if (can_take())
        wake_loop();
    return added_++;
}

std::optional<Finished> JobQueue::next(sys::Deadline until)
{
    Lock lock(mutex_);
    for (bool is_late = false; !has_next();) {
        if (is_late || given_ == added_)
            return {};
        wait(lock, until);
        is_late = until != sys::never && sys::Clock::now() >= until;
    }
    std::optional<Finished> next(std::move(done_.begin()->second));
    done_.erase(done_.begin());
    ++given_;
    if (news_ && !has_next() && given_ != added_)
        news_->clear();
    if (given_ == added_) { // those that wait get nothing
        wake_polling();
        changed_.notify_all();
    }
    return next;
}

void JobQueue::wait(Lock& lock, sys::Deadline until)
{
    int const cancelled = detail::CancelScope::fd();
    if (cancelled < 0) {
        if (until == sys::never)
            changed_.wait(lock);
        else
            changed_.wait_until(lock, until);
        return;
    }
    if (!news_)
        news_.emplace();
    news_->clear();
    sys::PollItem items[] = {{news_->fd()}, {cancelled}};
    ++polling_;
    lock.unlock();
    auto const ready = sys::poll(items, until);
    lock.lock();
    --polling_;
    if (!ready)
        throw SystemError(ready.error, "cannot wait for jobs");
    detail::CancelScope::check();
}

std::size_t JobQueue::size() const
{
    Lock const lock(mutex_);
    return added_ - given_;
}

std::size_t JobQueue::room() const
{
    Lock const lock(mutex_);
    return room_now();
}

std::size_t JobQueue::room_now() const noexcept
{
    auto const used = waiting_.size() + running_;
    auto const in_hand = added_ - given_;
    if (is_stopped_ || used >= most_ || in_hand >= window_)
        return 0;
    return std::min(most_ - used, window_ - in_hand);
}

bool JobQueue::wait_for_room()
{
    Lock lock(mutex_);
    ++waiting_for_room_;
    try {
        while (!has_next() && given_ != added_ && room_now() == 0)
            wait(lock, sys::never);
    } catch (...) {
        --waiting_for_room_;
        throw;
    }
    --waiting_for_room_;
    return !has_next() && room_now() > 0;
}

int JobQueue::fd()
{
    Lock const lock(mutex_);
    if (!news_) {
        news_.emplace();
        if (has_next() || given_ == added_)
            news_->wake();
    }
    return news_->fd();
}

void JobQueue::stop()
{
    Lock const lock(mutex_);
    is_stopped_ = true;
    wake_loop();
}

void JobQueue::close() noexcept
{
    Lock const lock(mutex_);
    is_stopped_ = is_closed_ = true;
    wake_loop();
}

// --- for the thread of the pool --------------------------------------------------------

bool JobQueue::has_next() const noexcept
{
    return !done_.empty()
        && (order_ == ResultOrder::completion
            || done_.begin()->first == given_);
}

bool JobQueue::can_take() const noexcept
{
    return !waiting_.empty() && (is_stopped_ || running_ < most_);
}

bool JobQueue::take(std::vector<PoolJob>& into)
{
    Lock const lock(mutex_);
    while (!later_.empty()
           && (is_stopped_ || later_.begin()->first <= sys::Clock::now())) {
        waiting_.push_back(std::move(later_.begin()->second));
        later_.erase(later_.begin());
    }
    for (; can_take() && into.size() < into.capacity(); ++running_) {
        into.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return !is_stopped_;
}

void JobQueue::give(PoolJob&& job) noexcept
{
    Lock const lock(mutex_);
    auto const index = job.finished().index;
    job.result.key() = order_ == ResultOrder::input ? index : ended_;
    done_.insert(std::move(job.result));
    ++ended_;
    --running_;
    has_untold_ = true;
}

void JobQueue::put_back(PoolJob&& job, sys::Deadline when)
{
    Lock const lock(mutex_);
    later_.emplace(when, std::move(job));
    --running_;
    has_untold_ = true;
}

void JobQueue::tell() noexcept
{
    {
        Lock const lock(mutex_);
        if (!std::exchange(has_untold_, false))
            return;
        if (!has_next() && waiting_for_room_ == 0)
            return;
        wake_polling();
    }
    changed_.notify_all();
}

sys::Deadline JobQueue::begin_wait(bool knows_stop, bool knows_close)
{
    Lock const lock(mutex_);
    if (can_take() || is_stopped_ != knows_stop || is_closed_ != knows_close)
        return sys::Deadline::min();
    loop_waits_ = true;
    return later_.empty() ? sys::never : later_.begin()->first;
}

void JobQueue::end_wait() noexcept
{
    Lock const lock(mutex_);
    if (!std::exchange(loop_waits_, false))
        loop_news_.clear();
}

bool JobQueue::is_stopped() const
{
    Lock const lock(mutex_);
    return is_stopped_;
}

bool JobQueue::is_closed() const
{
    Lock const lock(mutex_);
    return is_closed_;
}

/// One call to the kernel for each wait of the loop, however many jobs are added.
void JobQueue::wake_loop() noexcept
{
    if (std::exchange(loop_waits_, false))
        loop_news_.wake();
}

void JobQueue::wake_polling() noexcept
{
    if (news_ && (has_next() || given_ == added_ || polling_ > 0))
        news_->wake();
}

} // namespace runnel::inline v0
