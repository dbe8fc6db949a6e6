// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/retry.hpp>

#include "base/cancel.hpp"
#include "base/stop_state.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <deque>
#include <exception>
#include <stdexcept>
#include <utility>

namespace runnel::inline v0 {

namespace {

using Nanoseconds = std::chrono::nanoseconds;

/// Waits until `until`. Returns false if a stop is requested first.
bool pause(sys::Deadline until, StopToken const& stop)
{
    while (!stop.stop_requested()) {
        if (sys::Clock::now() >= until)
            return true;
        sys::PollItem items[] = {{detail::StopAccess::fd(stop)},
                                 {detail::CancelScope::fd()}};
        if (auto const ready = sys::poll(items, until); !ready)
            throw SystemError(ready.error, "cannot wait for the next run");
        detail::CancelScope::check();
    }
    return false;
}

// --- retry -----------------------------------------------------------------------------

class Retrying {
public:
    Retrying(Expression const& expression, RunOptions const& options)
        : expression_(expression), options_(options), each_(options),
          until_(sys::deadline_after(options.timeout))
    {
        each_.check = false;
        if (until_ != sys::never)
            each_.timeout = until_;
    }

    /// Returns true if the run has succeeded.
    bool run_once()
    {
        refusal_ = nullptr;
        last_ = {};
        try {
            last_ = run(expression_, each_);
            return !last_.failed;
        } catch (SpawnError const&) {
            refusal_ = std::current_exception();
        } catch (IdleExpired const&) {
            throw;
        } catch (TimeoutExpired const& late) {
            throw TimeoutExpired(late.command(), options_.timeout,
                                 late.result());
        }
        return false;
    }

    void wait(Nanoseconds how_long)
    {
        auto const next = sys::deadline_after(how_long);
        if (!pause(std::min(next, until_), options_.stop))
            throw StopRequested(to_string(expression_), std::move(last_));
        if (sys::Clock::now() >= until_)
            throw TimeoutExpired(to_string(expression_), options_.timeout,
                                 std::move(last_));
    }

    CompletedProcess result()
    {
        if (refusal_)
            std::rethrow_exception(refusal_);
        if (options_.check)
            last_.check_returncode();
        return std::move(last_);
    }

private:
    Expression const& expression_;
    RunOptions const& options_;
    RunOptions each_;
    sys::Deadline const until_;
    CompletedProcess last_;
    std::exception_ptr refusal_;
};

} // namespace

CompletedProcess retry(Expression const& expression, std::size_t times,
                       Backoff const& backoff, RunOptions const& options)
{
    if (times == 0)
        throw std::invalid_argument("retry: 0 times; there is no result of no "
                                    "run");
    Retrying what(expression, options);
    for (std::size_t n = 1; !what.run_once() && n < times; ++n)
        what.wait(backoff.after(n));
    return what.result();
}

// --- supervise -------------------------------------------------------------------------

namespace {

/// Counts restarts.
class RestartCount {
public:
    explicit RestartCount(RestartLimit const& limit) : limit_(limit) {}

    /// Counts a restart at `when`, which is not before the last one. Returns
    /// false if there are too many.
    bool add(sys::Clock::time_point when)
    {
        if (limit_.restarts == static_cast<std::size_t>(-1))
            return true;
        while (!times_.empty() && when - times_.front() >= limit_.within)
            times_.pop_front();
        if (times_.size() >= limit_.restarts)
            return false;
        times_.push_back(when);
        return true;
    }

private:
    RestartLimit const limit_;
    std::deque<sys::Clock::time_point> times_;
};

class Supervisor {
public:
    Supervisor(Expression const& expression, SuperviseOptions const& how)
        : expression_(expression), how_(how), each_(how.run), count_(how.limit)
    {
        if (how.run.stop.stop_possible())
            throw std::invalid_argument(
                "supervise: give the stop token as SuperviseOptions::stop");
        if (how.run.check)
            throw std::invalid_argument(
                "supervise: a failure of a run is no error, so check has no "
                "meaning");
        each_.stop = how.stop;
    }

    Supervised supervise()
    {
        while (!how_.stop.stop_requested()) {
            run_once();
            auto const wait = next_wait();
            tell(wait);
            if (!wait)
                return std::move(outcome_);
            if (!pause(sys::deadline_after(*wait), how_.stop))
                break;
        }
        outcome_.why = Supervised::Why::stopped;
        return std::move(outcome_);
    }

private:
    void run_once()
    {
        auto const begin = sys::Clock::now();
        ++outcome_.runs;
        error_.clear();
        has_failed_ = true;
        was_stopped_ = false;
        try {
            outcome_.last = run(expression_, each_);
            has_failed_ = outcome_.last.failed;
        } catch (StopRequested const& stopped) {
            was_stopped_ = true;
            take(stopped);
        } catch (EndedEarly const& ended) {
            take(ended);
        } catch (SpawnError const& refused) {
            if (outcome_.runs == 1)
                throw;
            error_ = refused.what();
            outcome_.last = {};
        }
        lasted_ = sys::Clock::now() - begin;
    }

    void take(EndedEarly const& ended)
    {
        error_ = ended.what();
        outcome_.last = ended.result();
    }

    /// How long to wait before the next run; nothing if this was the last one.
    std::optional<Nanoseconds> next_wait()
    {
        using Why = Supervised::Why;
        if (was_stopped_)
            return end(Why::stopped);
        if (!has_failed_
            && how_.restart == SuperviseOptions::Restart::on_failure)
            return end(Why::succeeded);
        in_a_row_ = lasted_ >= how_.reset_after ? 1 : in_a_row_ + 1;
        auto const wait = how_.backoff.after(in_a_row_);
        if (!count_.add(sys::deadline_after(wait)))
            return end(Why::gave_up);
        return wait;
    }

    std::optional<Nanoseconds> end(Supervised::Why why)
    {
        outcome_.why = why;
        return {};
    }

    void tell(std::optional<Nanoseconds> wait)
    {
        if (how_.on_end)
            how_.on_end({outcome_.runs, outcome_.last, error_, lasted_, wait});
    }

    Expression const& expression_;
    SuperviseOptions const& how_;
    RunOptions each_;
    RestartCount count_;
    Supervised outcome_;

    // Of the last run.
    bool has_failed_ = false;
    bool was_stopped_ = false;
    std::string error_; ///< why there is no ordinary result
    Nanoseconds lasted_{0};
    std::size_t in_a_row_ = 0; ///< restarts since a run that lasted
};

} // namespace

Supervised supervise(Expression const& expression, SuperviseOptions const& how)
{
    return Supervisor(expression, how).supervise();
}

} // namespace runnel::inline v0
