#include "job/job_loop.hpp"
#include "base/cancel.hpp"

#include "base/observe.hpp"
#include "base/stop_state.hpp"
#include "plan/in_process.hpp"
#include "plan/plan_text.hpp"
#include "sys/process.hpp"
#include "sys/signal.hpp"

#include <algorithm>

namespace runnel::inline v0 {

namespace {

constexpr Teardown at_once{.signal = 0, .grace = std::chrono::nanoseconds(0)};

} // namespace

JobLoop::JobLoop(Plan plan, RunOptions const& options)
    : options_(options), time_limit_(sys::deadline_after(options.timeout)),
      tree_(std::move(plan), options.observer, options.limit)
{
}

void JobLoop::start(std::optional<std::string_view> input)
{
    if (options_.stop.stop_requested()) {
        reason_ = Reason::stopped;
        phase_ = Phase::ended;
        return;
    }
    sys::reap_abandoned();
    tree_.start(input);
}

void JobLoop::make_wakeable()
{
    if (!waker_)
        waker_.emplace();
}

void JobLoop::request_teardown() noexcept
{
    teardown_requested_ = true;
    if (waker_)
        waker_->wake();
}

void JobLoop::request_cancel() noexcept
{
    if (!tree_.may_have_helpers())
        return;
    cancel_requested_ = true;
    if (waker_)
        waker_->wake();
}

bool JobLoop::needs_driving() const noexcept
{
    return !tree_.pump().is_idle() || is_timed() || tree_.has_lists();
}

bool JobLoop::is_timed() const noexcept
{
    return time_limit_ != sys::never || tree_.has_limits()
        || options_.stop.stop_possible();
}

/// True if more bytes than there may be end it.
bool JobLoop::may_overflow() const noexcept
{
    return options_.limit.excess == CaptureLimit::fail
        && options_.limit.bytes != CaptureLimit().bytes;
}

// --- waiting -----------------------------------------------------------------------

bool JobLoop::turn(sys::Deadline until, int other_fd) noexcept
{
    other_is_ready_ = false;
    look_for_requests();
    look_for_end();
    if (phase_ == Phase::ended)
        return true;
    try {
        if (!wait_at_once(until, other_fd))
            wait_for_something(until, other_fd);
    } catch (...) {
        give_up(std::current_exception());
    }
    act();
    return phase_ == Phase::ended;
}

void JobLoop::wait_for_something(sys::Deadline until, int other_fd)
{
    collect_items();
    if (other_fd >= 0)
        items_.push_back({other_fd});
    auto const ready = sys::poll(items_, std::min(until, deadline()));
    if (!ready)
        throw std::system_error(ready.error, "cannot wait for a job");
    other_is_ready_ = other_fd >= 0 && items_.back().ready;
}

// If there is one thing to wait for, it may block us: no poll is needed.
bool JobLoop::wait_at_once(sys::Deadline until, int other_fd)
{
    items_.clear();
    watched_.clear();
    if (until != sys::never || phase_ != Phase::running || is_timed()
        || may_overflow() || waker_ || other_fd >= 0
        || detail::CancelScope::fd() >= 0 || tree_.plan().stages.size() > 1
        || tree_.has_helpers())
        return false;
    auto const& running = tree_.running();
    bool waited = tree_.pump().finish_only_drain();
    if (!running.empty() && (waited || tree_.pump().is_idle()))
        waited =
            tree_.stage(running.front()).child->wait(sys::never).has_value();
    return waited;
}

std::vector<sys::PollItem> const& JobLoop::items()
{
    collect_items();
    return items_;
}

void JobLoop::collect_items()
{
    items_.clear();
    tree_.pump().add_items(items_);
    stage_items_ = items_.size();
    watch_stages();
    if (tree_.has_helpers() && tree_.news_fd() >= 0)
        items_.push_back({tree_.news_fd()});
    if (phase_ != Phase::running)
        return;
    if (options_.stop.stop_possible())
        items_.push_back({stop_fd()});
    if (int const fd = detail::CancelScope::fd(); fd >= 0)
        items_.push_back({fd});
    if (waker_)
        items_.push_back({waker_->fd()});
}

// In a list every end may matter at once; in a pipeline all of them must come,
// in whatever order, so it is enough to watch some, with the descriptors that
// we have.
void JobLoop::watch_stages()
{
    watched_.clear();
    blind_ = false;
    bool const all = tree_.has_lists() || phase_ == Phase::ending;
    for (auto const index : tree_.running()) {
        auto& child = *tree_.stage(index).child->process;
        int const fd = all ? child.pollable() : child.watchable();
        if (fd >= 0) {
            items_.push_back({fd});
            watched_.push_back(index);
        } else if (all)
            blind_ = true;
    }
    if (all || !watched_.empty() || tree_.running().empty())
        return;
    auto const first = tree_.running().front();
    int const fd = tree_.stage(first).child->process->pollable();
    blind_ = fd < 0;
    if (!blind_) {
        items_.push_back({fd});
        watched_.push_back(first);
    }
}

int JobLoop::stop_fd() const noexcept
{
    return detail::StopAccess::fd(options_.stop);
}

sys::Deadline JobLoop::deadline() const noexcept
{
    if (phase_ == Phase::ended)
        return sys::never;
    // It tells so once, and may have been waiting for its feed to end.
    if (tree_.has_ended_helper())
        return sys::Clock::now();
    auto earliest = std::min(kill_at_, tree_.pump().deadline());
    if (phase_ == Phase::running)
        earliest = std::min(earliest, time_limit_);
    if (tree_.has_limits())
        for (auto const index : tree_.running())
            earliest = std::min(earliest, tree_.stage(index).deadline);
    if (blind_)
        earliest = std::min(earliest, sys::Clock::now() + blind_interval);
    return earliest;
}

// --- acting ------------------------------------------------------------------------

// Whatever goes wrong here ends the job; it is thrown with its outcome.
void JobLoop::act()
{
    try {
        if (!items_.empty())
            tree_.pump().move_ready(items_);
        reap_stages();
        look_at_helpers();
        look_for_overflow();
        look_at_clock();
    } catch (...) {
        fail_with(std::current_exception());
    }
    look_for_end();
}

void JobLoop::reap_stages()
{
    if (items_.empty() || blind_) {
        for (auto i = tree_.running().size(); i-- > 0;)
            reap(tree_.running()[i], false);
        return;
    }
    for (std::size_t i = 0; i < watched_.size(); ++i)
        if (items_[stage_items_ + i].ready)
            reap(watched_[i], true);
}

bool JobLoop::reap(std::size_t index, bool known_to_have_ended)
{
    auto& child = *tree_.stage(index).child;
    auto const exit = known_to_have_ended ? child.collect()
                                          : child.wait(sys::Deadline::min());
    if (exit)
        tree_.stage_ended(index);
    return exit.has_value();
}

// What C++ throws ends the job, but not in disorder.
void JobLoop::look_at_helpers()
{
    auto failure = tree_.look_at_helpers();
    signal_dismissed();
    if (failure && phase_ == Phase::running) {
        failure_ = std::move(failure);
        end(Reason::own_end, options_.teardown);
    }
}

void JobLoop::dismiss_all()
{
    tree_.dismiss_all();
    signal_dismissed();
}

void JobLoop::signal_dismissed()
{
    auto const& [signal, grace] = options_.teardown;
    bool const kills = grace.count() <= 0 || signal == 0;
    for (auto const index : tree_.take_dismissed()) {
        auto& stage = tree_.stage(index);
        // One that has ended by itself is judged by how it did.
        if (!tree_.is_running(index) || reap(index, false))
            continue;
        stage.dismissed = true;
        stage.deadline = kills ? sys::never : sys::deadline_after(grace);
        stage.child->try_signal(kills ? sys::signals::kill : signal);
    }
}

void JobLoop::look_for_overflow()
{
    if (!may_overflow() || phase_ != Phase::running)
        return;
    for (auto const& slot : tree_.captures())
        if (slot.drain->overflowed)
            return end(Reason::overflow, options_.teardown);
}

void JobLoop::look_for_requests() noexcept
{
    if (phase_ != Phase::running)
        return;
    if (cancel_requested_.exchange(false))
        tree_.cancel_helpers();
    if (teardown_requested_)
        end(Reason::own_end, options_.teardown);
    else if (options_.stop.stop_requested())
        end(Reason::stopped, options_.teardown);
    else if (detail::CancelScope::asked())
        end(Reason::cancelled, options_.teardown);
}

void JobLoop::look_at_clock()
{
    if (!is_timed() && kill_at_ == sys::never)
        return;
    auto const now = sys::Clock::now();
    if (tree_.has_limits())
        look_at_stage_limits(now);
    if (phase_ == Phase::running && now >= time_limit_) {
        tell_expired(command_of(*tree_.plan().root), options_.timeout);
        end(Reason::expired, at_once);
    }
    if (now >= kill_at_)
        kill_all();
}

// A stage's own limit ends that stage; what becomes of the rest is a matter of
// pipes and lists. One whose end was not looked for yet may have been in time.
void JobLoop::look_at_stage_limits(sys::Clock::time_point now)
{
    for (auto i = tree_.running().size(); i-- > 0;) {
        auto const index = tree_.running()[i];
        if (now >= tree_.stage(index).deadline && !reap(index, false))
            exceed_limit(index);
    }
}

void JobLoop::exceed_limit(std::size_t index)
{
    auto& stage = tree_.stage(index);
    if (stage.dismissed) {
        stage.deadline = sys::never;
        if (!stage.child->try_signal(sys::signals::kill))
            tree_.stage_ended(index);
        return;
    }
    bool const asked = std::exchange(stage.timed_out, true);
    stage.deadline =
        asked ? sys::never : sys::deadline_after(options_.teardown.grace);
    if (!asked)
        tell_expired(tree_.plan().stages[index]->command(),
                     tree_.plan().stages[index]->timeout);
    int const signal = asked ? sys::signals::kill : options_.teardown.signal;
    if (!stage.child->try_signal(signal))
        tree_.stage_ended(index);
}

void JobLoop::tell_expired(std::string const& command, Timeout timeout) const
{
    if (auto* const observer = observer_or_default(options_.observer))
        observer->expired({command, timeout});
}

// --- ending ------------------------------------------------------------------------

void JobLoop::end(Reason reason, Teardown const& how) noexcept
{
    if (phase_ != Phase::running)
        return;
    reason_ = reason;
    phase_ = Phase::ending;
    tree_.cancel_helpers();
    bool const kills = how.grace.count() <= 0;
    stop_starting(kills || how.signal == 0 ? sys::signals::kill : how.signal);
    if (kills)
        return kill_all();
    kill_at_ = sys::deadline_after(how.grace);
    for (auto const index : tree_.running())
        tree_.stage(index).child->try_signal(how.signal);
}

void JobLoop::fail_with(std::exception_ptr error) noexcept
{
    if (!failure_)
        failure_ = std::move(error);
    tree_.pump().close_all();
    tree_.let_go();
    end(Reason::own_end, at_once);
}

// Without memory or a working poll nothing can be waited for but the children
// themselves.
void JobLoop::give_up(std::exception_ptr error) noexcept
{
    fail_with(std::move(error));
    kill_all();
    for (auto i = tree_.running().size(); i-- > 0;) {
        auto const index = tree_.running()[i];
        tree_.stage(index).child->wait(sys::never);
        tree_.stage_ended(index);
    }
    tree_.end_helpers();
    items_.clear();
    watched_.clear();
}

// A child that may not be killed (it executes a set-user-id program) must not
// keep us.
void JobLoop::kill_all() noexcept
{
    kill_at_ = sys::never;
    for (auto i = tree_.running().size(); i-- > 0;) {
        auto const index = tree_.running()[i];
        if (!tree_.stage(index).child->try_signal(sys::signals::kill))
            tree_.stage_ended(index);
    }
}

// A pipe may be held open by a process that is none of ours. At the job's own
// end it is read to its end, as a shell would; after a teardown nobody keeps us.
void JobLoop::look_for_end() noexcept
{
    if (phase_ == Phase::ended || !tree_.running().empty() || tree_.has_code())
        return;
    if (phase_ == Phase::running) {
        if (tree_.has_helpers())
            return;
        tree_.pump().close_input();
        if (!tree_.outcome() || !tree_.pump().is_idle())
            return;
    }
    close_all();
}

void JobLoop::close_all() noexcept
{
    tree_.let_go();
    try {
        tree_.pump().finish_now();
    } catch (...) {
        if (!failure_)
            failure_ = std::current_exception();
    }
    phase_ = Phase::ended;
}

} // namespace runnel::inline v0
