// How the parts of a plan hang together, as far as shell text depends on it.
#pragma once

#include <runnel/plan.hpp>

#include <cstddef>
#include <set>

namespace runnel::inline v0 {

/// The descriptors that it names, and 0 to 2.
std::set<int> numbers_in(PlanNode const& node);

/// True for parts that run one after the other.
bool is_list(PlanNode const& node);

/// True if parts run one after the other: those of lists and of `!`.
bool runs_in_turn(PlanNode::Kind kind);

/// True for what bash runs as one command, with or without parts.
bool is_simple(PlanNode const& node);

/// True if its words run something: that knows nothing of redirections behind
/// the words.
bool has_live_words(PlanNode const& node);

/// True if redirections behind it make its text one command to what stands
/// around it. Pipes to us are only told in a comment.
bool is_enclosed(PlanNode const& node);

/// True if nothing of it writes to the stdout that it is given.
bool has_own_stdout(PlanNode const& node);

/// True for a tee whose branches write past the rest of the pipeline.
bool has_branches_aside(PlanNode const& pipeline, std::size_t part);

/// True if each part of a pipeline writes to the next and nowhere else.
bool is_straight(PlanNode const& pipeline);

/// True if a part that is not the last writes where the pipeline does, since
/// another stream of it goes on, or a copy of what it read.
bool needs_stdout(PlanNode const& pipeline);

} // namespace runnel::inline v0
