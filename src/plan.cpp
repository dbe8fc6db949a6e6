// From the tree of an expression to a plan: settings of wholes are handed
// down, commands are listed in the order written.
#include <runnel/plan.hpp>

#include <runnel/expression.hpp>

#include "plan_text.hpp"
#include "quote.hpp"

namespace runnel::inline v0 {

namespace {

using StagePtr = std::shared_ptr<PlannedStage const>;

bool has_defaults(PlanNode const& node)
{
    if (node.defaults)
        return true;
    for (auto const& part : node.parts)
        if (has_defaults(*part))
            return true;
    return false;
}

/// `own` where it says something, else `outer`. The name is its own.
StagePtr merged(StagePtr const& outer, StagePtr const& own)
{
    if (!outer || !own)
        return own ? own : outer;
    auto both = std::make_shared<PlannedStage>(*own);
    if (!own->options.cwd.has_value())
        both->options.cwd = outer->options.cwd;
    both->options.env = outer->options.env.under(own->options.env);
    if (!own->accept)
        both->accept = outer->accept;
    both->checked = own->checked && outer->checked;
    if (own->timeout.is_forever())
        both->timeout = outer->timeout;
    return both;
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

PlanNodePtr handed_down(PlanNodePtr const& node)
{
    return has_defaults(*node) ? hand_down(*node, nullptr) : node;
}

std::string PlannedStage::command() const
{
    if (!name.empty())
        return name;
    if (!options.shell)
        return shell_join(args);
    return "sh -c " + shell_join(args);
}

Plan make_plan(Expression const& expression)
{
    Plan plan;
    plan.root = handed_down(detail::ExpressionAccess::node(expression));
    plan.stages.reserve(plan.root->size);
    list_stages(*plan.root, plan.stages);
    return plan;
}

} // namespace runnel::inline v0
