// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Turns the tree of an expression into a plan: settings of wholes are passed
// down to their commands, and commands are listed in the order written.
#include <runnel/plan.hpp>

#include <runnel/expression.hpp>

#include "child/settings.hpp"
#include "child/start.hpp"
#include "plan/plan_text.hpp"
#include "text/quote.hpp"

namespace runnel::inline v0 {

namespace {

using StagePtr = std::shared_ptr<PlannedStage const>;

bool needs_change(PlanNode const& node)
{
    if (node.defaults || !node.substitutions.empty())
        return true;
    for (auto const& part : node.parts)
        if (needs_change(*part))
            return true;
    return false;
}

/// The stage, with the expressions of `from` and `into` written out.
StagePtr spelled_out(PlanNode const& node)
{
    auto stage = std::make_shared<PlannedStage>(*node.stage);
    stage->words = words_of(node);
    return stage;
}

PlanNodePtr hand_down(PlanNode const& node, StagePtr const& outer)
{
    auto copy = node;
    if (node.stage)
        copy.stage = merged(outer, node.stage);
    auto const defaults = merged(outer, node.defaults);
    copy.defaults.reset();
    for (auto& part : copy.parts)
        part = hand_down(*part, defaults);
    if (!copy.substitutions.empty())
        copy.stage = spelled_out(copy);
    return std::make_shared<PlanNode const>(std::move(copy));
}

void list_stages(PlanNode const& node, std::vector<StagePtr>& stages)
{
    if (node.stage)
        stages.push_back(node.stage);
    for (auto const& part : node.parts)
        list_stages(*part, stages);
}

} // namespace

std::shared_ptr<PlannedStage const>
merged(std::shared_ptr<PlannedStage const> const& outer,
       std::shared_ptr<PlannedStage const> const& own)
{
    if (!outer || !own)
        return own ? own : outer;
    auto both = std::make_shared<PlannedStage>(*own);
    inherit_settings(both->options, outer->options);
    both->options.env = outer->options.env.under(own->options.env);
    if (!own->accept)
        both->accept = outer->accept;
    both->checked = own->checked && outer->checked;
    if (own->timeout.is_forever())
        both->timeout = outer->timeout;
    if (own->idle_timeout.is_forever())
        both->idle_timeout = outer->idle_timeout;
    return both;
}

PlanNodePtr handed_down(PlanNodePtr const& node)
{
    return needs_change(*node) ? hand_down(*node, nullptr) : node;
}

namespace {

StagePtr revealed_stage(StagePtr const& stage)
{
    if (!stage || stage->secrets().empty())
        return stage;
    auto copy = std::make_shared<PlannedStage>(*stage);
    for (auto& word : copy->args)
        word = word.reveal();
    copy->options.env = copy->options.env.revealed();
    return copy;
}

void reveal(Target& target)
{
    auto* const text = std::get_if<Text>(&target);
    if (text != nullptr && text->secret_text)
        *text = {.bytes = std::make_shared<std::string const>(text->reveal())};
}

} // namespace

PlanNodePtr revealed(PlanNode const& node)
{
    auto copy = node;
    for (auto& redirection : copy.redirections)
        reveal(redirection.target);
    copy.stage = revealed_stage(node.stage);
    copy.defaults = revealed_stage(node.defaults);
    for (auto& part : copy.parts)
        part = revealed(*part);
    return std::make_shared<PlanNode const>(std::move(copy));
}

std::string words_with(PlanNode const& node,
                       std::function<std::string(std::size_t)> const& inner)
{
    if (node.substitutions.empty())
        return {};
    std::vector<std::string> words;
    for (auto const& arg : node.stage->args)
        words.push_back(quote(arg.str()));
    for (std::size_t i = 0; i < node.substitutions.size(); ++i) {
        auto const& [word, fd, reads] = node.substitutions[i];
        words[word] = (reads ? "<(" : ">(") + inner(i) + ')';
    }
    std::string line;
    for (auto const& word : words)
        line += (line.empty() ? "" : " ") + word;
    return line;
}

std::string words_of(PlanNode const& node)
{
    return words_with(
        node, [&](std::size_t part) { return command_of(*node.parts[part]); });
}

std::vector<std::string> PlannedStage::argv() const
{
    return options.shell ? detail::shown(behind_shell(args, options))
                         : detail::shown(args);
}

std::vector<std::string> PlannedStage::reveal_argv() const
{
    return options.shell ? detail::revealed(behind_shell(args, options))
                         : detail::revealed(args);
}

Secrets PlannedStage::secrets() const
{
    return secrets_of(args, options.env);
}

std::string PlannedStage::command() const
{
    if (!name.empty())
        return name;
    auto line = words.empty() ? detail::join(args) : words;
    if (options.shell)
        line.insert(0, options.executable.has_value()
                           ? quote(options.executable.str()) + " -c "
                           : "sh -c ");
    return line;
}

Plan make_plan(Expression const& expression)
{
    return plan_of(detail::ExpressionAccess::node(expression));
}

Plan plan_of(PlanNodePtr const& node)
{
    Plan plan;
    plan.root = handed_down(node);
    plan.stages.reserve(plan.root->size);
    list_stages(*plan.root, plan.stages);
    return plan;
}

} // namespace runnel::inline v0
