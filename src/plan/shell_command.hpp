// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

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

/// The command with its settings (directory, variables, time limit, ...) but
/// without redirections. The text may be a subshell, to which redirections can
/// be added. With `text_words` it is none: what these run must see neither the
/// settings nor the redirections of the command.
std::string shell_command(PlannedStage const& stage,
                          std::span<TextWord const> text_words = {});

/// The settings of the command that bash cannot express.
std::vector<std::string> unsaid_settings(PlannedStage const& stage);

} // namespace runnel::inline v0
