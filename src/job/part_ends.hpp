// What the end of one part of a program means for the others, and how commands
// are ended whose reader stopped reading early.
#pragma once

#include "child/ending.hpp"
#include "job/course.hpp"
#include "job/helpers.hpp"
#include "job/stages.hpp"
#include "job/starter.hpp"
#include "sys/clock.hpp"

#include <runnel/program.hpp>

#include <cstddef>

namespace runnel::inline v0 {

class PartEnds {
public:
    /// All of it must outlive this object.
    struct Parts {
        Program const& program;
        Course& course;
        Stages& stages;
        Helpers& helpers;
        Starter& starter;
        Observer* observer;
        EndingPlan const& teardown; ///< of the options
    };

    explicit PartEnds(Parts parts) : parts_(parts) {}

    /// Takes the end of a part, and starts what comes next in a list.
    void report(ProgramPlace place, Outcome outcome);

    /// Reaps a command if it has ended.
    void reap(std::size_t index, bool known_to_have_ended);

    /// Waits for a command to end, and reaps it.
    void reap_at_last(std::size_t index);

    /// Sends the signal that is due to a command. Begins to end a command whose
    /// own time limit has passed.
    void go_on_ending(std::size_t index, sys::Clock::time_point now);

    /// Begins to end all running commands, and sends the signals that are due.
    /// `plan` must outlive the run.
    void end_all(EndingPlan const& plan) noexcept;

    /// The helper at `place` stopped reading early: the commands in front of it
    /// are ended and do not count as failed.
    void leave(ProgramPlace place);

    /// The same for the whole program: nothing reads its output any more.
    void dismiss_all(EndingPlan const& plan);

private:
    void stage_ended(std::size_t index, Outcome outcome);
    void take_step(std::size_t index, sys::Clock::time_point now);
    void dismiss(ProgramGroup::Part part, EndingPlan const& plan);
    void dismiss_command(std::size_t index, EndingPlan const& plan);

    Parts parts_;
};

} // namespace runnel::inline v0
