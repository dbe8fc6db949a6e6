// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Questions about the structure of a plan that shell text depends on.
#pragma once

#include <runnel/plan.hpp>

#include <cstddef>
#include <set>

namespace runnel::inline v0 {

/// The descriptor numbers in a node and its parts, and 0 to 2.
std::set<int> numbers_in(PlanNode const& node);

/// True for a list: `&&`, `||` or `seq`.
bool is_list(PlanNode const& node);

/// True if parts run one after the other: for lists and `!`.
bool runs_in_turn(PlanNode::Kind kind);

/// True for a node that bash runs as one command, with or without parts.
bool is_simple(PlanNode const& node);

/// True if words of the command run something, such as `<(...)`. Redirections
/// after the words do not apply to that.
bool has_live_words(PlanNode const& node);

/// True if the text ends with redirections, which make it one command to the
/// text around it. A pipe to this process is only a comment, and does not
/// count.
bool is_enclosed(PlanNode const& node);

/// True if nothing in the part writes to the stdout that it inherits.
bool has_own_stdout(PlanNode const& node);

/// True for a tee whose branches write past the rest of the pipeline.
bool has_branches_aside(PlanNode const& pipeline, std::size_t part);

/// True if each part of a pipeline writes to the next and nowhere else.
bool is_straight(PlanNode const& pipeline);

/// True if a part that is not the last writes to the stdout of the pipeline:
/// only its stderr goes on, or it is a tee with branches that write there.
bool needs_stdout(PlanNode const& pipeline);

/// True for a pipeline whose text opens a copy of stdout for such parts.
bool saves_stdout(PlanNode const& node);

} // namespace runnel::inline v0
