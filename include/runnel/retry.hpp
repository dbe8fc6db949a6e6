// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Running something again: until it succeeds, or for as long as it is needed.
//
//     auto const done = retry(cmd("curl", "-fO", url), 5, Backoff::growing(1s, 30s));
//
//     supervise(cmd("server"), {.backoff = Backoff::growing(100ms, 10s),
//                               .limit = {.restarts = 5, .within = 1min},
//                               .stop = token});
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/expression.hpp>
#include <runnel/result.hpp>
#include <runnel/run.hpp>
#include <runnel/stop.hpp>
#include <runnel/timeout.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace runnel::inline v0 {

/// How long to wait before something is run again. A value.
class RUNNEL_EXPORT Backoff {
public:
    using Nanoseconds = std::chrono::nanoseconds;

    /// No wait.
    constexpr Backoff() noexcept = default;

    /// The same time before each run. Durations below zero count as zero.
    template <class Rep, class Period>
    constexpr Backoff(std::chrono::duration<Rep, Period> always)
        : first_(Timeout(always).limit()), limit_(first_)
    {
    }

    /// `first`, then `factor` times as long before each further run, but never
    /// longer than `limit`. Throws `std::invalid_argument` unless `factor` is at
    /// least 1 and `limit` at least `first`.
    static Backoff growing(Nanoseconds first, Nanoseconds limit,
                           double factor = 2);

    /// The time before the run that follows `failures` failed ones, from 1 on.
    Nanoseconds after(std::size_t failures) const noexcept;

    bool operator==(Backoff const&) const = default;

private:
    Nanoseconds first_{0};
    Nanoseconds limit_{0};
    double factor_ = 1;
};

/// Runs the expression until it succeeds, at most `times` times, and returns the
/// result of the last run. With `check` in `options`, a failure of the last run
/// throws `CalledProcessError`.
///
/// - `options`: of each run. But `timeout` bounds all runs and the waits between
///   them; `e.timeout(2s)` limits a command of one run. A time limit or a stop
///   request that comes during a wait throws, like one during a run, with the
///   result of the run before.
/// - A run that cannot be started (`SpawnError`) counts as a failed one. If it is
///   the last, its error is thrown. Every other exception is thrown at once.
/// - Throws `std::invalid_argument` if `times` is 0.
/// - The expression is run as often as needed: words of a range that can be read
///   only once are `std::logic_error` in the second run.
[[nodiscard(
    "a failure would be lost: write if (retry(e, times))")]] RUNNEL_EXPORT
    CompletedProcess
    retry(Expression const& expression, std::size_t times,
          Backoff const& backoff = {}, RunOptions const& options = {});

/// How often something may be restarted.
struct RestartLimit {
    /// The largest number of restarts in any time of the length `within`.
    /// Default: any number.
    std::size_t restarts = static_cast<std::size_t>(-1);
    /// Default: for ever, all restarts count.
    std::chrono::nanoseconds within = std::chrono::nanoseconds::max();
};

/// One end of what `supervise` runs.
struct SupervisedEnd {
    std::size_t run; ///< counted from 1
    /// The result of the run; without stages if it could not be started.
    CompletedProcess const& result;
    /// Why the run has no ordinary result: it could not be started, its time
    /// limit passed, a capture was too long. Else empty.
    std::string_view error;
    std::chrono::nanoseconds lasted; ///< from before its start
    /// How long `supervise` waits before the next run. Nothing if this end is
    /// the last.
    std::optional<std::chrono::nanoseconds> restarts_in;
};

/// Any function that takes a `SupervisedEnd const&`. Copies share it.
/// `std::function` would do, but is slow to compile.
class EndHandler {
public:
    EndHandler() noexcept = default;

    template <std::invocable<SupervisedEnd const&> F>
        requires(!std::same_as<std::remove_cvref_t<F>, EndHandler>)
    EndHandler(F&& f)
        : function_(
            std::make_shared<Holder<std::decay_t<F>>>(std::forward<F>(f)))
    {
    }

    explicit operator bool() const noexcept { return function_ != nullptr; }
    void operator()(SupervisedEnd const& end) const { function_->call(end); }

private:
    struct Base {
        virtual ~Base() = default;
        virtual void call(SupervisedEnd const& end) = 0;
    };
    template <class F>
    struct Holder final : Base {
        explicit Holder(F f) : function(std::move(f)) {}
        void call(SupervisedEnd const& end) override { function(end); }
        F function;
    };

    std::shared_ptr<Base> function_;
};

/// How to supervise an expression.
struct SuperviseOptions {
    /// When to run it again.
    enum class Restart : unsigned char {
        on_failure, ///< a run that succeeds is the last one
        always,
    };
    Restart restart = Restart::on_failure;

    /// How long to wait before a restart. Default: 100 ms, then twice as long
    /// each time, up to 30 s.
    Backoff backoff = Backoff::growing(std::chrono::milliseconds(100),
                                       std::chrono::seconds(30));

    /// After a run that lasted this long, `backoff` begins again. Default: 10 s.
    std::chrono::nanoseconds reset_after = std::chrono::seconds(10);

    /// When to give up. Default: never.
    RestartLimit limit{};

    /// A stop request tears the run down, as `run.teardown` says, and ends a
    /// wait.
    StopToken stop{};

    /// Called after each end, in the calling thread. What it throws, `supervise`
    /// throws.
    EndHandler on_end{};

    /// Of each run. `run.timeout` limits one run, which then has failed.
    /// `run.check` and `run.stop` are `std::invalid_argument`.
    RunOptions run{};
};

/// How `supervise` ended.
struct Supervised {
    enum class Why : unsigned char {
        succeeded, ///< a run succeeded, with `Restart::on_failure`
        stopped, ///< a stop was requested
        gave_up, ///< the limit allowed no further restart
    };

    Why why = Why::stopped;
    std::size_t runs = 0; ///< how many there were
    CompletedProcess last{}; ///< the result of the last run

    /// False if it gave up.
    explicit operator bool() const noexcept { return why != Why::gave_up; }
};

/// Runs the expression again and again: see `SuperviseOptions`. Returns when a
/// run succeeds, a stop is requested, or the limit is reached.
///
/// A run has failed if its result says so, if its time limit passed, or if a
/// capture was too long. A run that cannot be started has failed as well, but the
/// first one throws its `SpawnError`. Other exceptions are thrown at once.
[[nodiscard("it may have given up: write if (!supervise(e))")]] RUNNEL_EXPORT
    Supervised
    supervise(Expression const& expression, SuperviseOptions const& how = {});

} // namespace runnel::inline v0
