// One command as bash runs it to the same effect.
#pragma once

#include <runnel/plan.hpp>

#include <string>

namespace runnel::inline v0 {

/// The command with its settings: directory, variables, time limit, ... but
/// no redirections. It may be a subshell, to which redirections can be added.
std::string shell_command(PlannedStage const& stage);

} // namespace runnel::inline v0
