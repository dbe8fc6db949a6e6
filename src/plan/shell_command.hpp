// One command as bash runs it to the same effect.
#pragma once

#include <runnel/plan.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// A word that is shell text already, `<(...)` or `>(...)`.
struct TextWord {
    std::size_t word; ///< index into `PlannedStage::args`
    std::string text;
};

/// The command with its settings: directory, variables, time limit, ... but
/// no redirections. It may be a subshell, to which redirections can be added;
/// but not if there are `text_words`: what these run sees neither the settings
/// nor the redirections of the command.
std::string shell_command(PlannedStage const& stage,
                          std::span<TextWord const> text_words = {});

/// The settings of the command that bash has no words for.
std::vector<std::string> unsaid_settings(PlannedStage const& stage);

} // namespace runnel::inline v0
