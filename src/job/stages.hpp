// The commands of a program while it runs, each from before its start to after
// its end.
#pragma once

#include "child/ending.hpp"
#include "child/popen_state.hpp"
#include "child/start.hpp"
#include "job/course.hpp"
#include "job/roster.hpp"
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

/// Starts, ends and reaps them. Those that run are known by their numbers.
class Stages {
public:
    /// Both must outlive it.
    Stages(Program const& program, Observer* observer);
    Stages(Stages const&) = delete;
    Stages& operator=(Stages const&) = delete;
    /// A child that could not be killed goes on without us.
    ~Stages();

    // --- starting ----------------------------------------------------------------

    /// Starts a command whose descriptors are `moves`; throws `SpawnError`.
    /// `alone`: waits until it executes; else `confirm` must follow, so that
    /// several come up side by side.
    void launch(std::size_t index, std::vector<sys::FdMove> moves, bool alone);

    /// The commands that were launched among `count` from `first` on now
    /// execute, or `SpawnError` is thrown.
    void confirm(std::size_t first, std::size_t count);

    /// Kills and reaps what was launched of these: the unit cannot be started.
    void give_up(std::size_t first, std::size_t count) noexcept;

    /// What follows from a command, or what belongs to it, not being startable.
    Outcome refused(SpawnError const& error);

    /// Gives up descriptors that can be made again.
    void shed() noexcept;

    // --- running -------------------------------------------------------------------

    /// In the order of their start.
    std::vector<std::size_t> const& running() const noexcept
    {
        return running_;
    }

    /// Calls `f` with each that runs when its turn comes; `f` may end some and
    /// start others.
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

    /// Waits for the end of one; true if it was seen.
    bool wait(std::size_t index)
    {
        return stages_[index].child->wait(sys::never).has_value();
    }

    /// True if it has ended, but a tracer keeps it: no descriptor tells when
    /// it can be collected.
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

    /// Which stages have something due.
    enum class Due : unsigned char { nothing, limit, ending };
    Due due(std::size_t index, sys::Clock::time_point now) const noexcept;

    /// When the first of them has.
    sys::Deadline deadline() const noexcept;

    // --- ending --------------------------------------------------------------------

    /// Takes a command off the running ones if its end was seen, or is seen
    /// now, and says what it counts for.
    std::optional<Outcome> reap(std::size_t index, bool known_to_have_ended);

    /// The same, however long that takes.
    Outcome reap_at_last(std::size_t index);

    /// Why a command is ended before its time.
    enum class Why : unsigned char {
        whole, ///< with all of it
        limit, ///< its own time limit has passed
        dismissed, ///< nobody reads what it writes any more
    };

    /// Begins its ending; `plan` must outlive it.
    void begin_ending(std::size_t index, EndingPlan const& plan,
                      Why why) noexcept;

    /// Sends what is due. An outcome: it cannot be ended, and is let go.
    std::optional<Outcome> go_on_ending(std::size_t index,
                                        sys::Clock::time_point now);

    void record(std::size_t index, StageResult& into) const;

    /// Takes the words of a command for its record.
    std::vector<std::string> take_args(std::size_t index);

private:
    struct Stage {
        std::unique_ptr<Start> start; ///< while it is being started
        std::vector<sys::FdMove> moves; ///< of that
        bool is_unconfirmed = false; ///< and may not execute yet
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
        bool dismissed = false;
        bool held = false; ///< by a tracer, though it has ended
    };

    Outcome judged(std::size_t index);

    Program const& program_;
    Observer* observer_;
    std::vector<Stage> stages_;
    std::vector<std::size_t> running_;
    Roster roster_;
};

} // namespace runnel::inline v0
