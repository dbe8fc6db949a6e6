// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/local_run.hpp"

#include "base/observe.hpp"
#include "child/abandoned.hpp"
#include "child/start.hpp"
#include "job/run_waits.hpp"
#include "job/verdict.hpp"
#include "plan/lower.hpp"
#include "sys/process.hpp"
#include "sys/signal.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace runnel::inline v0 {

namespace {

bool has_container(Program const& program, Containment by_default)
{
    return by_default != Containment::none
        || std::ranges::any_of(program.commands, [](auto const& command) {
               return command.stage->options.containment != Containment::none;
           });
}

bool has_cgroup(Stages const& stages, std::size_t commands)
{
    for (std::size_t i = 0; i < commands; ++i)
        if (auto const* const child = stages.child(i);
            child != nullptr
            && child->process->containment() == Containment::cgroup)
            return true;
    return false;
}

/// Tells of the end of the run if its first parts cannot be started.
class Beginning {
public:
    explicit Beginning(RunEvents& events) : events_(&events) {}
    Beginning(Beginning const&) = delete;
    Beginning& operator=(Beginning const&) = delete;
    ~Beginning()
    {
        if (events_ != nullptr)
            events_->ended(refusal_, true);
    }

    /// Throws the error of the command or the file that has decided the outcome, if
    /// one was refused.
    void started(Starter::Refusal refusal)
    {
        refusal_ = std::move(refusal);
        if (refusal_)
            throw SpawnError(*refusal_->refusal);
        events_ = nullptr;
    }

private:
    RunEvents* events_; ///< null: the parts were started
    Starter::Refusal refusal_;
};

bool wants_foreground(ProgramCommand const& command)
{
    return command.stage->options.foreground;
}

void refuse_two_foregrounds(Program const& program)
{
    for (auto const& unit : program.units) {
        auto const wanting =
            std::ranges::count_if(unit.steps, [&](auto const& step) {
                return step.kind == ProgramUnit::Step::Kind::command
                    && wants_foreground(program.commands[step.index]);
            });
        if (wanting > 1)
            throw std::invalid_argument(
                "two commands that run at the same time cannot both have the "
                "foreground of the terminal");
    }
}

} // namespace

RunParts::RunParts(Program&& program_to_run, RunOptions const& options)
    : owned(std::make_unique<Program const>(std::move(program_to_run))),
      events(program, observer_or_default(options.observer)),
      teardown(options.teardown),
      idle(program, options.idle_timeout, events.is_observed()),
      captures(program, pump, options.limit), course(program),
      helpers(program, pump), stand_ins(program, pump),
      stages(program, options, events, idle),
      left_behind(stages, has_container(program, options.containment)),
      opener(*this), starter(*this), ends(*this)
{
}

// The members end what was started if this throws.
LocalRun::LocalRun(Program&& program, RunOptions const& options, Start start)
    : parts_(std::move(program), options), state_(parts_, options.drain)
{
    run_ = parts_.events.run();
    for (auto const& command : parts_.program.commands) {
        validate(command.stage->args, command.stage->options);
        check_containment(command.stage->options, options.containment);
    }
    refuse_two_foregrounds(parts_.program);
    parts_.helpers.claim();
    reap_abandoned();
    parts_.idle.begin_whole();
    parts_.opener.set_input(options.input.as("the input"));
    parts_.opener.open_hands();
    bool const waits = start == Start::confirmed;
    bool const is_single = parts_.program.units[0].commands == 1;
    parts_.events.began();
    Beginning beginning(parts_.events);
    beginning.started(parts_.starter.begin_unit({}, waits && is_single));
    if (waits)
        LocalRun::confirm();
}

void LocalRun::confirm()
{
    if (!parts_.starter.is_starting())
        return;
    Beginning beginning(parts_.events);
    beginning.started(parts_.starter.finish_unit({}));
    parts_.starter.settle_finished();
    state_.look_for_end();
}

Running::Upkeep LocalRun::upkeep() const noexcept
{
    auto const& program = parts_.program;
    if (state_.has_ended())
        return Upkeep::none;
    if (!parts_.pump.is_idle() || program.has_limits || parts_.idle.is_on()
        || program.has_lists || program.has_until || parts_.events.is_observed()
        || std::ranges::any_of(program.commands, wants_foreground))
        return Upkeep::at_any_time;
    // A helper that fails ends the run: its thread may tell so after its pipe is
    // closed. A drain limit begins with the end of the last command.
    return parts_.helpers.empty() && state_.drains_for_ever()
             ? Upkeep::none
             : Upkeep::while_waiting;
}

std::string LocalRun::why_attached() const
{
    auto const& program = parts_.program;
    auto const comes_from_here = [](Endpoint const& endpoint) {
        return endpoint.kind == Endpoint::Kind::text
            || endpoint.kind == Endpoint::Kind::input;
    };
    auto const may_be_acted = [](ProgramCommand const& command) {
        return command.stand_in != nullptr;
    };
    auto const dies_with_us = [](ProgramCommand const& command) {
        return command.stage->options.die_with_parent.has_value();
    };
    if (std::ranges::any_of(program.endpoints, &Endpoint::is_terminal))
        return "it is on a terminal, which ends with this process";
    if (!program.captures.empty())
        return "its output is captured";
    if (!program.helpers.empty())
        return "a tee or an in-process stage is a part of it";
    if (std::ranges::any_of(program.commands, may_be_acted))
        return "code of this process may stand in for its commands";
    if (std::ranges::any_of(program.endpoints, comes_from_here))
        return "its input comes from this process";
    if (program.has_lists)
        return "it is a list, whose commands this process starts";
    if (program.has_until)
        return "the end of one part ends the others, which this process does";
    if (program.has_limits)
        return "a command has a time limit, which this process enforces";
    if (std::ranges::any_of(program.commands, wants_foreground))
        return "a command has the foreground of the terminal, which this "
               "process takes back";
    if (std::ranges::any_of(program.commands, dies_with_us))
        return "a command has the setting die_with_parent";
    if (has_cgroup(parts_.stages, program.commands.size()))
        return "a command runs in a cgroup, which this process removes";
    return {};
}

// --- waiting -----------------------------------------------------------------------

void LocalRun::add_awaited(std::vector<Awaited>& all)
{
    parts_.pump.add_items(all);
    watch_.add_awaited(all, parts_.program.has_lists || parts_.program.has_until
                                || state_.is_ending()
                                || parts_.events.is_observed()
                                || parts_.stand_ins.must_see_ends());
    auto const& helpers = parts_.helpers;
    if (!helpers.empty() && helpers.news_fd() >= 0)
        all.push_back({helpers.news_fd()});
}

// If there is one thing to wait for, it may block us: no poll is needed. An
// observer is told of the end of a child at once, also while an outside process
// holds a pipe: these are two things.
bool LocalRun::wait_alone()
{
    watch_.clear();
    if (!state_.is_running() || deadline() != sys::never
        || parts_.captures.may_end_run() || parts_.program.commands.size() > 1
        || !parts_.helpers.empty()
        || (parts_.events.is_observed() && !parts_.pump.is_idle()))
        return false;
    auto const& running = parts_.stages.running();
    bool waited = state_.drains_for_ever() && parts_.pump.finish_only_drain();
    if (!running.empty() && (waited || parts_.pump.is_idle()))
        waited = parts_.stages.wait(running.front());
    return waited;
}

sys::Deadline LocalRun::deadline() const
{
    if (state_.has_ended())
        return sys::never;
    // It tells so once, and may have been waiting for its feed to end.
    if (parts_.helpers.has_ended_one())
        return sys::Clock::now();
    auto earliest =
        std::min({state_.deadline(), parts_.pump.deadline(),
                  parts_.stages.deadline(), parts_.left_behind.deadline()});
    if (watch_.is_blind())
        earliest = std::min(earliest, sys::Clock::now() + blind_interval);
    return earliest;
}

// --- acting ------------------------------------------------------------------------

// What goes wrong here ends the run; it is thrown in place of the outcome.
void LocalRun::act(std::span<Awaited const> all) noexcept
{
    if (state_.has_ended())
        return;
    try {
        if (!all.empty())
            parts_.pump.move_ready(all);
        watch_.for_each_ended(all, [&](std::size_t index, bool is_known) {
            parts_.ends.reap(index, is_known);
        });
        state_.look_at_helpers();
        state_.look_for_overflow();
        state_.look_at_clock();
    } catch (...) {
        state_.fail(std::current_exception());
    }
    parts_.events.look_at_bytes(parts_.idle);
    state_.look_for_end();
}

// --- ending ------------------------------------------------------------------------

void LocalRun::end(Teardown const& how) noexcept
{
    state_.end(how);
}

void LocalRun::leave_output(Teardown const& how) noexcept
{
    state_.leave_output(how);
}

void LocalRun::give_up(std::exception_ptr why) noexcept
{
    state_.give_up(std::move(why));
}

void LocalRun::cancel() noexcept
{
    parts_.helpers.cancel();
}

bool LocalRun::is_draining() const noexcept
{
    return state_.is_draining();
}

void LocalRun::stop_draining() noexcept
{
    parts_.left_behind.end_all(Teardown::kill());
    state_.stop_draining();
}

// --- signals and streams --------------------------------------------------------------

void LocalRun::send_signal(int signal)
{
    bool const ends = sys::ends_process(signal);
    if (ends)
        parts_.course.stop_starting(signal);
    parts_.stages.roster().send(signal, ends);
}

void LocalRun::forward(int signal) const noexcept
{
    parts_.stages.roster().forward(signal);
}

std::vector<int> LocalRun::pids() const
{
    return parts_.stages.roster().pids();
}

std::vector<std::optional<ExitStatus>> LocalRun::statuses() const
{
    return parts_.stages.roster().statuses();
}

std::string LocalRun::waits() const
{
    return text_of_waits(parts_);
}

void LocalRun::resize(int rows, int columns)
{
    parts_.opener.terminals().resize(rows, columns);
}

int LocalRun::take_stream(int stream)
{
    return parts_.opener.take_stream(stream);
}

std::shared_ptr<detail::LastByte> LocalRun::last_byte(int stream) const
{
    auto const& endpoints = parts_.program.endpoints;
    for (std::size_t i = 0; i < endpoints.size(); ++i)
        if (endpoints[i].kind == Endpoint::Kind::in_hand
            && endpoints[i].fd == stream)
            return parts_.idle.pipe(i);
    return {};
}

void LocalRun::take_tapped(Taps& taps)
{
    parts_.captures.take_tapped(taps);
}

std::string LocalRun::command() const
{
    return command_of(parts_.program);
}

} // namespace runnel::inline v0
