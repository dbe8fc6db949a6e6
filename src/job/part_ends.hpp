// What the end of one part of a program means for the others, and what becomes
// of those whose reader has left.
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

    /// A part has ended: what comes next in a list starts.
    void report(ProgramPlace place, Outcome outcome);

    /// Collects a command if it has ended.
    void reap(std::size_t index, bool known_to_have_ended);

    /// The same, however long that takes.
    void reap_at_last(std::size_t index);

    /// Sends what is due to a command, which its own limit may end.
    void go_on_ending(std::size_t index, sys::Clock::time_point now);

    /// Begins to end all that run: signals first, then all else. `plan` must
    /// outlive the run.
    void end_all(EndingPlan const& plan) noexcept;

    /// A helper at `place` reads no more: what stands in front of it is ended
    /// and forgiven.
    void leave(ProgramPlace place);

    /// Nobody reads what all of it writes any more.
    void dismiss_all(EndingPlan const& plan);

private:
    void stage_ended(std::size_t index, Outcome outcome);
    void take_step(std::size_t index, sys::Clock::time_point now);
    void dismiss(ProgramGroup::Part part, EndingPlan const& plan);
    void dismiss_command(std::size_t index, EndingPlan const& plan);

    Parts parts_;
};

} // namespace runnel::inline v0
