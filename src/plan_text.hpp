// Words for parts of a plan, as messages and shell text need them.
#pragma once

#include <runnel/plan.hpp>

#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// The same part with the settings of wholes handed down to the commands.
PlanNodePtr handed_down(PlanNodePtr const& node);

/// The part as shell text, see `to_string(Plan)`.
std::string text_of(PlanNode const& node);

/// The commands with nothing but `|`, `&&`, ... between them, for messages.
std::string command_of(PlanNode const& node);

/// True if the text of the part says all that it does: nothing of it is kept
/// in memory or driven by hand.
bool is_exact(PlanNode const& node);

} // namespace runnel::inline v0
