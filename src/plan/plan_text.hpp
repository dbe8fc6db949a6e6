// Words for parts of a plan, as messages and shell text need them.
#pragma once

#include <runnel/plan.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// The same part with the settings of wholes handed down to the commands.
PlanNodePtr handed_down(PlanNodePtr const& node);

/// The plan that it comes to.
Plan plan_of(PlanNodePtr const& node);

/// The settings of a command in a whole: `own` where that says something, else
/// `outer`. The name is its own. Either may be null.
std::shared_ptr<PlannedStage const>
merged(std::shared_ptr<PlannedStage const> const& outer,
       std::shared_ptr<PlannedStage const> const& own);

/// The part as shell text, see `to_string(Plan)`.
std::string text_of(PlanNode const& node);

/// The commands with nothing but `|`, `&&`, ... between them, for messages.
std::string command_of(PlanNode const& node);

/// The words of a command, in which `<(...)` or `>(...)` stands for part i, and
/// in that `inner(i)`; empty if there are no parts.
std::string words_with(PlanNode const& node,
                       std::function<std::string(std::size_t)> const& inner);

/// The same, with the commands of the parts inside.
std::string words_of(PlanNode const& node);

/// True if the text of the part says all that it does: nothing of it is kept
/// in memory or driven by hand.
bool is_exact(PlanNode const& node);

} // namespace runnel::inline v0
