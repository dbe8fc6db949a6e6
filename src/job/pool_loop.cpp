// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/pool_loop.hpp"

#include "base/stop_state.hpp"
#include "base/thread.hpp"
#include "job/stage_watch.hpp"
#include "plan/lower.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <limits>

namespace runnel::inline v0 {

namespace {

/// A number says which item of which slot is ready.
constexpr unsigned item_bits = 20;
constexpr std::size_t most_items = std::size_t{1} << item_bits;

constexpr auto queue_number = std::numeric_limits<std::uint64_t>::max();
constexpr auto stop_number = queue_number - 1;

} // namespace

PoolLoop::PoolLoop(JobQueue& queue, ParallelOptions const& options)
    : queue_(queue), options_(options), runs_(options.jobs)
{
    auto const jobs = options.jobs;
    // From here on, most of what the loop does needs no memory.
    taken_.reserve(jobs);
    free_.reserve(jobs);
    begun_.reserve(jobs);
    earlier_.reserve(jobs);
    touched_.reserve(jobs);
    unshown_.reserve(jobs);
    for (auto slot = jobs; slot-- > 0;)
        free_.push_back(slot);
    ready_.add(queue_.news_fd(), queue_number);
    if (stop_fd() >= 0)
        ready_.add(stop_fd(), stop_number);
    thread_ = start_thread([this] { work(); });
}

PoolLoop::~PoolLoop()
{
    thread_.join();
}

int PoolLoop::stop_fd() const noexcept
{
    return detail::StopAccess::fd(options_.run.stop);
}

void PoolLoop::work() noexcept
{
    while (!is_over())
        turn();
    queue_.tell();
}

void PoolLoop::turn()
{
    earlier_.swap(begun_);
    start_taken();
    confirm(earlier_);
    look_at_requests();
    if (is_over())
        return;
    wait();
    touch_due();
    act_on_touched();
    give_shown();
}

// --- starting --------------------------------------------------------------------------

void PoolLoop::start_taken()
{
    bool const may_start = queue_.take(taken_);
    for (auto& job : taken_) {
        if (may_start) {
            start(std::move(job));
            continue;
        }
        refuse(job);
        queue_.give(std::move(job));
    }
    taken_.clear();
}

void PoolLoop::refuse(PoolJob const& job) noexcept
{
    try {
        throw StopRequested(command_of(job.program));
    } catch (...) { // that, or no memory for it
        note_error(job.finished(), std::current_exception());
    }
}

void PoolLoop::start(PoolJob&& job)
{
    std::unique_ptr<PoolRun> run;
    try {
        run = std::make_unique<PoolRun>(options_, output_);
    } catch (...) {
        note_error(job.finished(), std::current_exception());
        return give(std::move(job));
    }
    auto const slot = free_.back();
    free_.pop_back();
    runs_[slot] = std::move(run);
    try {
        runs_[slot]->start(std::move(job));
        begun_.push_back(slot);
    } catch (...) {
        fail(slot);
    }
}

void PoolLoop::confirm(std::vector<Slot>& begun)
{
    for (auto const slot : begun) {
        try {
            runs_[slot]->confirm();
        } catch (...) {
            fail(slot);
            continue;
        }
        settle(slot);
    }
    begun.clear();
}

/// A job that has not been confirmed cannot be stopped.
void PoolLoop::look_at_requests()
{
    if (has_stopped_ == queue_.is_stopped()
        && has_closed_ == queue_.is_closed())
        return;
    has_closed_ = queue_.is_closed();
    if (std::exchange(has_stopped_, true))
        return;
    confirm(begun_);
    for (Slot slot = 0; slot < runs_.size(); ++slot) {
        if (!runs_[slot])
            continue;
        forget(slot);
        runs_[slot]->driver().stop();
        settle(slot);
    }
}

// --- waiting ---------------------------------------------------------------------------

void PoolLoop::wait()
{
    queue_.tell();
    auto until = sys::Deadline::min();
    if (begun_.empty())
        until = queue_.begin_wait(has_stopped_, has_closed_);
    bool const waits = until != sys::Deadline::min();
    if (!due_.empty())
        until = std::min(until, due_.begin()->first);
    if (output_.is_behind() && !has_stopped_)
        output_.wait({queue_.news_fd(), stop_fd()}, until);
    else
        look(until);
    if (waits)
        queue_.end_wait();
    if (options_.run.stop.stop_requested())
        queue_.stop();
}

void PoolLoop::look(sys::Deadline until)
{
    if (output_.is_behind())
        until = std::min(until, sys::Clock::now() + blind_interval);
    std::array<Number, 64> numbers;
    note_ready(ready_.wait(numbers, until));
    output_.go_on();
}

void PoolLoop::note_ready(std::span<Number const> numbers)
{
    for (auto const number : numbers) {
        if (number == queue_number)
            continue;
        if (number == stop_number) { // it stays readable
            ready_.remove(stop_fd());
            continue;
        }
        auto const slot = static_cast<Slot>(number >> item_bits);
        auto const item = static_cast<std::size_t>(number) % most_items;
        runs_[slot]->note_ready(item);
        touch(slot);
    }
}

void PoolLoop::touch_due()
{
    if (due_.empty())
        return;
    auto const now = sys::Clock::now();
    for (auto const& [deadline, slot] : due_) {
        if (deadline > now)
            return;
        touch(slot);
    }
}

void PoolLoop::touch(Slot slot)
{
    if (!std::exchange(runs_[slot]->is_touched, true))
        touched_.push_back(slot);
}

void PoolLoop::act_on_touched()
{
    for (auto const slot : touched_) {
        auto& run = *runs_[slot];
        run.is_touched = false;
        forget(slot);
        run.act();
        settle(slot);
    }
    touched_.clear();
}

/// Looks at what has become of a run. If it goes on, this watches what it now waits
/// for.
void PoolLoop::settle(Slot slot)
{
    auto& driver = runs_[slot]->driver();
    if (!driver.has_ended()) {
        try {
            return watch(slot);
        } catch (...) {
            forget(slot);
            driver.running()->give_up(std::current_exception());
        }
    }
    end(slot);
}

// --- descriptors and deadlines -----------------------------------------------------------

void PoolLoop::watch(Slot slot)
{
    runs_[slot]->watch(ready_, slot << item_bits, most_items);
    set_due(slot, runs_[slot]->look_at_deadline());
}

void PoolLoop::forget(Slot slot) noexcept
{
    runs_[slot]->forget(ready_);
}

void PoolLoop::set_due(Slot slot, sys::Deadline due)
{
    auto& run = *runs_[slot];
    if (run.due == due)
        return;
    if (run.due != sys::never)
        due_.erase({run.due, slot});
    run.due = sys::never;
    if (due != sys::never)
        due_.emplace(due, slot);
    run.due = due;
}

// --- ends --------------------------------------------------------------------------------

/// A run could not be started; the reason is the current exception.
void PoolLoop::fail(Slot slot) noexcept
{
    note_error(runs_[slot]->job().finished(), std::current_exception());
    give(take_out(slot));
}

void PoolLoop::end(Slot slot) noexcept
{
    set_due(slot, sys::never);
    runs_[slot]->finish();
    give(take_out(slot));
}

/// When the result is given, nothing of the run is left.
PoolJob PoolLoop::take_out(Slot slot) noexcept
{
    auto job = std::move(runs_[slot]->job());
    runs_[slot].reset();
    free_.push_back(slot);
    return job;
}

void PoolLoop::give(PoolJob&& job) noexcept
{
    auto const& finished = job.finished();
    if (is_to_run_again(finished)) {
        try {
            auto const wait = options_.backoff.after(finished.runs);
            return queue_.put_back(std::move(job), sys::deadline_after(wait));
        } catch (...) { // no memory: the result of this run counts
        }
    }
    if (options_.stop_on_failure && !finished)
        queue_.stop();
    if (output_.is_behind() && !has_closed_)
        unshown_.push_back(std::move(job));
    else
        queue_.give(std::move(job));
}

/// A result is given when the output of its job has been shown.
void PoolLoop::give_shown() noexcept
{
    if (output_.is_behind())
        return;
    for (auto& job : unshown_)
        queue_.give(std::move(job));
    unshown_.clear();
}

bool PoolLoop::is_to_run_again(Finished const& finished) const noexcept
{
    if (finished || finished.runs == 0 || finished.runs > options_.retries
        || queue_.is_stopped())
        return false;
    if (!finished.error)
        return true;
    try {
        std::rethrow_exception(finished.error);
    } catch (SpawnError const&) {
        return true;
    } catch (CalledProcessError const&) {
        return true;
    } catch (TimeoutExpired const&) {
        return true;
    } catch (...) {
        return false;
    }
}

} // namespace runnel::inline v0
