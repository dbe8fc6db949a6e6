#include "job/local_run.hpp"

#include "base/observe.hpp"
#include "child/abandoned.hpp"
#include "child/start.hpp"
#include "plan/lower.hpp"
#include "sys/process.hpp"
#include "sys/signal.hpp"

#include <algorithm>
#include <utility>

namespace runnel::inline v0 {

namespace {

EndingPlan plan_for(Teardown const& how) noexcept
{
    try {
        return EndingPlan(how);
    } catch (...) { // there is no such signal
        return {};
    }
}

} // namespace

LocalRun::LocalRun(Program&& program, RunOptions const& options)
    : owned_(std::make_unique<Program const>(std::move(program))),
      limit_(options.limit), drain_(options.drain),
      observer_(observer_or_default(options.observer)),
      teardown_(options.teardown), captures_(program_, pump_, limit_),
      course_(program_), helpers_(program_, pump_),
      stages_(program_, observer_),
      starter_(
          {program_, stages_, helpers_, captures_, course_, pump_, observer_}),
      ends_({program_, course_, stages_, helpers_, starter_, observer_,
             teardown_})
{
    for (auto const& command : program_.commands)
        validate(command.stage->args, command.stage->options);
    helpers_.claim();
}

LocalRun::~LocalRun() = default;

void LocalRun::start(std::string_view input)
{
    reap_abandoned();
    starter_.open_hands();
    starter_.set_input(input);
    try {
        starter_.start_unit(0);
    } catch (Starter::DecidedAtStart const& decided) {
        throw SpawnError(*decided.outcome.refusal);
    }
    starter_.settle_finished();
    look_for_end();
}

bool LocalRun::needs_driving() const noexcept
{
    return phase_ != Phase::ended
        && (!pump_.is_idle() || program_.has_limits || program_.has_lists
            || observer_ != nullptr);
}

/// True if more bytes than there may be end it.
bool LocalRun::may_overflow() const noexcept
{
    return limit_.excess == CaptureLimit::fail && limit_.is_bounded();
}

// --- waiting -----------------------------------------------------------------------

void LocalRun::add_awaited(std::vector<Awaited>& all)
{
    pump_.add_items(all);
    stage_items_ = all.size();
    watch_stages(all);
    if (!helpers_.empty() && helpers_.news_fd() >= 0)
        all.push_back({helpers_.news_fd()});
}

// In a list every end may matter at once; in a pipeline all of them must come,
// in whatever order, so it is enough to watch some, with the descriptors that
// we have.
void LocalRun::watch_stages(std::vector<Awaited>& all)
{
    watched_.clear();
    blind_ = false;
    bool const every = program_.has_lists || phase_ == Phase::ending;
    auto const watch = [&](std::size_t index, int fd) {
        if (fd < 0)
            return false;
        all.push_back({fd});
        watched_.push_back(index);
        return true;
    };
    for (auto const index : stages_.running()) {
        auto& child = stages_.process(index);
        bool const is_held = stages_.is_held(index);
        int const fd = is_held ? -1
                     : every   ? child.pollable()
                               : child.watchable();
        if (!watch(index, fd) && (every || is_held))
            blind_ = true;
    }
    if (every || blind_ || !watched_.empty() || stages_.running().empty())
        return;
    auto const first = stages_.running().front();
    blind_ = !watch(first, stages_.process(first).pollable());
}

// If there is one thing to wait for, it may block us: no poll is needed.
bool LocalRun::wait_alone()
{
    watched_.clear();
    if (phase_ != Phase::running || deadline() != sys::never || may_overflow()
        || program_.commands.size() > 1 || !helpers_.empty())
        return false;
    auto const& running = stages_.running();
    bool waited = drain_.is_forever() && pump_.finish_only_drain();
    if (!running.empty() && (waited || pump_.is_idle()))
        waited = stages_.wait(running.front());
    return waited;
}

sys::Deadline LocalRun::deadline() const
{
    if (phase_ == Phase::ended)
        return sys::never;
    // It tells so once, and may have been waiting for its feed to end.
    if (helpers_.has_ended_one())
        return sys::Clock::now();
    auto earliest =
        std::min({drain_until_, pump_.deadline(), stages_.deadline()});
    if (blind_)
        earliest = std::min(earliest, sys::Clock::now() + blind_interval);
    return earliest;
}

// --- acting ------------------------------------------------------------------------

// What goes wrong here ends the run; it is thrown in place of the outcome.
void LocalRun::act(std::span<Awaited const> all) noexcept
{
    if (phase_ == Phase::ended)
        return;
    try {
        if (!all.empty())
            pump_.move_ready(all);
        reap_stages(all);
        look_at_helpers();
        look_for_overflow();
        look_at_clock();
    } catch (...) {
        fail_with(std::current_exception());
    }
    look_for_end();
}

void LocalRun::reap_stages(std::span<Awaited const> all)
{
    if (all.empty() || blind_) {
        stages_.for_each_running(
            [&](std::size_t index) { ends_.reap(index, false); });
        return;
    }
    for (std::size_t i = 0; i < watched_.size(); ++i)
        if (all[stage_items_ + i].ready)
            ends_.reap(watched_[i], true);
}

// What C++ throws ends the run, but not in disorder.
void LocalRun::look_at_helpers()
{
    auto news = helpers_.look();
    for (auto const& place : news.left)
        ends_.leave(place);
    if (news.failure) // what comes next does not start
        course_.stop_starting(sys::signals::terminate);
    for (auto const& place : news.ended)
        ends_.report(place, {.is_command = false});
    if (news.failure && phase_ == Phase::running) {
        failure_ = std::move(news.failure);
        end_by(teardown_);
    }
}

void LocalRun::look_for_overflow()
{
    if (!may_overflow() || phase_ != Phase::running || !captures_.overflowed())
        return;
    overflowed_ = true;
    end_by(teardown_);
}

// A stage whose end was not looked for yet may have been in time.
void LocalRun::look_at_clock()
{
    if (stages_.deadline() == sys::never && drain_until_ == sys::never)
        return;
    auto const now = sys::Clock::now();
    stages_.for_each_running([&](std::size_t index) {
        if (stages_.due(index, now) == Stages::Due::nothing)
            return;
        ends_.reap(index, false);
        if (stages_.is_running(index))
            ends_.go_on_ending(index, now);
    });
    if (now < drain_until_ || nothing_is_left())
        return;
    if (pump_.must_deliver()) // `look_for_end` begins again after that
        drain_until_ = sys::never;
    else
        stop_draining();
}

// --- ending ------------------------------------------------------------------------

void LocalRun::end(Teardown const& how) noexcept
{
    end_by(plan_for(how));
}

void LocalRun::end_by(EndingPlan const& plan) noexcept
{
    if (phase_ != Phase::running)
        return;
    phase_ = Phase::ending;
    was_ended_ = true;
    drain_until_ = sys::never;
    helpers_.cancel();
    end_plan_ = plan;
    course_.stop_starting(end_plan_.first_signal());
    ends_.end_all(end_plan_);
    look_for_end();
}

void LocalRun::fail_with(std::exception_ptr error) noexcept
{
    if (!failure_)
        failure_ = std::move(error);
    pump_.close_all();
    starter_.let_go();
    end_by(EndingPlan());
}

// Without memory or a working poll nothing can be waited for but the children
// themselves.
void LocalRun::give_up(std::exception_ptr why) noexcept
{
    fail_with(std::move(why));
    end_plan_ = EndingPlan();
    ends_.end_all(end_plan_);
    while (!stages_.running().empty())
        ends_.reap_at_last(stages_.running().back());
    helpers_.end();
    close_all();
}

void LocalRun::cancel() noexcept
{
    helpers_.cancel();
}

// When all commands have ended by themselves, pipes are read to end of file, as in
// a shell, although a process that a command left behind may hold them open. The
// drain limit bounds that. After `end`, what lies in the pipes is taken and they
// are closed at once.
void LocalRun::look_for_end() noexcept
{
    if (phase_ == Phase::ended || !stages_.running().empty())
        return;
    if (phase_ == Phase::ending) {
        if (!helpers_.has_code())
            close_all();
        return;
    }
    if (nothing_is_left() || (gave_up_ && only_pipes_are_left()))
        return close_all();
    if (drain_until_ == sys::never && !gave_up_ && children_have_ended()
        && !pump_.must_deliver())
        drain_until_ = sys::deadline_after(drain_);
}

bool LocalRun::nothing_is_left() const noexcept
{
    return helpers_.empty() && course_.outcome() && pump_.is_idle();
}

bool LocalRun::is_draining() const noexcept
{
    return only_pipes_are_left()
        || (children_have_ended() && helpers_.holds_pipe()
            && !pump_.must_deliver());
}

/// That others hold; all that ran here has ended.
bool LocalRun::only_pipes_are_left() const noexcept
{
    return children_have_ended() && !helpers_.has_code()
        && !pump_.must_deliver();
}

bool LocalRun::children_have_ended() const noexcept
{
    return phase_ == Phase::running && stages_.running().empty()
        && !program_.commands.empty()
        && (course_.outcome() || !program_.has_lists);
}

// What C++ reads ends; it may still have words to write.
void LocalRun::stop_draining() noexcept
{
    drain_until_ = sys::never;
    gave_up_ = true;
    if (helpers_.has_code()) {
        drained_ = false;
        helpers_.end_input();
        return;
    }
    phase_ = Phase::ending;
    look_for_end();
}

void LocalRun::close_all() noexcept
{
    starter_.let_go();
    try {
        bool const all = pump_.finish_now();
        drained_ &= all || !gave_up_;
        for (auto const& place : helpers_.places())
            ends_.report(place, {.is_command = false});
    } catch (...) {
        if (!failure_)
            failure_ = std::current_exception();
    }
    helpers_.let_go();
    phase_ = Phase::ended;
}

// --- leaving ------------------------------------------------------------------

void LocalRun::leave_output(Teardown const& how) noexcept
{
    end_plan_ = plan_for(how);
    ends_.dismiss_all(end_plan_);
    look_for_end();
}

// --- signals and streams --------------------------------------------------------------

void LocalRun::send_signal(int signal)
{
    bool const ends = sys::ends_process(signal);
    if (ends)
        course_.stop_starting(signal);
    stages_.roster().send(signal, ends);
}

void LocalRun::forward(int signal) const noexcept
{
    stages_.roster().forward(signal);
}

std::vector<int> LocalRun::pids() const
{
    return stages_.roster().pids();
}

std::vector<std::optional<ExitStatus>> LocalRun::statuses() const
{
    return stages_.roster().statuses();
}

int LocalRun::take_stream(int stream)
{
    return starter_.take_stream(stream);
}

void LocalRun::take_tapped(Taps& taps)
{
    for (std::size_t i = 0; i < program_.captures.size(); ++i) {
        auto* const drain = captures_.drain(i);
        if (!program_.captures[i].is_tapped || drain == nullptr
            || drain->bytes.empty())
            continue;
        taps.take(i, drain->bytes.view());
        drain->bytes.clear();
    }
}

std::string LocalRun::command() const
{
    return command_of(program_);
}

} // namespace runnel::inline v0
