// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where the ends of several jobs are told, in the order in which they came.
#pragma once

#include "sys/clock.hpp"
#include "sys/poll.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

namespace runnel::inline v0 {

class JobState;

/// A job tells its end to each board that it is on, so the cost of an end does
/// not depend on how many jobs there are. A thread that waits here also runs the
/// event loops of those jobs that have no thread: it waits for one descriptor,
/// which is ready when something has happened to one of them.
///
/// Any number of threads may use a board at once. One of those that wait, the
/// driver, runs the event loops; the others wait for the driver.
///
/// Locks: a job calls the board while the job is locked, except for `drop`. So
/// the board calls a job only while the board is not locked.
class EndBoard : public std::enable_shared_from_this<EndBoard> {
public:
    /// Throws `std::system_error` if there is no descriptor for it.
    EndBoard();
    EndBoard(EndBoard const&) = delete;
    EndBoard& operator=(EndBoard const&) = delete;

    /// Waits for the end of `job` as well. Returns the number of the job on this
    /// board; the first one is 0.
    std::size_t add(JobState& job);

    /// Takes all jobs from the board. No thread waits any more.
    void clear() noexcept;

    /// The number of the job that has ended next. Nothing if `until` passes
    /// first or there is no job left.
    std::optional<std::size_t> wait(sys::Deadline until);

    /// How many jobs have not been returned by `wait`.
    std::size_t size() const;

    /// For an event loop of the caller.
    int fd() const noexcept { return ready_.fd(); }
    std::optional<sys::Deadline> next_deadline() const;

    // --- called by jobs ----------------------------------------------------------

    /// The job must be driven when `fd` is readable, which is the same for each
    /// number of a job. Throws `std::system_error`.
    void watch(std::size_t number, int fd);

    /// Some thread ran the event loop of the job; `deadline`: when it must run
    /// again even if nothing happens.
    void note_turn(std::size_t number, sys::Deadline deadline) noexcept;

    /// The job has ended as the `order`-th of this process. The descriptor
    /// given to `watch` may be closed.
    void note_end(std::size_t number, std::int64_t order) noexcept;

    /// The job is about to go: it is not used any more when this returns, and
    /// its end is not told.
    void drop(std::size_t number) noexcept;

private:
    using Lock = std::unique_lock<std::mutex>;
    class Driving;

    struct Entry {
        JobState* job;
        std::int64_t rank; ///< its place in `due_` or `ended_`
        int fd = -1; ///< watched until the end
        bool has_ended = false;
    };
    /// A rank, and the number of a job.
    using Place = std::pair<std::int64_t, std::size_t>;

    std::optional<std::size_t> take();
    void wait_for_driver(Lock& lock, sys::Deadline until);
    void drive(Lock& lock, sys::Deadline until);
    void wait_for_news(sys::Deadline until);
    void look(Lock& lock);
    std::optional<std::size_t> take_due(sys::Clock::time_point now) noexcept;
    void forget(Entry& entry) noexcept;
    void move(std::size_t number, std::int64_t rank,
              std::set<Place>& to) noexcept;
    template <class F>
    void use(Lock& lock, std::size_t number, F f) noexcept;
    sys::Deadline earliest() const noexcept;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t next_number_ = 0;
    std::unordered_map<std::size_t, Entry> entries_;
    /// Each job is in one of these. Its node moves from one to the other, so an
    /// end needs no memory.
    std::set<Place> due_; ///< by deadline
    std::set<Place> ended_; ///< by the order of the ends
    bool is_driven_ = false;
    std::optional<std::size_t> used_; ///< a job that is being called
    sys::Waker news_; ///< readable while there are ends to tell, or no jobs
    sys::ReadySet ready_; ///< `news_`, and the jobs that have no thread
};

} // namespace runnel::inline v0
