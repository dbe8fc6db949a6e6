// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The elements of a range as jobs, some of them at once.
//
//     auto const pack = [](std::string const& file) { return cmd("gzip", "-9", file); };
//     for (Finished const& done : files | std::views::transform(pack) | parallel(8))
//         if (!done)
//             std::cerr << files[done.index] << ": " << done.result.returncode << '\n';
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/expression.hpp>
#include <runnel/job_set.hpp>
#include <runnel/lines.hpp>
#include <runnel/stage.hpp>
#include <runnel/word.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

namespace runnel::inline v0 {

namespace detail {

template <class T>
concept expression_like = std::derived_from<std::remove_cvref_t<T>, Expression>;

/// `std::pair("build", cmd("make"))`.
template <class T>
concept keyed_expression = requires(T&& item) {
    Word(item.first);
    requires expression_like<decltype(item.second)>;
};

template <class R>
concept job_input = std::ranges::input_range<R>
                 && (expression_like<std::ranges::range_reference_t<R>>
                     || keyed_expression<std::ranges::range_reference_t<R>>);

/// The input of a `ParallelRange`, of any type.
class JobInput {
public:
    JobInput() = default;
    JobInput(JobInput const&) = delete;
    JobInput& operator=(JobInput const&) = delete;
    virtual ~JobInput() = default;

    /// Adds the next element to `set`; false if there is none.
    virtual bool pull(JobSet& set) = 0;
};

template <std::ranges::view V>
class JobInputOf final : public JobInput {
public:
    explicit JobInputOf(V view) : view_(std::move(view)) {}

    bool pull(JobSet& set) override
    {
        if (!at_)
            at_.emplace(std::ranges::begin(view_));
        else
            ++*at_;
        if (*at_ == std::ranges::end(view_))
            return false;
        add(set, **at_);
        return true;
    }

private:
    template <class T>
    static void add(JobSet& set, T&& item)
    {
        if constexpr (expression_like<T>)
            set.add(item);
        else
            set.add(item.second, item.first);
    }

    V view_;
    std::optional<std::ranges::iterator_t<V>> at_;
};

} // namespace detail

/// The result of `parallel(...)`.
struct Parallel {
    ParallelOptions options{};
    std::shared_ptr<std::string const> input{}; ///< what `run.input` refers to
};

/// The results of the jobs of a range. A single-pass range of `Finished`.
///
/// `begin()` takes the first elements from the range and starts them. The reader's
/// thread takes elements only when there is room for another job; while it waits for
/// an element, or does other things, the jobs that run go on. Each increment gives
/// one result, and takes at most one element if a result is there already.
///
/// If the range throws, or an element cannot be run at all
/// (`std::invalid_argument`), the results of the jobs before are given first, and
/// then the exception is thrown.
///
/// Leaving early ends what runs: when the last copy of this object is destroyed.
/// Not thread safe.
class [[nodiscard("nothing was started: write for (auto const& done : range | "
                  "parallel(4))")]] RUNNEL_EXPORT ParallelRange
    : public std::ranges::view_base {
public:
    class iterator;

    /// Over nothing.
    ParallelRange() noexcept = default;

    ParallelRange(std::unique_ptr<detail::JobInput> input, Parallel const& how);

    /// Starts the first jobs. There is only one pass: once an iterator was at the
    /// end, `std::logic_error`.
    iterator begin() const;
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    class State;
    std::shared_ptr<State> state_;
};

class RUNNEL_EXPORT ParallelRange::iterator {
public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = Finished;
    using difference_type = std::ptrdiff_t;

    iterator() noexcept = default;

    /// May be moved from. Valid until the increment.
    Finished& operator*() const;
    Finished* operator->() const { return &**this; }
    iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return at_end(); }

private:
    friend class ParallelRange;
    explicit iterator(State* state) noexcept : state_(state) {}
    bool at_end() const;

    State* state_ = nullptr;
};

/// Runs the expressions of a range, at most `jobs` at once:
/// `range | parallel(8)`. An element is an expression, or a pair of a key (text, a
/// number, a path) and an expression. 0: as many as there are processors that this
/// process may use.
inline Parallel parallel(std::size_t jobs)
{
    return {.options = {.jobs = jobs}};
}

/// The same with more options: `range | parallel({.order = ResultOrder::input})`.
/// Copies `run.input`.
RUNNEL_EXPORT Parallel parallel(ParallelOptions const& options = {});

template <std::ranges::viewable_range R>
    requires detail::job_input<R>
ParallelRange operator|(R&& range, Parallel const& how)
{
    using V = std::views::all_t<R>;
    return {std::make_unique<detail::JobInputOf<V>>(
                std::views::all(std::forward<R>(range))),
            how};
}

template <std::ranges::input_range R>
    requires(!detail::job_input<R>)
RUNNEL_REFUSED("parallel runs a range of expressions: write words | "
               "std::views::transform(to_command) | parallel(4)",
               ParallelRange)
operator|(R&&, Parallel const&) RUNNEL_DELETED;

/// What the jobs of a `ParallelRange` have written to stdout: one element for each
/// job, as bytes. If the last line has no newline, one is added, so that the lines of
/// two jobs do not become one. Single pass.
///
/// The jobs must have `JobOutput::captured`. A failure does not end the range: after
/// the output of the last job, the error of the first failed job is thrown; see
/// `Finished::check`.
class [[nodiscard(
    "nothing was started: write for (auto bytes : outputs)")]] RUNNEL_EXPORT
    ParallelOutputs : public std::ranges::view_base {
public:
    class iterator;

    explicit ParallelOutputs(ParallelRange results);

    iterator begin() const;
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    class State;
    std::shared_ptr<State> state_;
};

class RUNNEL_EXPORT ParallelOutputs::iterator {
public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = std::span<std::byte const>;
    using difference_type = std::ptrdiff_t;

    iterator() noexcept = default;

    /// Valid until the increment.
    std::span<std::byte const> operator*() const;
    iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return at_end(); }

private:
    friend class ParallelOutputs;
    explicit iterator(State* state) noexcept : state_(state) {}
    bool at_end() const;

    State* state_ = nullptr;
};

/// An in-process stage that is as `xargs -P`: `f` maps each line of its input to an
/// expression, and the stage writes what these write to stdout.
///
///     check(files | parallel_stage(hash, 8) | cmd("sort"));
///
/// The output of a job comes whole when the job has ended, also its last line; with
/// `ResultOrder::input`, in the order of the lines. What the expression redirects goes
/// where it says; stderr is that of this process. `options.output` has no effect. If
/// a job fails, the others go on, and when the input has ended the stage throws the
/// error of the first failure; for endless input, set `stop_on_failure`. `f` is
/// called by the thread of the stage.
template <class F>
    requires detail::expression_like<std::invoke_result_t<F&, Line>>
Connected<Ends{}> parallel_stage(F f, ParallelOptions options)
{
    options.output = JobOutput::stdout_captured;
    return stage([f = std::move(f), how = parallel(options)](LineRange input) {
        return ParallelOutputs(std::move(input) | std::views::transform(f)
                               | how);
    });
}

template <class F>
    requires detail::expression_like<std::invoke_result_t<F&, Line>>
Connected<Ends{}> parallel_stage(F f, std::size_t jobs)
{
    return parallel_stage(std::move(f), ParallelOptions{.jobs = jobs});
}

} // namespace runnel::inline v0
