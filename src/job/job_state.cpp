#include "job/job_state.hpp"

#include "base/cancel.hpp"
#include "base/observe.hpp"
#include "base/stop_state.hpp"
#include "child/ending.hpp"
#include "io/stream_access.hpp"
#include "job/local_run.hpp"
#include "plan/lower.hpp"
#include "sys/signal.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <span>
#include <stdexcept>

namespace runnel::inline v0 {

/// While it lives, its maker drives. Made and destroyed under the lock, which
/// is open in between.
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
        // Nobody else can drive in the place of a thread of ours.
        if (job_.threaded_ && !job_.ended_)
            return;
        job_.changed_.notify_all();
        if (job_.news_)
            job_.news_->wake();
        job_.let_go_of_descriptors();
    }

private:
    JobState& job_;
    Lock& lock_;
};

namespace {

constexpr Teardown at_once{.signal = 0, .grace = std::chrono::nanoseconds(0)};

} // namespace

JobState::JobState(RunOptions const& options)
    : options_(options), text_(text_mode_of(options)),
      time_limit_(sys::deadline_after(options.timeout))
{
    static_cast<void>(EndingPlan(options.teardown)); // refuses bad signals
}

JobState::~JobState()
{
    tear_down();
    if (thread_.joinable())
        thread_.join();
}

// --- starting ----------------------------------------------------------------------

void JobState::start(Executor& executor, Program program)
{
    note(program);
    if (text_ && options_.input) {
        encoded_input_ = encoded(*options_.input, *text_);
        options_.input = encoded_input_;
    }
    if (options_.stop.stop_requested()) {
        reason_ = Reason::stopped;
        command_ = command_of(program);
    } else {
        begin(executor, std::move(program));
    }
    publish();
}

void JobState::keep_input()
{
    if (!options_.input)
        return;
    encoded_input_ = *options_.input;
    options_.input = encoded_input_;
}

void JobState::begin(Executor& executor, Program program)
{
    running_ = executor.start(std::move(program), options_);
    open_streams();
}

void JobState::note(Program const& program)
{
    size_ = program.commands.size();
    for (auto const& kept : program.captures)
        if (kept.target != nullptr)
            targets_.emplace_back(kept.target, kept.stream);
}

void JobState::open_streams()
{
    auto const open = [this](auto& stream, int number, char const* name) {
        if (sys::Fd fd(running_->take_stream(number)); fd)
            detail::StreamAccess::open(stream, std::move(fd), -1, name, text_);
    };
    open(in, 0, "stdin");
    open(out, 1, "stdout");
    open(err, 2, "stderr");
}

// Without anything to move, to time or to tell, ends can be collected when
// somebody asks.
void JobState::share()
{
    Lock const share_lock(mutex_);
    if (ended_)
        return;
    waker_.emplace();
    bool const needs_driving = running_->needs_driving()
                            || time_limit_ != sys::never
                            || options_.stop.stop_possible();
    if (options_.pump == Pump::caller || !needs_driving)
        return;
    driven_ = threaded_ = true;
    try {
        sys::SignalsBlocked const block(sys::SignalsBlocked::Whose::others);
        thread_ = std::thread([this] {
            Lock lock(mutex_);
            while (!ended_) {
                Driving const driving(*this, lock);
                drive(sys::never);
            }
        });
    } catch (...) {
        driven_ = threaded_ = false;
        throw;
    }
}

// What others may see of what was done.
void JobState::publish()
{
    bool const had_ended = ended_;
    ended_ = !running_ || running_->has_ended();
    next_deadline_ = ended_ ? sys::never : deadline();
    cut_off_ =
        reason_ != Reason::own_end || (running_ && running_->was_cut_short());
    if (ended_ && !had_ended)
        ended_at_ = sys::Clock::now();
}

// --- driving -------------------------------------------------------------------------

void JobState::drive(sys::Deadline until, int other_fd) noexcept
{
    other_is_ready_ = false;
    look_for_requests();
    if (running_->has_ended())
        return;
    try {
        items_.clear();
        running_items_ = 0;
        if (!wait_alone(until, other_fd))
            wait_for_something(until, other_fd);
    } catch (...) {
        running_->give_up(std::current_exception());
        return;
    }
    running_->act(std::span(items_).first(running_items_));
    look_at_clock();
}

// If there is one thing to wait for, it may block us: no poll is needed.
bool JobState::wait_alone(sys::Deadline until, int other_fd)
{
    bool const others = until != sys::never || time_limit_ != sys::never
                     || options_.stop.stop_possible() || waker_ || other_fd >= 0
                     || detail::CancelScope::fd() >= 0;
    return !others && running_->wait_alone();
}

void JobState::wait_for_something(sys::Deadline until, int other_fd)
{
    running_->add_awaited(items_);
    running_items_ = items_.size();
    add_own_items(other_fd);
    auto const ready = sys::poll(items_, std::min(until, deadline()));
    if (!ready)
        throw std::system_error(ready.error, "cannot wait for a job");
    other_is_ready_ = other_fd >= 0 && items_.back().ready;
}

void JobState::add_own_items(int other_fd)
{
    if (reason_ == Reason::own_end) {
        for (int const fd : {stop_fd(), detail::CancelScope::fd()})
            if (fd >= 0)
                items_.push_back({fd});
        if (waker_)
            items_.push_back({waker_->fd()});
    }
    if (other_fd >= 0)
        items_.push_back({other_fd});
}

int JobState::stop_fd() const noexcept
{
    return options_.stop.stop_possible() ? detail::StopAccess::fd(options_.stop)
                                         : -1;
}

sys::Deadline JobState::deadline() const
{
    auto const next = running_->deadline();
    return reason_ == Reason::own_end ? std::min(next, time_limit_) : next;
}

void JobState::look_for_requests() noexcept
{
    if (cancel_requested_.exchange(false))
        running_->cancel();
    if (reason_ != Reason::own_end)
        return;
    if (options_.stop.stop_requested())
        end(Reason::stopped, options_.teardown);
    else if (detail::CancelScope::asked())
        end(Reason::cancelled, options_.teardown);
    else if (teardown_requested_.exchange(false))
        running_->end(options_.teardown);
}

// Looked at after all that has happened: what has ended has ended.
void JobState::look_at_clock() noexcept
{
    if (reason_ != Reason::own_end || time_limit_ == sys::never
        || running_->has_ended() || sys::Clock::now() < time_limit_)
        return;
    if (running_->is_draining())
        return running_->stop_draining();
    if (auto* const observer = observer_or_default(options_.observer))
        observer->expired({command(), options_.timeout});
    end(Reason::expired, at_once);
}

void JobState::end(Reason reason, Teardown const& how) noexcept
{
    reason_ = reason;
    running_->end(how);
}

// --- waiting -------------------------------------------------------------------------

bool JobState::wait(sys::Deadline until)
{
    Lock lock(mutex_);
    while (!ended_) {
        if (!driven_) {
            Driving const driving(*this, lock);
            drive(until);
        } else if (until == sys::never)
            changed_.wait(lock);
        else
            changed_.wait_until(lock, until);
        if (until != sys::never && sys::Clock::now() >= until)
            break;
    }
    return ended_;
}

bool JobState::wait_for_output()
{
    Lock lock(mutex_);
    bool ready = false;
    while (!ended_ && !ready && out.is_open()) {
        if (driven_) {
            ready = wait_for_news(lock);
            continue;
        }
        Driving const driving(*this, lock);
        drive(sys::never, out.fd());
        ready = other_is_ready_;
    }
    if (ended_ && cut_off_)
        return false;
    if (ended_ && !ready && out.is_open())
        return wait_for_stranger(lock);
    return out.is_open();
}

bool JobState::turn()
{
    Lock lock(mutex_);
    if (!ended_) {
        Driving const driving(*this, lock);
        drive(sys::never);
    }
    return ended_;
}

JobState::OutputState JobState::look_for_output()
{
    Lock lock(mutex_);
    bool ready = false;
    if (!driven_ && !ended_) {
        Driving const driving(*this, lock);
        drive(sys::Deadline::min(), out.is_open() ? out.fd() : -1);
        ready = other_is_ready_;
    }
    if ((ended_ && cut_off_) || !out.is_open())
        return OutputState::over;
    if (ready)
        return OutputState::ready;
    sys::PollItem item{out.fd()};
    auto const polled = sys::poll({&item, 1}, sys::Deadline::min());
    if (polled && polled.value > 0)
        return OutputState::ready;
    if (!ended_)
        return OutputState::none;
    if (options_.stop.stop_requested())
        throw StopRequested(command());
    if (stranger_deadline() > sys::Clock::now())
        return OutputState::none;
    give_stranger_up();
    return OutputState::over;
}

void JobState::close_output()
{
    Lock const lock(mutex_);
    bool const watched = events_ && !driven_;
    if (watched)
        events_->forget();
    out.close();
    if (watched)
        arm_events();
}

void JobState::leave_output()
{
    Lock lock(mutex_);
    if (!driven_ && !ended_) {
        Driving const driving(*this, lock);
        out.close();
        running_->leave_output(options_.teardown);
    }
    out.close();
}

// True if there is output; else the driver has stopped, or all has ended.
bool JobState::wait_for_news(Lock& lock)
{
    if (!news_)
        news_.emplace();
    sys::PollItem items[] = {
        {out.fd()}, {news_->fd()}, {detail::CancelScope::fd()}};
    ++news_readers_;
    lock.unlock();
    auto const ready = sys::poll(items, sys::never);
    lock.lock();
    --news_readers_;
    if (!ended_)
        news_->clear();
    let_go_of_descriptors();
    if (!ready)
        throw std::system_error(ready.error, "cannot wait for a job");
    detail::CancelScope::check();
    return items[0].ready;
}

// --- pipes that somebody else still holds ----------------------------------------------

// All stages have ended. False if the time for what may still come is over.
bool JobState::wait_for_stranger(Lock& lock)
{
    auto const until = stranger_deadline();
    if (until == sys::never && stop_fd() < 0 && detail::CancelScope::fd() < 0)
        return true; // a read may block
    sys::PollItem items[] = {
        {out.fd()}, {stop_fd()}, {detail::CancelScope::fd()}};
    lock.unlock();
    auto const ready = sys::poll(items, until);
    lock.lock();
    if (items[0].ready || !ready)
        return true;
    detail::CancelScope::check();
    if (items[1].ready)
        throw StopRequested(command());
    give_stranger_up();
    return false;
}

sys::Deadline JobState::stranger_deadline() const noexcept
{
    if (options_.drain.is_forever()
        || options_.drain.limit() >= sys::never - ended_at_)
        return time_limit_;
    return std::min(time_limit_, ended_at_ + options_.drain.limit());
}

void JobState::give_stranger_up()
{
    out_was_drained_ = false;
    out.close();
}

void JobState::throw_if_ended_early()
{
    {
        Lock const lock(mutex_);
        if (!ended_ || !cut_off_)
            return;
    }
    static_cast<void>(result());
}

void JobState::tear_down() noexcept
{
    {
        Lock const lock(mutex_);
        close_streams();
        if (ended_ || !running_)
            return;
        teardown_requested_ = true;
        if (waker_)
            waker_->wake();
    }
    wait(sys::never);
}

void JobState::close_streams() noexcept
{
    try {
        detail::StreamAccess::close_what_fits(in);
    } catch (...) { // its reader has gone
    }
    out.close();
    err.close();
}

// What has ended holds no descriptor, but one that a foreign loop was given.
void JobState::let_go_of_descriptors() noexcept
{
    if (!ended_)
        return;
    waker_.reset();
    if (news_readers_ == 0 && !events_)
        news_.reset();
}

// --- signals and questions -----------------------------------------------------------

void JobState::send_signal(int signal)
{
    if (signal != 0) // 0 only asks who is there
        check_signal(signal);
    Lock const lock(mutex_);
    if (ended_)
        return;
    if (signal == sys::signals::kill || signal == sys::signals::terminate) {
        cancel_requested_ = true;
        if (waker_)
            waker_->wake();
    }
    running_->send_signal(signal);
}

void JobState::forward(int signal) const noexcept
{
    if (running_)
        running_->forward(signal);
}

std::vector<int> JobState::pids() const
{
    return running_ ? running_->pids() : std::vector<int>(size_, -1);
}

std::vector<std::optional<ExitStatus>> JobState::statuses()
{
    if (!running_)
        return std::vector<std::optional<ExitStatus>>(size_);
    if (options_.pump == Pump::thread)
        step();
    return running_->statuses();
}

// --- foreign loops -------------------------------------------------------------------

int JobState::event_fd(bool with_output)
{
    if (options_.pump != Pump::caller)
        throw std::logic_error(
            "a Job has a descriptor for event loops with Pump::caller only");
    Lock const lock(mutex_);
    bool const watches_more = with_output && !watches_output_;
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
    return next_deadline_ == sys::never ? std::nullopt
                                        : std::optional(next_deadline_);
}

bool JobState::step()
{
    Lock lock(mutex_);
    if (driven_ || ended_)
        return ended_;
    {
        Driving const driving(*this, lock);
        drive(sys::Deadline::min());
    }
    return ended_;
}

/// True if all stages have ended, and somebody else holds the pipe that the
/// caller reads.
bool JobState::waits_for_stranger() const noexcept
{
    return ended_ && watches_output_ && out.is_open() && !cut_off_;
}

// After the end the descriptor stays ready, so that no loop sleeps on it. What
// cannot be watched is looked at from time to time.
void JobState::arm_events() noexcept
{
    if (!events_)
        return;
    bool all = false;
    try {
        bool const over = ended_ && !waits_for_stranger();
        if (over && !news_)
            news_.emplace();
        if (over)
            news_->wake();
        items_.clear();
        items_.push_back({over ? news_->fd() : -1});
        items_.push_back({watches_output_ ? out.fd() : -1});
        if (!over)
            items_.push_back({stop_fd()});
        if (!ended_) {
            running_->add_awaited(items_);
            add_own_items(-1);
        }
        all = events_->watch(items_);
        // A stage that cannot be watched is known only now.
        next_deadline_ = std::min(next_deadline_, over     ? sys::never
                                                  : ended_ ? stranger_deadline()
                                                           : deadline());
    } catch (...) { // no memory, no descriptor
    }
    auto const soon = sys::Clock::now() + blind_interval;
    if (!all)
        next_deadline_ = std::min(next_deadline_, soon);
}

} // namespace runnel::inline v0
