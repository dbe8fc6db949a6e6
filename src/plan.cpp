// From the tree of an expression to the list of its stages.
#include <runnel/plan.hpp>

#include "expression_node.hpp"
#include "quote.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace runnel::inline v0 {

namespace {

constexpr std::string_view names[] = {"stdin", "stdout", "stderr"};

std::string in_quotes(std::string const& text)
{
    return '"' + text + '"';
}

[[noreturn]] void refuse_twice(PlannedStage const& stage, int fd)
{
    throw std::invalid_argument(std::string(names[fd]) + " of "
                                + in_quotes(stage.command())
                                + " is connected twice");
}

bool is_redirected(PlannedStage const& stage, int fd)
{
    return std::ranges::find(stage.redirections, fd, &Redirection::fd)
        != stage.redirections.end();
}

bool is_piped(Plan const& plan, std::size_t stage, int fd)
{
    return std::ranges::any_of(plan.pipes, [&](PlannedPipe const& pipe) {
        return (fd == 0 && pipe.to == stage) || (fd == 1 && pipe.from == stage);
    });
}

void need_open(Plan const& plan, std::size_t stage, int fd)
{
    if (is_redirected(plan.stages[stage], fd) || is_piped(plan, stage, fd))
        refuse_twice(plan.stages[stage], fd);
}

// --- plan of each kind of node -------------------------------------------------

Plan plan_of(detail::Node const& node);

Plan plan_of(PlannedStage const& command)
{
    return {{command}, {}};
}

Plan plan_of(detail::PipeNode const& node)
{
    auto left = plan_of(*node.left);
    auto right = plan_of(*node.right);
    auto const offset = left.stages.size();
    need_open(left, offset - 1, 1);
    need_open(right, 0, 0);
    std::ranges::move(right.stages, std::back_inserter(left.stages));
    left.pipes.push_back({offset - 1, offset});
    for (auto const& pipe : right.pipes)
        left.pipes.push_back({pipe.from + offset, pipe.to + offset});
    return left;
}

// Stdin belongs to the first stage, stdout to the last.
Plan plan_of(detail::RedirectNode const& node)
{
    auto plan = plan_of(*node.inner);
    auto const stage = node.redirection.fd == 0 ? 0 : plan.stages.size() - 1;
    need_open(plan, stage, node.redirection.fd);
    plan.stages[stage].redirections.push_back(node.redirection);
    return plan;
}

Plan plan_of(detail::Node const& node)
{
    return std::visit([](auto const& content) { return plan_of(content); },
                      node.content);
}

// --- as shell text ---------------------------------------------------------------

std::string text_of(Redirection const& redirection, Stdio const& target)
{
    std::string const arrow = redirection.fd == 0 ? "< " : "> ";
    switch (target.kind()) {
    case Stdio::devnull: return arrow + "/dev/null";
    case Stdio::descriptor:
        return arrow.substr(0, 1) + '&' + std::to_string(target.fd());
    case Stdio::file:
        return (target.mode() == Stdio::Mode::append ? ">> " : arrow)
             + shell_quote(target.path());
    case Stdio::inherit:
    case Stdio::pipe:
    case Stdio::out: break;
    }
    return {};
}

std::string text_of(Redirection const&, Capture)
{
    return {};
}

std::string text_of(Redirection const&, ToString)
{
    return {};
}

std::string text_of(Redirection const&, Text const& text)
{
    return "< <(printf %s " + shell_quote(*text.bytes) + ')';
}

std::string text_of(PlannedStage const& stage)
{
    auto line = stage.command();
    for (auto const& redirection : stage.redirections) {
        auto const part = std::visit(
            [&](auto const& target) { return text_of(redirection, target); },
            redirection.target);
        if (!part.empty())
            line += ' ' + part;
    }
    return line;
}

} // namespace

std::string PlannedStage::command() const
{
    if (!options.shell)
        return shell_join(args);
    return "sh -c " + shell_join(args);
}

Plan make_plan(Expression const& expression)
{
    return plan_of(*detail::ExpressionAccess::node(expression));
}

std::string to_string(Expression const& expression)
{
    std::string line;
    for (auto const& stage : make_plan(expression).stages) {
        if (!line.empty())
            line += " | ";
        line += text_of(stage);
    }
    return line;
}

} // namespace runnel::inline v0
