// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/reaper.hpp>

#include "base/thread.hpp"
#include "sys/clock.hpp"
#include "sys/orphans.hpp"
#include "sys/poll.hpp"

#include <runnel/error.hpp>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <system_error>

namespace runnel::inline v0 {

namespace {

std::atomic<bool> exists{false};

} // namespace

namespace detail {

class ReaperState {
    /// Allows one object.
    struct Only {
        Only()
        {
            if (exists.exchange(true))
                throw std::logic_error("there is an OrphanReaper already");
        }
        Only(Only const&) = delete;
        Only& operator=(Only const&) = delete;
        ~Only() { exists = false; }
    };

public:
    explicit ReaperState(Timeout every) : every_(every)
    {
        if (every.is_point() || every.limit() == std::chrono::nanoseconds(0))
            throw std::invalid_argument(
                "how often to look for orphans is a duration above 0");
        if (!every.is_forever())
            thread_ = start_thread([this] { loop(); });
    }

    ReaperState(ReaperState const&) = delete;
    ReaperState& operator=(ReaperState const&) = delete;

    ~ReaperState()
    {
        stop_.wake();
        if (thread_.joinable())
            thread_.join();
        reap();
    }

    std::size_t reap()
    {
        std::lock_guard const lock(mutex_);
        auto const count = sys::reap_orphans();
        reaped_ += count;
        return count;
    }

    std::size_t reaped() const noexcept { return reaped_; }

private:
    void loop()
    {
        sys::PollItem item{stop_.fd()};
        do
            reap();
        while (sys::poll({&item, 1}, sys::deadline_after(every_)).value == 0);
    }

    Only const only_;
    sys::Subreaper const subreaper_;
    Timeout const every_;
    sys::Waker stop_;
    std::mutex mutex_; ///< for `sys::reap_orphans`
    std::atomic<std::size_t> reaped_{0};
    std::thread thread_;
};

} // namespace detail

OrphanReaper::OrphanReaper(Timeout every)
    : state_(std::make_unique<detail::ReaperState>(every))
{
}

OrphanReaper::~OrphanReaper() = default;

std::size_t OrphanReaper::reap()
{
    return state_->reap();
}

std::size_t OrphanReaper::reaped() const noexcept
{
    return state_->reaped();
}

OrphanReaper::Pause::Pause() noexcept : phase_(sys::Birth::begin()) {}

OrphanReaper::Pause::~Pause()
{
    sys::Birth::end(phase_);
}

} // namespace runnel::inline v0
