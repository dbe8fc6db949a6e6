#include "job_state.hpp"

#include "observe.hpp"
#include "plan_text.hpp"
#include "stop_state.hpp"

#include <algorithm>

namespace runnel::inline v0 {

namespace {

/// How often to ask for ends that nothing tells of.
constexpr auto blind_interval = std::chrono::milliseconds(20);

constexpr Teardown at_once{.signal = 0, .grace = std::chrono::nanoseconds(0)};

} // namespace

JobState::JobState(Plan plan, RunOptions const& options)
    : options_(options), deadline_(sys::deadline_after(options.timeout)),
      tree_(std::move(plan), options.observer, options.limit),
      forwardable_(tree_.plan().stages.size())
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
    sys::reap_abandoned();
    tree_.start(input);
    note_started();
    using Access = detail::StreamAccess;
    auto& ends = tree_.hand_ends();
    if (ends.in)
        Access::open(in, std::move(ends.in), -1, "stdin");
    if (ends.out)
        Access::open(out, std::move(ends.out), -1, "stdout");
    if (ends.err)
        Access::open(err, std::move(ends.err), -1, "stderr");
}

void JobState::note_started()
{
    for (auto const index : tree_.running())
        forwardable_[index].store(tree_.stage(index).child->process.get());
}

// --- driving -----------------------------------------------------------------------

// Without anything to move, to time or to start later, ends can be collected
// when somebody asks.
void JobState::drive_by_thread()
{
    if (!needs_driving())
        return;
    waker_.emplace();
    ended_.emplace();
    driven_ = true;
    try {
        thread_ = std::thread([this] {
            Lock lock(mutex_);
            while (!turn(lock, sys::never)) {}
            driven_ = false;
            changed_.notify_all();
        });
    } catch (...) {
        driven_ = false;
        throw;
    }
}

bool JobState::wait(sys::Deadline until)
{
    Lock lock(mutex_);
    while (phase_ != Phase::ended) {
        if (!driven_) {
            driven_ = true;
            turn(lock, until);
            driven_ = false;
            changed_.notify_all();
        } else if (until == sys::never)
            changed_.wait(lock);
        else
            changed_.wait_until(lock, until);
        if (until != sys::never && sys::Clock::now() >= until)
            break;
    }
    return phase_ == Phase::ended;
}

/// False if nothing needs to be done before somebody waits.
bool JobState::needs_driving() const noexcept
{
    return !tree_.pump().is_idle() || is_timed() || tree_.has_lists();
}

bool JobState::wait_for_output()
{
    Lock lock(mutex_);
    if (thread_.joinable())
        return wait_for_output_beside_thread(lock);
    if (!needs_driving())
        return true;
    output_wanted_ = true;
    output_ready_ = false;
    while (!output_ready_ && !turn(lock, sys::never)) {}
    output_wanted_ = false;
    return came_to_own_end();
}

bool JobState::wait_for_output_beside_thread(Lock& lock)
{
    sys::PollItem items[] = {{out.fd(), false, false},
                             {ended_->fd(), false, false}};
    lock.unlock();
    auto const ready = sys::poll(items, sys::never);
    lock.lock();
    if (!ready)
        throw std::system_error(ready.error, "cannot wait for a job");
    return came_to_own_end();
}

/// True also while it still runs.
bool JobState::came_to_own_end() const noexcept
{
    return phase_ != Phase::ended || (reason_ == Reason::own_end && !failure_);
}

/// True if something other than the ends of pipes and children may end it.
bool JobState::is_timed() const noexcept
{
    bool const may_overflow = options_.limit.excess == CaptureLimit::fail
                           && options_.limit.bytes != CaptureLimit().bytes;
    return may_overflow || deadline_ != sys::never || tree_.has_limits()
        || options_.stop.stop_possible();
}

// One round: wait for something, act on it. True if all has ended. The lock is
// open while we wait.
bool JobState::turn(Lock& lock, sys::Deadline until) noexcept
{
    look_for_end();
    if (phase_ == Phase::ended)
        return true;
    try {
        if (!wait_at_once(lock, until))
            wait_for_something(lock, until);
    } catch (...) {
        if (!lock.owns_lock())
            lock.lock();
        give_up(std::current_exception());
    }
    act();
    return phase_ == Phase::ended;
}

void JobState::wait_for_something(Lock& lock, sys::Deadline until)
{
    collect_items();
    auto const latest = deadline(until);
    lock.unlock();
    auto const ready = sys::poll(items_, latest);
    lock.lock();
    if (!ready)
        throw std::system_error(ready.error, "cannot wait for a job");
}

// If there is one thing to wait for, it may block us: no poll is needed.
bool JobState::wait_at_once(Lock& lock, sys::Deadline until)
{
    items_.clear();
    watched_.clear();
    if (until != sys::never || phase_ != Phase::running || is_timed() || waker_
        || output_wanted_ || tree_.plan().stages.size() > 1)
        return false;
    auto const& running = tree_.running();
    auto* const child =
        running.empty() ? nullptr : tree_.stage(running.front()).child.get();
    lock.unlock();
    bool waited = tree_.pump().finish_only_drain();
    if (child != nullptr && (waited || tree_.pump().is_idle()))
        waited = child->wait(sys::never).has_value();
    lock.lock();
    return waited;
}

void JobState::collect_items()
{
    items_.clear();
    tree_.pump().add_items(items_);
    stage_items_ = items_.size();
    watch_stages();
    if (options_.stop.stop_possible() && reason_ == Reason::own_end)
        items_.push_back({options_.stop.state_->fd(), false, false});
    if (waker_ && phase_ == Phase::running)
        items_.push_back({waker_->fd(), false, false});
    if (output_wanted_)
        items_.push_back({out.fd(), false, false});
}

// In a list every end may matter at once; in a pipeline all of them must come,
// in whatever order, so it is enough to watch some, with the descriptors that
// we have.
void JobState::watch_stages()
{
    watched_.clear();
    blind_ = false;
    bool const all = tree_.has_lists() || phase_ == Phase::ending;
    for (auto const index : tree_.running()) {
        auto& child = *tree_.stage(index).child->process;
        int const fd = all ? child.pollable() : child.watchable();
        if (fd >= 0) {
            items_.push_back({fd, false, false});
            watched_.push_back(index);
        } else if (all)
            blind_ = true;
    }
    if (all || !watched_.empty() || tree_.running().empty())
        return;
    auto const first = tree_.running().front();
    int const fd = tree_.stage(first).child->process->pollable();
    blind_ = fd < 0;
    items_.push_back({fd, false, false});
    watched_.push_back(first);
}

sys::Deadline JobState::deadline(sys::Deadline until) const noexcept
{
    auto earliest = std::min(until, kill_at_);
    if (phase_ == Phase::running)
        earliest = std::min(earliest, deadline_);
    if (tree_.has_limits())
        for (auto const index : tree_.running())
            earliest = std::min(earliest, tree_.stage(index).deadline);
    if (blind_)
        earliest = std::min(earliest, sys::Clock::now() + blind_interval);
    return earliest;
}

// Whatever goes wrong here ends the job; it is thrown by `result`.
void JobState::act()
{
    try {
        if (!items_.empty())
            tree_.pump().move_ready(items_);
        output_ready_ =
            output_wanted_ && !items_.empty() && items_.back().ready;
        reap_stages();
        look_for_overflow();
        look_for_stop();
        look_at_clock();
    } catch (...) {
        fail_with(std::current_exception());
    }
    look_for_end();
}

void JobState::reap_stages()
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

void JobState::reap(std::size_t index, bool known_to_have_ended)
{
    auto& child = *tree_.stage(index).child;
    auto const exit = known_to_have_ended ? child.collect()
                                          : child.wait(sys::Deadline::min());
    if (!exit)
        return;
    tree_.stage_ended(index);
    if (tree_.has_lists())
        note_started();
    changed_.notify_all();
}

// --- reasons to end ----------------------------------------------------------------

void JobState::look_for_overflow()
{
    if (options_.limit.excess != CaptureLimit::fail
        || reason_ != Reason::own_end)
        return;
    for (auto const& slot : tree_.captures())
        if (slot.drain->overflowed)
            return end(Reason::overflow, options_.teardown);
}

void JobState::look_for_stop()
{
    if (options_.stop.stop_requested() && phase_ == Phase::running)
        end(Reason::stopped, options_.teardown);
}

void JobState::look_at_clock()
{
    if (!is_timed() && kill_at_ == sys::never)
        return;
    auto const now = sys::Clock::now();
    if (phase_ == Phase::running && now >= deadline_)
        end(Reason::expired, at_once);
    if (now >= kill_at_)
        kill_all();
    if (tree_.has_limits())
        look_at_stage_limits(now);
}

// A stage's own limit ends that stage; what becomes of the rest is a matter of
// pipes and lists.
void JobState::look_at_stage_limits(sys::Clock::time_point now)
{
    for (auto const index : tree_.running()) {
        auto& stage = tree_.stage(index);
        if (now < stage.deadline)
            continue;
        bool const asked = std::exchange(stage.timed_out, true);
        stage.child->try_signal(asked ? sys::signals::kill
                                      : options_.teardown.signal);
        stage.deadline = asked ? sys::never : now + options_.teardown.grace;
    }
}

void JobState::end(Reason reason, Teardown const& how)
{
    if (phase_ != Phase::running)
        return;
    reason_ = reason;
    phase_ = Phase::ending;
    tree_.stop_starting();
    if (how.grace.count() <= 0)
        return kill_all();
    signal_all(how.signal);
    kill_at_ = sys::Clock::now() + how.grace;
}

void JobState::fail_with(std::exception_ptr error)
{
    if (!failure_)
        failure_ = std::move(error);
    tree_.pump().close_all();
    end(Reason::own_end, at_once);
}

// Without memory or a working poll nothing can be waited for but the children
// themselves.
void JobState::give_up(std::exception_ptr error)
{
    fail_with(std::move(error));
    kill_all();
    for (auto i = tree_.running().size(); i-- > 0;) {
        auto const index = tree_.running()[i];
        tree_.stage(index).child->wait(sys::never);
        tree_.stage_ended(index);
    }
    items_.clear();
    watched_.clear();
}

void JobState::signal_all(int signal)
{
    for (auto const index : tree_.running())
        tree_.stage(index).child->try_signal(signal);
}

// A child that may not be killed (it executes a set-user-id program) must not
// keep us.
void JobState::kill_all()
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
void JobState::look_for_end()
{
    if (phase_ == Phase::ended || !tree_.running().empty())
        return;
    if (phase_ == Phase::running) {
        tree_.pump().close_feeds();
        if (!tree_.outcome() || !tree_.pump().is_idle())
            return;
    }
    close_all();
}

void JobState::close_all()
{
    try {
        tree_.pump().finish_now();
    } catch (...) {
        if (!failure_)
            failure_ = std::current_exception();
    }
    phase_ = Phase::ended;
    if (ended_)
        ended_->wake();
    changed_.notify_all();
}

void JobState::tear_down() noexcept
{
    Lock lock(mutex_);
    close_streams();
    if (phase_ == Phase::ended)
        return;
    end(Reason::own_end, options_.teardown);
    if (waker_)
        waker_->wake();
    lock.unlock();
    wait(sys::never);
}

void JobState::close_streams() noexcept
{
    try {
        detail::StreamAccess::flush_what_fits(in);
        in.close();
    } catch (...) { // its reader has gone
    }
    out.close();
    err.close();
}

// --- signals and questions ---------------------------------------------------------

void JobState::send_signal(int signal)
{
    Lock const lock(mutex_);
    tree_.stop_starting();
    for (auto const index : tree_.running())
        tree_.stage(index).child->send_signal(signal);
}

void JobState::forward(int signal) const noexcept
{
    for (auto const& process : forwardable_)
        if (auto* const known = process.load())
            known->forward(signal);
}

std::vector<int> JobState::pids() const
{
    Lock const lock(mutex_);
    std::vector<int> pids;
    for (std::size_t i = 0; i < tree_.plan().stages.size(); ++i) {
        auto const& child = tree_.stage(i).child;
        pids.push_back(child ? child->process->pid() : -1);
    }
    return pids;
}

std::vector<std::optional<ExitStatus>> JobState::statuses() const
{
    Lock const lock(mutex_);
    std::vector<std::optional<ExitStatus>> statuses;
    for (std::size_t i = 0; i < tree_.plan().stages.size(); ++i) {
        auto const& child = tree_.stage(i).child;
        auto const exit = child ? child->process->seen() : std::nullopt;
        statuses.push_back(exit ? std::optional(exit->status) : std::nullopt);
    }
    return statuses;
}

// --- foreign loops -----------------------------------------------------------------

int JobState::event_fd()
{
    Lock const lock(mutex_);
    if (!events_) {
        events_.emplace();
        arm_events();
    }
    return events_->fd();
}

std::optional<sys::Deadline> JobState::next_deadline() const
{
    Lock const lock(mutex_);
    auto const latest = deadline(sys::never);
    return latest == sys::never ? std::nullopt : std::optional(latest);
}

bool JobState::step()
{
    Lock lock(mutex_);
    if (driven_)
        return phase_ == Phase::ended;
    if (events_)
        events_->forget();
    // As long as it takes no waiting: one end may bring the next.
    for (std::size_t left = 1; left > 0 && !turn(lock, sys::Deadline::min());)
        left = std::ranges::count(items_, true, &sys::PollItem::ready) > 0;
    arm_events();
    return phase_ == Phase::ended;
}

void JobState::arm_events()
{
    if (!events_)
        return;
    collect_items();
    blind_ |= !events_->watch(items_);
    if (phase_ == Phase::ended) {
        waker_.emplace();
        waker_->wake();
        sys::PollItem const always{waker_->fd(), false, false};
        events_->watch({&always, 1});
    }
}

} // namespace runnel::inline v0
