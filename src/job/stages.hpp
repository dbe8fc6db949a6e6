// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The commands of a program while it runs, each from before its start to after
// its end.
#pragma once

#include "child/ending.hpp"
#include "child/popen_state.hpp"
#include "child/start.hpp"
#include "job/cast.hpp"
#include "job/course.hpp"
#include "job/idle_watch.hpp"
#include "job/roster.hpp"
#include "job/run_events.hpp"
#include "sys/clock.hpp"
#include "sys/spawn.hpp"

#include <runnel/error.hpp>
#include <runnel/program.hpp>
#include <runnel/result.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace runnel::inline v0 {

/// Starts, ends and reaps the commands, which are known by their index.
class Stages {
public:
    /// All but `options` must outlive this object.
    Stages(Program const& program, RunOptions const& options,
           RunEvents const& events, IdleWatch& idle);
    Stages(Stages const&) = delete;
    Stages& operator=(Stages const&) = delete;
    /// Abandons children that could not be killed.
    ~Stages();

    // --- starting ----------------------------------------------------------------

    /// Why a command cannot be started; none: it was started.
    using Refusal = std::optional<SpawnError>;

    /// Starts a command with the descriptors `moves`. With `alone`, waits until its
    /// program executes. Otherwise `confirm` must follow, so that several commands
    /// start side by side.
    [[nodiscard]] Refusal launch(std::size_t index,
                                 std::vector<sys::FdMove> moves, bool alone,
                                 Cast cast);

    /// Waits until the launched commands among `count` from `first` on execute
    /// their programs.
    [[nodiscard]] Refusal confirm(std::size_t first, std::size_t count);

    /// Kills and reaps those of these commands that were launched, because
    /// their unit cannot be started.
    void give_up(std::size_t first, std::size_t count) noexcept;

    /// The outcome of a command that cannot be started, or whose endpoint
    /// cannot be opened.
    Outcome refused(SpawnError const& error);

    /// Closes descriptors that can be made again.
    void shed() noexcept;

    // --- running -------------------------------------------------------------------

    /// The running commands, in the order of their start.
    std::vector<std::size_t> const& running() const noexcept
    {
        return running_;
    }

    /// Calls `f` with each command that runs when its turn comes. `f` may end
    /// commands and start others.
    void for_each_running(auto f)
    {
        for (std::size_t i = 0; i < running_.size();) {
            auto const index = running_[i];
            f(index);
            if (i < running_.size() && running_[i] == index)
                ++i;
        }
    }

    bool is_running(std::size_t index) const noexcept
    {
        return std::ranges::find(running_, index) != running_.end();
    }

    sys::Process& process(std::size_t index) noexcept
    {
        return *stages_[index].child->process;
    }

    /// The child of a command; null if it was not started.
    detail::PopenState* child(std::size_t index) const noexcept
    {
        return stages_[index].child.get();
    }

    Ending& ending(std::size_t index) noexcept { return stages_[index].ending; }

    /// Waits for a command to end; no other thread may use it. True if its end
    /// was seen.
    bool wait(std::size_t index)
    {
        auto& child = *stages_[index].child;
        child.process->wait_as_only_user();
        return child.wait(sys::never).has_value();
    }

    /// True if the command has ended, but a tracer holds it: no descriptor
    /// tells when it can be reaped.
    bool is_held(std::size_t index) const noexcept
    {
        return stages_[index].held;
    }

    bool is_dismissed(std::size_t index) const noexcept
    {
        return stages_[index].dismissed;
    }

    Roster& roster() noexcept { return roster_; }
    Roster const& roster() const noexcept { return roster_; }

    /// What is due for a stage.
    enum class Due : unsigned char { nothing, limit, silence, ending };
    Due due(std::size_t index, sys::Clock::time_point now) const noexcept;

    /// When something is due next, for any stage.
    sys::Deadline deadline() const noexcept;

    // --- ending --------------------------------------------------------------------

    /// Reaps a command if it has ended: removes it from the running ones and
    /// returns its outcome.
    std::optional<Outcome> reap(std::size_t index, bool known_to_have_ended);

    /// The same, but waits for the end.
    Outcome reap_at_last(std::size_t index);

    /// Why a command is ended before its time.
    enum class Why : unsigned char {
        whole, ///< the whole program is ended
        limit, ///< its own time limit has passed
        silence, ///< its own idle limit has passed
        dismissed, ///< nothing reads its output any more
    };

    /// Begins to end a command.
    void begin_ending(std::size_t index, Teardown const& how, Why why) noexcept;

    /// Sends the signal that is due. Returns an outcome if the command cannot
    /// be killed: it then counts as ended.
    std::optional<Outcome> go_on_ending(std::size_t index,
                                        sys::Clock::time_point now);

    void record(std::size_t index, StageResult& into) const;

    /// Takes the words of a command for its record.
    std::vector<std::string> take_args(std::size_t index);

private:
    struct Stage {
        std::unique_ptr<Start> start; ///< while it is being started
        std::vector<sys::FdMove> moves; ///< of `start`
        bool is_unconfirmed = false; ///< it may not execute its program yet
        std::unique_ptr<detail::PopenState> child;
        /// The child, if its unit could not be started. It stays allocated: a
        /// signal handler may be looking at it.
        std::unique_ptr<detail::PopenState> given_up;
        std::optional<SpawnError> refusal;
        Ending ending;
        sys::Deadline limit = sys::never;
        bool failed = false;
        bool forgiven = false;
        bool timed_out = false;
        /// Of a command that its idle limit or the whole has ended.
        std::optional<sys::Clock::time_point> silent_since;
        bool ended_early = false; ///< with the whole
        bool dismissed = false;
        bool held = false; ///< by a tracer, though it has ended
    };

    Outcome judged(std::size_t index);

    Program const& program_;
    RunEvents const& events_;
    Containment const containment_; ///< of commands that do not set it
    bool const counts_bytes_;
    IdleWatch& idle_;
    std::vector<Stage> stages_;
    std::vector<std::size_t> running_;
    Roster roster_;
};

} // namespace runnel::inline v0
