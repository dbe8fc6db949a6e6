// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A plan in few words, for messages.
#include "plan/plan_text.hpp"

#include "plan/plan_shape.hpp"

#include <runnel/words.hpp>

#include <string_view>

namespace runnel::inline v0 {

namespace {

using NodeKind = PlanNode::Kind;

std::string joined(PlanNode const& node, std::string_view between)
{
    std::string text;
    for (auto const& part : node.parts) {
        if (!text.empty())
            text += between;
        text += is_list(*part) || part->kind == NodeKind::together
                  ? "{ " + command_of(*part) + "; }"
                  : command_of(*part);
    }
    return text;
}

/// The command, with the expressions of `from` and `into` written out.
std::string command_with_words(PlanNode const& node)
{
    if (node.substitutions.empty() || !node.stage->words.empty())
        return node.stage->command();
    auto stage = *node.stage;
    stage.words = words_of(node);
    return stage.command();
}

} // namespace

std::string command_of(PlanNode const& node)
{
    switch (node.kind) {
    case NodeKind::command: return command_with_words(node);
    case NodeKind::in_process: return node.code->label();
    case NodeKind::tee: return "tee";
    case NodeKind::pipeline: return joined(node, " | ");
    case NodeKind::all_of: return joined(node, " && ");
    case NodeKind::any_of: return joined(node, " || ");
    case NodeKind::sequence: return joined(node, "; ");
    case NodeKind::negation: return "! " + joined(node, "");
    case NodeKind::together: return joined(node, " & ");
    }
    return {};
}

} // namespace runnel::inline v0
