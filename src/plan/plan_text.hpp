// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Text for parts of a plan, for messages and shell text.
#pragma once

#include <runnel/plan.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// Stands beside text in which a secret is masked.
inline constexpr std::string_view secret_remark = "*** stands for a secret";

/// The same node, with the settings of wholes passed down to the commands.
PlanNodePtr handed_down(PlanNodePtr const& node);

/// The plan of an expression tree.
Plan plan_of(PlanNodePtr const& node);

/// The settings of a command in a whole: `own` where it sets something, else
/// `outer`. A name is never inherited. Either may be null.
std::shared_ptr<PlannedStage const>
merged(std::shared_ptr<PlannedStage const> const& outer,
       std::shared_ptr<PlannedStage const> const& own);

/// The same tree, in which nothing is marked as secret any more: its text is the
/// real one.
PlanNodePtr revealed(PlanNode const& node);

/// The part as shell text, see `to_string(Plan)`.
std::string text_of(PlanNode const& node);

/// The same without the comment at its end.
std::string text_without_remarks(PlanNode const& node);

/// For messages: the commands and the `|`, `&&`, ... between them, nothing
/// else.
std::string command_of(PlanNode const& node);

/// The words of a command as text. Part i appears as `<(...)` or `>(...)`
/// around `inner(i)`. Empty if there are no parts.
std::string words_with(PlanNode const& node,
                       std::function<std::string(std::size_t)> const& inner);

/// The same, with `command_of` each part inside.
std::string words_of(PlanNode const& node);

/// True if shell text says everything that the part does, so that no comment is
/// needed: nothing is captured, driven by the caller, or unknown to bash.
bool is_exact(PlanNode const& node);

} // namespace runnel::inline v0
