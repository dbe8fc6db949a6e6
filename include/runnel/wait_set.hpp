// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Many jobs, and their ends in the order in which they come.
//
//     for (auto const& [index, job] : as_they_end(jobs))
//         std::cout << names[index] << ": " << job.wait().returncode << '\n';
//
//     WaitSet running;                                  // a set that grows
//     running.add(first);
//     while (auto const index = running.wait()) ...
//
//     auto const index = wait_any(jobs, 10s);          // once
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/job.hpp>
#include <runnel/timeout.hpp>

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace runnel::inline v0 {

class EndBoard;

namespace detail {

/// A `Job`, a `std::reference_wrapper` of one, or any kind of pointer to one.
template <class T>
Job& job_of(T&& item)
{
    if constexpr (std::is_convertible_v<T&&, Job&>)
        return item;
    else {
        if (!item)
            throw std::invalid_argument("a pointer to a Job is null");
        return *item;
    }
}

template <class T>
concept names_job = std::is_convertible_v<T&&, Job&> || requires(T&& item) {
    {
        !item
    } -> std::convertible_to<bool>;
    {
        *item
    } -> std::convertible_to<Job&>;
};

template <class R>
concept job_range =
    std::ranges::input_range<R> && names_job<std::ranges::range_reference_t<R>>;

} // namespace detail

/// Waits for the ends of several jobs, in the order in which they come. Each end
/// costs the same, however many jobs there are.
///
/// Does not own the jobs. A job may be moved while it is in a set. A job that is
/// destroyed or detached leaves the set; its end is not told. A job may be in
/// several sets, and more than once in one.
///
/// While a thread waits, it also runs the event loops of those jobs that have no
/// thread: with `Pump::caller`, or without anything to do but to end. No thread
/// is made for them.
///
/// Threads: all functions may be called from any number of threads at once; each
/// end is returned to one of them. The destructor and moves belong to one thread.
/// A moved-from object may be destroyed or assigned to.
class [[nodiscard("an unnamed set waits for nothing: write WaitSet set; "
                  "set.add(job);")]] RUNNEL_EXPORT WaitSet {
public:
    /// Throws `std::system_error` if no descriptor is free; the set uses two.
    WaitSet();
    WaitSet(WaitSet&&) noexcept;
    WaitSet& operator=(WaitSet&&) noexcept;
    ~WaitSet();

    /// Adds a job, which may have ended already. Returns its index: 0 for the
    /// first job that was added, then 1, and so on. Uses one descriptor until
    /// the job ends, if the job has no thread; throws `std::system_error` if
    /// none is free.
    std::size_t add(Job& job);

    /// The number of jobs whose end has not been told.
    std::size_t size() const;
    bool empty() const { return size() == 0; }

    /// Waits for the next end, and returns the index of the job that has ended.
    /// `Job::wait` then gives its result at once. Returns nothing if the set is
    /// empty.
    std::optional<std::size_t> wait();

    /// The same, but if `limit` passes first, returns nothing. The jobs go on.
    std::optional<std::size_t> wait_for(Timeout limit);

    /// The same without waiting.
    std::optional<std::size_t> poll();

    /// For an event loop: a descriptor that poll(2) reports as readable when
    /// `poll` has something to do, and while the set is empty. Call `poll` until
    /// it returns nothing. Valid as long as the set.
    int fd() const;

    /// When `poll` must be called even if the descriptor is not ready.
    std::optional<std::chrono::steady_clock::time_point> next_deadline() const;

private:
    EndBoard& board() const;

    std::shared_ptr<EndBoard> board_;
};

/// Waits until one of `jobs` has ended, and returns its index in the range. Of
/// several that have ended it is the one that ended first. Returns nothing if
/// `limit` passes first, or the range is empty. `jobs`: of `Job`, or of pointers
/// or references to `Job`.
///
/// Every call looks at all jobs, and a job that has ended has ended for the next
/// call as well. In a loop, use `as_they_end` or a `WaitSet`.
template <detail::job_range R>
std::optional<std::size_t> wait_any(R&& jobs, Timeout limit = {})
{
    WaitSet set;
    for (auto&& job : jobs)
        set.add(detail::job_of(job));
    return set.wait_for(limit);
}

inline std::optional<std::size_t> wait_any(std::initializer_list<Job*> jobs,
                                           Timeout limit = {})
{
    return wait_any<std::initializer_list<Job*>&>(jobs, limit);
}

/// An element of `as_they_end`: a job that has ended.
struct EndedJob {
    std::size_t index; ///< in the range of jobs
    Job& job; ///< `wait` gives its result at once
};

/// The jobs of a range in the order in which they end, each once. Single pass;
/// the range is over when all have ended. An increment waits for the next end.
template <std::ranges::view V>
class EndedJobs : public std::ranges::view_interface<EndedJobs<V>> {
public:
    explicit EndedJobs(V jobs) : jobs_(std::move(jobs))
    {
        for (auto&& job : jobs_)
            set_.add(detail::job_of(job));
    }

    class iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using value_type = EndedJob;
        using difference_type = std::ptrdiff_t;

        iterator() = default;
        explicit iterator(EndedJobs& jobs) : jobs_(&jobs) {}

        EndedJob& operator*() const { return *jobs_->current_; }
        iterator& operator++()
        {
            jobs_->advance();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const
        {
            return !jobs_->current_;
        }

    private:
        EndedJobs* jobs_ = nullptr;
    };

    /// Waits for the first end.
    iterator begin()
    {
        if (!current_)
            advance();
        return iterator(*this);
    }
    std::default_sentinel_t end() const { return {}; }

private:
    void advance()
    {
        current_.reset();
        if (auto const index = set_.wait())
            current_.emplace(EndedJob{*index, job_at(*index)});
    }

    Job& job_at(std::size_t index)
    {
        auto const distance =
            static_cast<std::ranges::range_difference_t<V>>(index);
        return detail::job_of(
            *std::ranges::next(std::ranges::begin(jobs_), distance));
    }

    V jobs_;
    WaitSet set_;
    std::optional<EndedJob> current_;
};

/// The jobs of `jobs` in the order in which they end:
///
///     for (auto const& [index, job] : as_they_end(jobs))
///
/// `jobs`: of `Job`, or of pointers or references to `Job`. The result refers to
/// a range that is an lvalue: its elements must stay in place, and none may be
/// added or removed, until the loop ends. A range that is an rvalue is moved
/// into the result.
template <std::ranges::viewable_range R>
    requires detail::job_range<R> && std::ranges::forward_range<R>
auto as_they_end(R&& jobs)
{
    return EndedJobs<std::views::all_t<R>>(
        std::views::all(std::forward<R>(jobs)));
}

} // namespace runnel::inline v0
