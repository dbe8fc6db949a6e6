// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the end of one part of a program means for the others, and how commands
// are ended whose reader stopped reading early.
#pragma once

#include "job/course.hpp"
#include "sys/clock.hpp"

#include <runnel/program.hpp>
#include <runnel/teardown.hpp>

#include <cstddef>

namespace runnel::inline v0 {

struct RunParts;

class PartEnds {
public:
    /// `parts` must outlive this object.
    explicit PartEnds(RunParts& parts) : parts_(parts) {}

    /// Takes the end of a part: starts what comes next in a list, and ends what
    /// was to run until then.
    void report(ProgramPlace place, Outcome outcome);

    /// Reaps a command if it has ended.
    void reap(std::size_t index, bool known_to_have_ended);

    /// Waits for a command to end, and reaps it.
    void reap_at_last(std::size_t index);

    /// Begins to end the commands whose own time limit has passed, and sends the
    /// signals that are due.
    void go_on_ending(sys::Clock::time_point now);

    /// Begins to end all running commands, and sends the signals that are due.
    void end_all(Teardown const& how) noexcept;

    /// The helper at `place` stopped reading early: the commands in front of it
    /// are ended and do not count as failed.
    void leave(ProgramPlace place);

    /// The same for the whole program: nothing reads its output any more.
    void dismiss_all(Teardown const& how);

private:
    void stage_ended(std::size_t index, Outcome outcome);
    void end_settled();
    void begin_if_late(std::size_t index, sys::Clock::time_point now);
    void take_step(std::size_t index, sys::Clock::time_point now);
    void dismiss(ProgramGroup::Part part, Teardown const& how);
    void dismiss_command(std::size_t index, Teardown const& how);

    RunParts& parts_;
};

} // namespace runnel::inline v0
