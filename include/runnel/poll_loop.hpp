// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A small event loop over poll(2), for coroutine.hpp. Use it, or write your own in its
// place.
//
//     PollLoop loop;
//     auto const n = loop.run(count(loop));        // a Task<int>
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/coroutine.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <poll.h>

namespace runnel::inline v0 {

/// Waits for descriptors and points in time. Belongs to one thread.
///
/// One turn takes time in proportion to the number of waits, as poll(2) does.
class PollLoop {
public:
    PollLoop() = default;
    PollLoop(PollLoop const&) = delete;
    PollLoop& operator=(PollLoop const&) = delete;

    /// See `event_loop`.
    void when_readable(int fd, LoopTime deadline,
                       std::function<void()> callback)
    {
        waits_.push_back({fd, deadline, std::move(callback)});
    }

    void forget(int fd) noexcept
    {
        auto const is_it = [fd](Wait const& wait) { return wait.fd == fd; };
        std::erase_if(waits_, is_it);
        std::erase_if(due_, is_it);
    }

    /// Waits until at least one callback is due, and calls those that are. False if
    /// there is nothing to wait for. Throws what a callback throws; the others are
    /// called by the next turn.
    bool run_once()
    {
        if (due_.empty() && waits_.empty())
            return false;
        while (due_.empty())
            wait();
        while (!due_.empty()) {
            auto const callback = std::move(due_.back().callback);
            due_.pop_back();
            callback();
        }
        return true;
    }

    /// Runs until there is nothing to wait for.
    void run()
    {
        while (run_once()) {}
    }

    /// Runs a task to its end, and gives its result. Throws what the task throws, and
    /// `std::logic_error` if the task waits for something that is not of this loop.
    template <class T>
    T run(Task<T> task)
    {
        task.start(*this);
        while (!task.is_done())
            if (!run_once())
                throw std::logic_error("a task waits for nothing of this loop");
        return task.result();
    }

private:
    struct Wait {
        int fd;
        LoopTime deadline;
        std::function<void()> callback;
    };

    void wait()
    {
        std::vector<::pollfd> items;
        items.reserve(waits_.size());
        LoopTime next;
        for (auto const& wait : waits_) {
            items.push_back({wait.fd, POLLIN, 0});
            if (wait.deadline && (!next || *wait.deadline < *next))
                next = wait.deadline;
        }
        if (::poll(items.data(), items.size(), milliseconds_until(next)) < 0
            && errno != EINTR)
            throw std::system_error(errno, std::generic_category(),
                                    "cannot wait for an event");
        take_due(items);
    }

    // In reverse order, because callbacks are taken from the end.
    void take_due(std::vector<::pollfd> const& items)
    {
        auto const now = std::chrono::steady_clock::now();
        std::vector<Wait> others;
        for (std::size_t i = 0; i < items.size(); ++i) {
            auto& wait = waits_[i];
            bool const is_due = items[i].revents != 0
                             || (wait.deadline && *wait.deadline <= now);
            (is_due ? due_ : others).push_back(std::move(wait));
        }
        std::ranges::reverse(due_);
        waits_ = std::move(others);
    }

    // Rounded up, so that no turn comes before its time.
    static int milliseconds_until(LoopTime point)
    {
        if (!point)
            return -1;
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(
            *point - std::chrono::steady_clock::now());
        return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(
            left.count(), 0, 60'000)); // so that it fits into an int
    }

    std::vector<Wait> waits_;
    std::vector<Wait> due_; ///< the first one is at the end
};

static_assert(event_loop<PollLoop>);

} // namespace runnel::inline v0
