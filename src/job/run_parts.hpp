// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// All that a run on this machine is made of.
#pragma once

#include "child/ending.hpp"
#include "io/pump.hpp"
#include "job/captures.hpp"
#include "job/course.hpp"
#include "job/helpers.hpp"
#include "job/idle_watch.hpp"
#include "job/left_behind.hpp"
#include "job/opener.hpp"
#include "job/part_ends.hpp"
#include "job/run_events.hpp"
#include "job/stages.hpp"
#include "job/stand_ins.hpp"
#include "job/starter.hpp"

#include <runnel/program.hpp>
#include <runnel/run.hpp>

#include <memory>

namespace runnel::inline v0 {

/// Stays where it was made: its members refer to each other.
struct RunParts {
    RunParts(Program&& program, RunOptions const& options);
    RunParts(RunParts const&) = delete;
    RunParts& operator=(RunParts const&) = delete;

    // Apart: malloc has its quickest way for up to some 1,000 bytes.
    std::unique_ptr<Program const> const owned;
    Program const& program = *owned;
    RunEvents events; ///< for the observer, if there is one
    Teardown const teardown; ///< of the options

    IdleWatch idle; ///< before what may still note bytes
    BytePump pump{};
    Captures captures;
    Course course;
    Helpers helpers;
    StandIns stand_ins;
    Stages stages; ///< after what children may wait for
    LeftBehind left_behind;
    Opener opener;
    Starter starter;
    PartEnds ends;
};

} // namespace runnel::inline v0
