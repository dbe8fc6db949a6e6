// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Which commands lead the sessions on the terminals of a program.
#pragma once

#include <runnel/program.hpp>

namespace runnel::inline v0 {

/// Sets `ProgramCommand::terminal`. A terminal can control one session at a time.
/// Of commands that run together, the last one that is on the terminal leads the
/// session: the pager at the end of a pipeline. Commands that run in turn lead one
/// after the other.
void choose_session_leaders(Program& program);

} // namespace runnel::inline v0
