// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/job_state.hpp"

#include "base/thread.hpp"
#include "child/ending.hpp"
#include "io/stream_access.hpp"
#include "job/run_waits.hpp"
#include "job/stage_watch.hpp"
#include "sys/signal.hpp"
#include "text/visible.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

namespace runnel::inline v0 {

namespace {

/// How many jobs of this process have ended.
std::atomic<std::int64_t> ends{0};

void refuse_to_detach(JobDriver const& driver, JobStreams const& streams)
{
    auto const refuse = [&](std::string const& why) {
        throw std::logic_error("cannot detach \"" + driver.command()
                               + "\": " + why);
    };
    if (driver.time_limit() != sys::never)
        refuse("it has a time limit, which this process enforces");
    if (!driver.options().idle_timeout.is_forever())
        refuse("it has an idle limit, which this process enforces");
    if (driver.options().stop.stop_possible())
        refuse("it has a stop token, which this process obeys");
    auto const why = driver.running()->why_attached();
    bool const is_open =
        streams.in.is_open() || streams.out.is_open() || streams.err.is_open();
    if (is_open && !streams.is_on_terminal())
        refuse("a stream of the job is connected to this process; close it");
    if (!why.empty())
        refuse(why);
}

} // namespace

/// While this object lives, the thread that made it runs the event loop. It is
/// made and destroyed under the lock, which is released in between.
class JobState::Driving {
public:
    Driving(JobState& job, Lock& lock) : job_(job), lock_(lock)
    {
        job_.driven_ = true;
        // Before anything is closed, see `EventSet::forget`.
        if (job_.events_)
            job_.events_->forget();
        lock_.unlock();
    }
    Driving(Driving const&) = delete;
    Driving& operator=(Driving const&) = delete;
    ~Driving()
    {
        lock_.lock();
        job_.publish();
        job_.arm_events();
        job_.driven_ = false;
        // The thread of a job runs the loop to the end, so no waiter is woken
        // before.
        if (job_.threaded_ && !job_.ended_)
            return;
        job_.changed_.notify_all();
        job_.news_.wake();
        job_.watchers.tell();
        // A job that has ended keeps no descriptor, except one that it gave to
        // an event loop of the caller.
        if (job_.ended_) {
            job_.driver_.requests.let_go();
            job_.news_.let_go();
            job_.watchers.close_events();
        }
    }

private:
    JobState& job_;
    Lock& lock_;
};

JobState::JobState(RunOptions const& options, Carries carries)
    : driver_(options), carries_(carries)
{
}

JobState::~JobState()
{
    watchers.drop_all();
    tear_down();
    if (thread_.joinable())
        thread_.join();
}

// --- starting ----------------------------------------------------------------------

void JobState::start(Executor& executor, Program&& program, bool keeps_input)
{
    size_ = program.commands.size();
    record_.note(program);
    streams.note(program);
    if (driver_.prepare(program, keeps_input)) {
        driver_.adopt(executor.start(std::move(program), driver_.options()));
        streams.open(*driver_.running(),
                     carries_ == Carries::as_asked ? driver_.text()
                                                   : std::nullopt,
                     upkeep_);
    }
    publish();
}

// If there are no bytes to move, no limits to enforce and no events to report,
// children can be reaped when the caller asks, without a thread.
void JobState::share()
{
    Lock const share_lock(mutex_);
    if (ended_)
        return;
    driver_.requests.make_wakeable();
    if (driver_.options().pump == Pump::caller || !driver_.needs_driving())
        return;
    driven_ = threaded_ = true;
    try {
        thread_ = start_thread([this] {
            Lock lock(mutex_);
            while (!ended_ && !is_detached_) {
                Driving const driving(*this, lock);
                driver_.drive(sys::never);
            }
        });
    } catch (...) {
        driven_ = threaded_ = false;
        throw;
    }
}

// Updates the data that other threads may see.
void JobState::publish()
{
    bool const had_ended = ended_;
    ended_ = driver_.has_ended();
    next_deadline_ = ended_ ? sys::never : driver_.deadline();
    cut_off_ = driver_.is_cut_off();
    if (!ended_ || had_ended)
        return;
    end_number_ = ends.fetch_add(1);
    late_.begin();
}

CompletedProcess JobState::result(Asked asked)
{
    Lock const lock(mutex_);
    auto& result = record_.result(driver_, late_.was_drained());
    return asked == Asked::once ? std::move(result) : result;
}

// --- waiting -------------------------------------------------------------------------

// A reader that goes away wakes the others, because one of them must run the
// loop: the news that it does not run may have been for them as well.
bool JobState::wait(sys::Deadline until, std::span<sys::PollItem> others)
{
    Lock lock(mutex_);
    while (!ended_ && std::ranges::none_of(others, &sys::PollItem::ready)) {
        if (!driven_) {
            Driving const driving(*this, lock);
            driver_.drive(until, others);
        } else if (!others.empty())
            news_.wait(lock, until, others, ended_);
        else if (until == sys::never)
            changed_.wait(lock);
        else
            changed_.wait_until(lock, until);
        if (until != sys::never && sys::Clock::now() >= until)
            break;
    }
    if (!driven_)
        news_.wake();
    return ended_;
}

bool JobState::wait_for_output()
{
    {
        Lock const lock(mutex_);
        if (!driven_ && !ended_ && driver_.reader_may_block())
            return streams.out.is_open();
    }
    if (streams.out.is_open()) {
        sys::PollItem item{streams.out.fd()};
        wait(sys::never, {&item, 1});
    }
    Lock lock(mutex_);
    if (ended_ && cut_off_)
        return false;
    if (ended_ && streams.out.is_open())
        return take_late(late_.wait(lock)) == OutputState::ready;
    return streams.out.is_open();
}

JobState::OutputState JobState::look_for_output()
{
    Lock lock(mutex_);
    sys::PollItem item{streams.out.fd()};
    if (!driven_ && !ended_) {
        Driving const driving(*this, lock);
        driver_.drive(sys::Deadline::min(), {&item, 1});
    }
    if ((ended_ && cut_off_) || !streams.out.is_open())
        return OutputState::over;
    bool const ready = item.ready || sys::is_ready(item.fd);
    if (!ended_)
        return ready ? OutputState::ready : OutputState::none;
    return take_late(late_.look(ready));
}

JobState::OutputState JobState::take_late(LateOutput::State state)
{
    switch (state) {
    case LateOutput::State::none: return OutputState::none;
    case LateOutput::State::ready: return OutputState::ready;
    case LateOutput::State::over: break;
    case LateOutput::State::stopped:
        record_.throw_stopped(driver_, late_.was_drained());
    }
    return OutputState::over;
}

void JobState::took_output(std::size_t count)
{
    Lock const lock(mutex_);
    late_.took(count);
}

void JobState::close_output()
{
    Lock const lock(mutex_);
    bool const watched = events_ && !driven_;
    if (watched)
        events_->forget();
    streams.out.close();
    if (watched)
        arm_events();
}

void JobState::leave_output()
{
    Lock lock(mutex_);
    if (!driven_ && !ended_) {
        Driving const driving(*this, lock);
        streams.out.close();
        driver_.running()->leave_output(driver_.options().teardown);
    }
    streams.out.close();
}

void JobState::throw_if_ended_early()
{
    {
        Lock const lock(mutex_);
        if (!ended_ || !cut_off_)
            return;
    }
    static_cast<void>(result(Asked::again));
}

void request_stop(JobState& job) noexcept
{
    JobState::Lock const lock(job.mutex_);
    if (!job.ended_ && !job.is_detached_)
        job.driver_.requests.stop();
}

void JobState::tear_down(Teardown const* how) noexcept
{
    {
        Lock const lock(mutex_);
        streams.close();
        if (ended_ || is_detached_ || driver_.running() == nullptr)
            return;
        driver_.requests.tear_down(how != nullptr ? *how
                                                  : driver_.options().teardown);
    }
    wait(sys::never);
}

// The destructor of `Running` leaves children alone that it has not ended.
void JobState::detach()
{
    {
        Lock const lock(mutex_);
        refuse_to_detach(driver_, streams);
        is_detached_ = true;
        driver_.requests.wake();
    }
    if (thread_.joinable())
        thread_.join();
}

// --- signals and questions -----------------------------------------------------------

void JobState::send_signal(int signal)
{
    check_signal(signal);
    Lock const lock(mutex_);
    if (ended_)
        return;
    if (signal == sys::signals::kill || signal == sys::signals::terminate)
        driver_.requests.cancel();
    driver_.running()->send_signal(signal);
}

void JobState::forward(int signal) const noexcept
{
    if (auto* const running = driver_.running())
        running->forward(signal);
}

std::vector<int> JobState::pids() const
{
    auto const* const running = driver_.running();
    return running != nullptr ? running->pids() : std::vector<int>(size_, -1);
}

std::vector<std::optional<ExitStatus>> JobState::statuses()
{
    auto const* const running = driver_.running();
    if (running == nullptr)
        return std::vector<std::optional<ExitStatus>>(size_);
    if (driver_.options().pump == Pump::thread)
        step();
    return running->statuses();
}

// A debugger may have stopped a thread that holds the lock.
std::string JobState::text() const
{
    Lock const lock(mutex_, std::try_to_lock);
    auto text = "job \"" + in_one_line(driver_.command()) + "\" ";
    auto const* const running = driver_.running();
    bool const has_ended = running == nullptr || (lock && ended_);
    text += has_ended ? "has ended" : "runs";
    if (!has_ended && driver_.reason() != JobDriver::Reason::own_end)
        text += ", and is being ended";
    else if (!has_ended && driver_.time_limit() != sys::never)
        text += "; its time limit "
              + text_of_limit(driver_.time_limit(), sys::Clock::now());
    return text + '\n' + (running != nullptr ? running->waits() : "");
}

// --- boards ------------------------------------------------------------------------

void JobState::Watchers::add(std::shared_ptr<EndBoard> const& board,
                             std::size_t number)
{
    Lock const lock(job_.mutex_);
    std::erase_if(all_, [](Watcher const& one) { return one.board.expired(); });
    all_.push_back({board, number});
    if (job_.ended_)
        return board->note_end(number, job_.end_number_);
    if (!job_.threaded_)
        make_events(*board, number);
}

// In this order, the kernel refuses to watch a descriptor that too many jobs
// wait for (a stop token), and not the job.
void JobState::Watchers::make_events(EndBoard& board, std::size_t number)
{
    bool const are_new = !job_.events_;
    try {
        if (are_new)
            job_.events_.emplace();
        board.watch(number, job_.events_->fd());
    } catch (...) {
        all_.pop_back();
        close_events();
        throw;
    }
    if (are_new && !job_.driven_)
        job_.arm_events();
    board.note_turn(number, job_.next_deadline_);
}

void JobState::Watchers::remove(EndBoard const& board,
                                std::size_t number) noexcept
{
    Lock const lock(job_.mutex_);
    std::erase_if(all_, [&](Watcher const& one) {
        return one.number == number && one.board.lock().get() == &board;
    });
    close_events();
}

/// If nothing needs them any more.
void JobState::Watchers::close_events() noexcept
{
    if (job_.events_are_given_ || (!job_.ended_ && !all_.empty()))
        return;
    if (job_.events_)
        job_.events_->forget();
    job_.events_.reset();
}

void JobState::Watchers::tell() noexcept
{
    for (auto const& [watcher, number] : all_) {
        auto const board = watcher.lock();
        if (!board)
            continue;
        if (job_.ended_)
            board->note_end(number, job_.end_number_);
        else
            board->note_turn(number, job_.next_deadline_);
    }
}

void JobState::Watchers::drop_all() noexcept
{
    std::vector<Watcher> all;
    {
        Lock const lock(job_.mutex_);
        all.swap(all_);
    }
    for (auto const& [watcher, number] : all)
        if (auto const board = watcher.lock())
            board->drop(number);
}

// --- foreign loops -------------------------------------------------------------------

int JobState::event_fd(bool with_output)
{
    if (driver_.options().pump != Pump::caller)
        throw std::logic_error(
            "a Job has a descriptor for event loops with Pump::caller only");
    Lock const lock(mutex_);
    bool const watches_more =
        with_output > watches_output_ || !events_are_given_;
    events_are_given_ = true;
    watches_output_ |= with_output;
    if (!events_)
        events_.emplace();
    else if (watches_more && !driven_)
        events_->forget();
    else
        return events_->fd();
    if (!driven_)
        arm_events();
    return events_->fd();
}

std::optional<sys::Deadline> JobState::next_deadline() const
{
    Lock const lock(mutex_);
    auto next = next_deadline_;
    // Without an event descriptor, nothing watches pipes and children, so the
    // caller must step soon.
    if (driver_.options().pump == Pump::caller && !events_ && !ended_)
        next = std::min(next, sys::Clock::now() + blind_interval);
    return next == sys::never ? std::nullopt : std::optional(next);
}

bool JobState::step(sys::Deadline until)
{
    Lock lock(mutex_);
    if (!driven_ && !ended_) {
        Driving const driving(*this, lock);
        driver_.drive(until);
    }
    return ended_;
}

// After the end of the job the descriptor stays ready, so that no loop sleeps
// on it. If something cannot be watched, the caller must step soon.
void JobState::arm_events() noexcept
{
    if (!events_ || (ended_ && !events_are_given_))
        return;
    bool all = false;
    try {
        // An outside process may still hold the pipe that the caller reads.
        bool const is_late =
            ended_ && watches_output_ && streams.out.is_open() && !cut_off_;
        bool const over = ended_ && !is_late;
        event_items_.assign({{over ? news_.always_ready() : -1},
                             {watches_output_ ? streams.out.fd() : -1},
                             {is_late ? driver_.stop_fd() : -1}});
        if (!ended_)
            driver_.add_items(event_items_);
        all = events_->watch(event_items_);
        // A stage that cannot be watched is known only after `add_items`.
        next_deadline_ =
            std::min(next_deadline_, over     ? sys::never
                                     : ended_ ? late_.deadline()
                                              : driver_.deadline());
    } catch (...) { // no memory, no descriptor
    }
    auto const soon = sys::Clock::now() + blind_interval;
    if (!all)
        next_deadline_ = std::min(next_deadline_, soon);
}

} // namespace runnel::inline v0
