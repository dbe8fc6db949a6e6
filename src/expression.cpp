#include <runnel/expression.hpp>

#include "check_text.hpp"
#include "expression_node.hpp"

#include <stdexcept>

namespace runnel::inline v0 {

namespace {

using detail::Node;
using detail::NodePtr;

NodePtr make_node(auto content)
{
    return std::make_shared<Node const>(Node{std::move(content)});
}

/// A copy of a command with `change` made to it.
template <class Change>
Command changed(Expression const& command, Change change)
{
    using Access = detail::ExpressionAccess;
    auto stage = std::get<PlannedStage>(Access::node(command)->content);
    change(stage);
    return Access::make<Command>(make_node(std::move(stage)));
}

} // namespace

namespace detail {

NodePtr command(std::vector<std::string> args, bool shell)
{
    for (auto const& arg : args)
        refuse_nul(arg, "a word of a command");
    PlannedStage stage;
    stage.args = std::move(args);
    stage.options.shell = shell;
    return make_node(std::move(stage));
}

NodePtr pipe(NodePtr left, NodePtr right)
{
    return make_node(PipeNode{std::move(left), std::move(right)});
}

NodePtr redirect(NodePtr inner, int fd, Target target)
{
    return make_node(RedirectNode{std::move(inner), {fd, std::move(target)}});
}

} // namespace detail

Command Command::cwd(Pathname const& path) const
{
    return changed(*this,
                   [&](PlannedStage& stage) { stage.options.cwd = path; });
}

Command Command::env(std::string_view name, std::string_view value) const
{
    return changed(*this, [&](PlannedStage& stage) {
        stage.options.env.set(name, value);
    });
}

Command Command::unset(std::string_view name) const
{
    return changed(*this,
                   [&](PlannedStage& stage) { stage.options.env.unset(name); });
}

Command Command::clean_env() const
{
    return changed(*this, [](PlannedStage& stage) {
        stage.options.env = Environment::empty();
    });
}

Command Command::accept(std::vector<int> codes) const
{
    return changed(
        *this, [&](PlannedStage& stage) { stage.accept = std::move(codes); });
}

Command Command::unchecked() const
{
    return changed(*this, [](PlannedStage& stage) { stage.checked = false; });
}

Command Command::with(PopenOptions options) const
{
    return changed(*this, [&](PlannedStage& stage) {
        options.shell = options.shell || stage.options.shell;
        stage.options = std::move(options);
    });
}

} // namespace runnel::inline v0
