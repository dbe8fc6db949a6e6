#include <runnel/prefix.hpp>

#include "plan/plan_text.hpp"
#include "text/check_text.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace runnel::inline v0 {

namespace {

/// All arguments of the command, those of a shell included: behind a prefix, no
/// other code adds them.
std::vector<std::string> spelled_out(PlannedStage const& stage)
{
    auto const& options = stage.options;
    auto args = stage.argv();
    if (!options.shell && options.executable.has_value())
        args.front() = options.executable.str();
    return args;
}

PlanNodePtr with_words(PlanNode const& node,
                       std::vector<std::string> const& words)
{
    auto copy = node;
    if (node.stage) {
        auto stage = *node.stage;
        auto const args = spelled_out(stage);
        stage.args = words;
        stage.args.insert(stage.args.end(), args.begin(), args.end());
        auto const shift = stage.args.size() - node.stage->args.size();
        for (auto& substitution : copy.substitutions)
            substitution.word += shift;
        stage.options.shell = false;
        stage.options.executable = {};
        copy.stage = std::make_shared<PlannedStage const>(std::move(stage));
    }
    for (auto& part : copy.parts)
        part = with_words(*part, words);
    return std::make_shared<PlanNode const>(std::move(copy));
}

bool is_judged_by_itself(PlanNode const& node)
{
    if (node.stage && (node.stage->accept || !node.stage->checked))
        return true;
    return std::ranges::any_of(node.parts, [](PlanNodePtr const& part) {
        return is_judged_by_itself(*part);
    });
}

/// Refuses an expression that would lose something as shell text, because the
/// other side could not know that.
void refuse_unsaid(PlanNode const& node)
{
    if (!is_exact(node))
        throw std::invalid_argument(
            "\"" + text_of(node)
            + "\" cannot be said in shell text: put capture, C++ and the like "
              "outside of the prefix");
    if (!node.stage && is_judged_by_itself(node))
        throw std::invalid_argument(
            "accept() and unchecked() inside of \"" + text_of(node)
            + "\" would be lost in shell text: put them behind the prefix");
}

PlanNodePtr as_one_command(PlanNode const& node, std::vector<std::string> args)
{
    refuse_unsaid(node);
    args.push_back(text_of(node));
    auto whole = *detail::command({std::move(args), {}, {}}, false);
    if (node.stage) {
        auto stage = *whole.stage;
        stage.accept = node.stage->accept;
        stage.checked = node.stage->checked;
        stage.name = node.stage->name;
        whole.stage = std::make_shared<PlannedStage const>(std::move(stage));
    }
    return std::make_shared<PlanNode const>(std::move(whole));
}

} // namespace

Prefix::Prefix(std::vector<std::string> words, Quoting quoting)
    : words_(std::move(words)), quoting_(quoting)
{
    if (words_.empty())
        throw std::invalid_argument("a prefix begins with a program");
    for (auto const& word : words_)
        refuse_nul(word, "a word of a prefix");
}

PlanNodePtr Prefix::apply(PlanNodePtr const& node) const
{
    if (quoting_ == Quoting::words)
        return with_words(*node, words_);
    return as_one_command(*handed_down(node), words_);
}

} // namespace runnel::inline v0
