#include "job/job_state.hpp"

#include "base/cancel.hpp"
#include "base/thread.hpp"
#include "child/ending.hpp"
#include "io/stream_access.hpp"
#include "job/local_run.hpp"
#include "sys/signal.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <stdexcept>

namespace runnel::inline v0 {

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
        if (job_.news_)
            job_.news_->wake();
        job_.let_go_of_descriptors();
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
    tear_down();
    if (thread_.joinable())
        thread_.join();
}

// --- starting ----------------------------------------------------------------------

void JobState::start(Executor& executor, Program&& program, bool keeps_input)
{
    size_ = program.commands.size();
    record_.note(program);
    if (driver_.prepare(program, keeps_input)) {
        driver_.adopt(executor.start(std::move(program), driver_.options()));
        open_streams();
    }
    publish();
}

void JobState::open_streams()
{
    auto const text =
        carries_ == Carries::as_asked ? driver_.text() : std::nullopt;
    auto const open = [&](auto& stream, int number, char const* name,
                          int bufsize) {
        if (sys::Fd fd(driver_.running()->take_stream(number)); fd)
            detail::StreamAccess::open(stream, std::move(fd), bufsize, name,
                                       text);
    };
    open(out, 1, "stdout", -1);
    open(err, 2, "stderr", -1);
    bool const is_conversation = out.is_open() || err.is_open();
    open(in, 0, "stdin",
         detail::StreamAccess::input_bufsize(-1, text.has_value(),
                                             is_conversation));
}

// If there are no bytes to move, no limits to enforce and no events to report,
// children can be reaped when the caller asks, without a thread.
void JobState::share()
{
    Lock const share_lock(mutex_);
    if (ended_)
        return;
    driver_.make_wakeable();
    if (driver_.options().pump == Pump::caller || !driver_.needs_driving())
        return;
    driven_ = threaded_ = true;
    try {
        thread_ = start_thread([this] {
            Lock lock(mutex_);
            while (!ended_) {
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
    if (ended_ && !had_ended)
        late_.begin();
}

CompletedProcess JobState::result(Asked asked)
{
    Lock const lock(mutex_);
    auto& result = record_.result(driver_, late_.was_drained());
    return asked == Asked::once ? std::move(result) : result;
}

// --- waiting -------------------------------------------------------------------------

bool JobState::wait(sys::Deadline until)
{
    Lock lock(mutex_);
    while (!ended_) {
        if (!driven_) {
            Driving const driving(*this, lock);
            driver_.drive(until);
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
        driver_.drive(sys::never, out.fd());
        ready = driver_.other_is_ready();
    }
    if (ended_ && cut_off_)
        return false;
    if (ended_ && out.is_open())
        return wait_for_stranger(lock);
    return out.is_open();
}

bool JobState::turn()
{
    Lock lock(mutex_);
    if (!ended_) {
        Driving const driving(*this, lock);
        driver_.drive(sys::never);
    }
    return ended_;
}

JobState::OutputState JobState::look_for_output()
{
    Lock lock(mutex_);
    bool ready = false;
    if (!driven_ && !ended_) {
        Driving const driving(*this, lock);
        driver_.drive(sys::Deadline::min(), out.is_open() ? out.fd() : -1);
        ready = driver_.other_is_ready();
    }
    if ((ended_ && cut_off_) || !out.is_open())
        return OutputState::over;
    sys::PollItem item{out.fd()};
    ready = ready || sys::poll({&item, 1}, sys::Deadline::min()).value > 0;
    if (!ended_)
        return ready ? OutputState::ready : OutputState::none;
    return look_for_stranger(ready);
}

// Called when all stages have ended.
JobState::OutputState JobState::look_for_stranger(bool ready)
{
    if (driver_.options().stop.stop_requested())
        record_.throw_stopped(driver_, late_.was_drained());
    if (ready && late_.may_be_read())
        return OutputState::ready;
    if (late_.deadline() > sys::Clock::now())
        return OutputState::none;
    late_.give_up();
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
        driver_.running()->leave_output(driver_.options().teardown);
    }
    out.close();
}

// True if there is output. Otherwise the thread that ran the loop has stopped,
// or the job has ended.
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
        throw SystemError(ready.error, "cannot wait for a job");
    detail::CancelScope::check();
    return items[0].ready;
}

// --- pipes that somebody else still holds ----------------------------------------------

// Called when all stages have ended. Returns false if the time for late output
// is over.
bool JobState::wait_for_stranger(Lock& lock)
{
    auto const until = late_.deadline();
    if (until == sys::never && driver_.stop_fd() < 0
        && detail::CancelScope::fd() < 0)
        return true; // a blocking read is allowed
    sys::PollItem items[] = {
        {out.fd()}, {driver_.stop_fd()}, {detail::CancelScope::fd()}};
    lock.unlock();
    auto const ready = sys::poll(items, until);
    lock.lock();
    detail::CancelScope::check();
    if (items[1].ready)
        record_.throw_stopped(driver_, late_.was_drained());
    if (!ready || (items[0].ready && late_.may_be_read()))
        return true;
    late_.give_up();
    return false;
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

void JobState::tear_down() noexcept
{
    {
        Lock const lock(mutex_);
        close_streams();
        if (ended_ || driver_.running() == nullptr)
            return;
        driver_.request_teardown();
    }
    wait(sys::never);
}

void JobState::close_streams() noexcept
{
    try {
        detail::StreamAccess::close_what_fits(in);
    } catch (...) { // the pipe has no reader
    }
    out.close();
    err.close();
}

// A job that has ended keeps no descriptor, except one that it gave to an event
// loop of the caller.
void JobState::let_go_of_descriptors() noexcept
{
    if (!ended_)
        return;
    driver_.let_go_of_waker();
    if (news_readers_ == 0 && !events_)
        news_.reset();
}

// --- signals and questions -----------------------------------------------------------

void JobState::send_signal(int signal)
{
    check_signal(signal);
    Lock const lock(mutex_);
    if (ended_)
        return;
    if (signal == sys::signals::kill || signal == sys::signals::terminate)
        driver_.request_cancel();
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

// --- foreign loops -------------------------------------------------------------------

int JobState::event_fd(bool with_output)
{
    if (driver_.options().pump != Pump::caller)
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
    auto next = next_deadline_;
    // Without an event descriptor, nothing watches pipes and children, so the
    // caller must step soon.
    if (driver_.options().pump == Pump::caller && !events_ && !ended_)
        next = std::min(next, sys::Clock::now() + blind_interval);
    return next == sys::never ? std::nullopt : std::optional(next);
}

bool JobState::step()
{
    Lock lock(mutex_);
    if (driven_ || ended_)
        return ended_;
    {
        Driving const driving(*this, lock);
        driver_.drive(sys::Deadline::min());
    }
    return ended_;
}

/// True if all stages have ended, but an outside process may still hold the
/// pipe that the caller reads.
bool JobState::waits_for_stranger() const noexcept
{
    return ended_ && watches_output_ && out.is_open() && !cut_off_;
}

// After the end of the job the descriptor stays ready, so that no loop sleeps
// on it. If something cannot be watched, the caller must step soon.
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
        event_items_.assign({{over ? news_->fd() : -1},
                             {watches_output_ ? out.fd() : -1},
                             {ended_ && !over ? driver_.stop_fd() : -1}});
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
