#include "job/job_state.hpp"
#include "base/cancel.hpp"

#include "plan/plan_text.hpp"
#include "sys/fd.hpp"
#include "sys/signal.hpp"

#include <runnel/error.hpp>

#include <algorithm>
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
    }

private:
    JobState& job_;
    Lock& lock_;
};

JobState::JobState(Plan plan, RunOptions const& options)
    : text_(text_mode_of(options)), loop_(std::move(plan), options),
      children_(loop_.tree().plan().stages.size())
{
}

JobState::~JobState()
{
    tear_down();
    if (thread_.joinable())
        thread_.join();
}

void JobState::start(std::optional<std::string_view> input)
{
    start_loop(input);
    publish();
    auto& ends = loop_.tree().hand_ends();
    auto const open = [this](auto& stream, sys::Fd& fd, char const* name) {
        if (fd)
            detail::StreamAccess::open(stream, std::move(fd), -1, name, text_);
    };
    open(in, ends.in, "stdin");
    open(out, ends.out, "stdout");
    open(err, ends.err, "stderr");
}

void JobState::start_loop(std::optional<std::string_view> input)
{
    if (!text_ || !input) {
        loop_.start(input);
        return;
    }
    encoded_input_ = encoded(*input, *text_);
    loop_.start(encoded_input_);
}

// Without anything to move, to time or to start later, ends can be collected
// when somebody asks.
void JobState::share()
{
    loop_.make_wakeable();
    if (loop_.options().pump == Pump::caller || !loop_.needs_driving())
        return;
    driven_ = threaded_ = true;
    try {
        sys::SignalsBlocked const block(sys::SignalsBlocked::Whose::others);
        thread_ = std::thread([this] {
            Lock lock(mutex_);
            while (!ended_) {
                Driving const driving(*this, lock);
                loop_.turn(sys::never);
            }
        });
    } catch (...) {
        driven_ = threaded_ = false;
        throw;
    }
}

// What others may see of what the loop has done.
void JobState::publish()
{
    for (auto const index : loop_.tree().take_started()) {
        auto* const child = loop_.tree().stage(index).child.get();
        children_[index] = child;
        // It came up while the others were signalled.
        if (last_signal_ != 0)
            child->try_signal(last_signal_);
    }
    next_deadline_ = loop_.deadline();
    ended_ = loop_.has_ended();
    cut_off_ = !loop_.came_to_own_end();
}

// --- waiting -----------------------------------------------------------------------

bool JobState::wait(sys::Deadline until)
{
    Lock lock(mutex_);
    while (!ended_) {
        if (!driven_) {
            Driving const driving(*this, lock);
            loop_.turn(until);
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
    if (!driven_ && !loop_.needs_driving() && detail::CancelScope::fd() < 0)
        return out.is_open();
    bool ready = false;
    while (!ended_ && !ready && out.is_open()) {
        if (driven_) {
            ready = wait_for_news(lock);
            continue;
        }
        Driving const driving(*this, lock);
        loop_.turn(sys::never, out.fd());
        ready = loop_.other_is_ready();
    }
    if (ended_ && !loop_.came_to_own_end())
        return false;
    if (ended_ && !ready && out.is_open())
        need_output_in_time(lock);
    return out.is_open();
}

bool JobState::turn()
{
    Lock lock(mutex_);
    if (!ended_) {
        Driving const driving(*this, lock);
        loop_.turn(sys::never);
    }
    return ended_;
}

JobState::OutputState JobState::look_for_output()
{
    Lock lock(mutex_);
    bool ready = false;
    if (!driven_ && !ended_) {
        Driving const driving(*this, lock);
        loop_.turn(sys::Deadline::min(), out.is_open() ? out.fd() : -1);
        ready = loop_.other_is_ready();
    }
    if ((ended_ && !loop_.came_to_own_end()) || !out.is_open())
        return OutputState::over;
    if (ready)
        return OutputState::ready;
    sys::PollItem item{out.fd()};
    auto const polled = sys::poll({&item, 1}, sys::Deadline::min());
    if (polled && polled.value > 0)
        return OutputState::ready;
    if (ended_ && loop_.options().stop.stop_requested())
        throw StopRequested(command_of(*loop_.tree().plan().root));
    if (ended_ && loop_.time_limit() <= sys::Clock::now())
        throw TimeoutExpired(command_of(*loop_.tree().plan().root),
                             loop_.options().timeout);
    return OutputState::none;
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
        loop_.dismiss_all();
    }
    out.close();
}

// True if there is output; else whoever drives has stopped, or all has ended.
bool JobState::wait_for_news(Lock& lock)
{
    if (!news_)
        news_.emplace();
    sys::PollItem items[] = {
        {out.fd()}, {news_->fd()}, {detail::CancelScope::fd()}};
    lock.unlock();
    auto const ready = sys::poll(items, sys::never);
    lock.lock();
    if (!ended_)
        news_->clear();
    if (!ready)
        throw std::system_error(ready.error, "cannot wait for a job");
    detail::CancelScope::check();
    return items[0].ready;
}

// All stages have ended; what comes now is a stranger's.
void JobState::need_output_in_time(Lock& lock)
{
    if (loop_.time_limit() == sys::never && loop_.stop_fd() < 0)
        return;
    sys::PollItem items[] = {{out.fd()}, {loop_.stop_fd()}};
    lock.unlock();
    auto const ready = sys::poll(items, loop_.time_limit());
    lock.lock();
    if (ready && items[1].ready)
        throw StopRequested(command_of(*loop_.tree().plan().root));
    if (ready && ready.value == 0)
        throw TimeoutExpired(command_of(*loop_.tree().plan().root),
                             loop_.options().timeout);
}

void JobState::throw_if_ended_early()
{
    {
        Lock const lock(mutex_);
        if (!ended_ || loop_.came_to_own_end())
            return;
    }
    static_cast<void>(result());
}

void JobState::tear_down() noexcept
{
    {
        Lock const lock(mutex_);
        close_streams();
        if (ended_)
            return;
        loop_.request_teardown();
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

// --- signals and questions ---------------------------------------------------------

// One that may not be signalled must not keep the others from it.
void JobState::send_signal(int signal)
{
    Lock const lock(mutex_);
    if (ended_)
        return;
    if (signal != 0) { // 0 only asks who is there
        loop_.stop_starting(signal);
        last_signal_ = signal;
    }
    if (signal == sys::signals::kill || signal == sys::signals::terminate)
        loop_.request_cancel();
    std::exception_ptr refusal;
    for (auto const& known : children_)
        if (auto* const child = known.load()) {
            try {
                child->send_signal(signal);
            } catch (...) {
                refusal = std::current_exception();
            }
        }
    if (refusal)
        std::rethrow_exception(refusal);
}

void JobState::forward(int signal) const noexcept
{
    for (auto const& known : children_)
        if (auto* const child = known.load())
            child->process->forward(signal);
}

std::vector<int> JobState::pids() const
{
    Lock const lock(mutex_);
    std::vector<int> pids;
    pids.reserve(children_.size());
    for (auto const& known : children_) {
        auto const* const child = known.load();
        pids.push_back(child != nullptr ? child->process->pid() : -1);
    }
    return pids;
}

std::vector<std::optional<ExitStatus>> JobState::statuses() const
{
    Lock const lock(mutex_);
    std::vector<std::optional<ExitStatus>> statuses;
    for (auto const& known : children_) {
        auto const* const child = known.load();
        auto const exit =
            child != nullptr ? child->process->seen() : std::nullopt;
        statuses.push_back(exit ? std::optional(exit->status) : std::nullopt);
    }
    return statuses;
}

// --- foreign loops -----------------------------------------------------------------

int JobState::event_fd(bool with_output)
{
    if (loop_.options().pump != Pump::caller)
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
        loop_.turn(sys::Deadline::min());
    }
    return ended_;
}

/// True if all stages have ended, and somebody else holds the pipe that the
/// caller reads.
bool JobState::waits_for_stranger() const noexcept
{
    return ended_ && watches_output_ && out.is_open()
        && loop_.came_to_own_end();
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
        sys::PollItem const others[] = {
            {over ? news_->fd() : -1},
            {watches_output_ ? out.fd() : -1},
            {ended_ && !over ? loop_.stop_fd() : -1}};
        all =
            events_->watch(others) && (ended_ || events_->watch(loop_.items()));
        // A stage that cannot be watched is known only now.
        next_deadline_ =
            std::min(next_deadline_,
                     ended_ && !over ? loop_.time_limit() : loop_.deadline());
    } catch (...) { // no memory, no descriptor
    }
    auto const soon = sys::Clock::now() + blind_interval;
    if (!all)
        next_deadline_ = std::min(next_deadline_, soon);
}

} // namespace runnel::inline v0
