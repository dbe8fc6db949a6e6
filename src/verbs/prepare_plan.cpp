#include "verbs/prepare_plan.hpp"

#include <runnel/operators.hpp>

#include "child/check_stdio.hpp"
#include "plan/plan_text.hpp"

#include <stdexcept>

namespace runnel::inline v0 {

namespace {

void need_open(bool is_open, PlanNode const& node, int fd, std::string_view why)
{
    if (!is_open)
        throw std::invalid_argument(
            std::string(why) + ", but " + stream_name(fd) + " of \""
            + command_of(node) + "\" is connected already");
}

PlanNodePtr with_captured_stderr(PlanNodePtr const& node, std::string_view why)
{
    need_open(node->open.err, *node, 2, why);
    auto copy = *node;
    for (auto& part : copy.parts)
        part = with_captured_stderr(part, why);
    PlanNodePtr whole = std::make_shared<PlanNode const>(std::move(copy));
    if (node->kind != PlanNode::Kind::command)
        return whole;
    return detail::redirect(whole, {2, false, capture});
}

} // namespace

void capture_stdout(Plan& plan, std::string_view why)
{
    need_open(plan.root->open.out, *plan.root, 1, why);
    plan.root = detail::redirect(plan.root, {1, false, capture});
}

Plan prepare_plan(Expression const& expression, RunOptions const& options)
{
    auto plan = make_plan(expression);
    if (options.input)
        need_open(plan.root->open.in, *plan.root, 0, "input is given");
    if (options.capture_output) {
        constexpr std::string_view why = "capture_output is given";
        capture_stdout(plan, why);
        plan.root = with_captured_stderr(plan.root, why);
    }
    return plan;
}

} // namespace runnel::inline v0
