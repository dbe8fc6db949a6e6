// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/prefix.hpp>

#include "child/start.hpp"
#include "plan/plan_text.hpp"
#include "text/check_text.hpp"
#include "text/visible.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace runnel::inline v0 {

namespace {

/// All arguments of the command, those of a shell included: behind a prefix, no
/// other code adds them.
std::vector<Word> spelled_out(PlannedStage const& stage)
{
    auto const& options = stage.options;
    if (options.shell)
        return behind_shell(stage.args, options);
    auto args = stage.args;
    if (options.executable.has_value())
        args.front() = options.executable.str();
    return args;
}

PlanNodePtr with_words(PlanNode const& node, std::vector<Word> const& words)
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
    if (!is_exact(*revealed(node)))
        refuse_argument(
            "\"" + text_of(node)
            + "\" cannot be said in shell text: put capture, C++ and the like "
              "outside of the prefix");
    if (!node.stage && is_judged_by_itself(node))
        refuse_argument(
            "accept() and unchecked() inside of \"" + text_of(node)
            + "\" would be lost in shell text: put them behind the prefix");
}

void add_secrets(PlanNode const& node, Secrets& secrets)
{
    if (node.stage)
        secrets.add(node.stage->secrets());
    for (auto const& redirection : node.redirections)
        if (auto const* const text = std::get_if<Text>(&redirection.target))
            text->secret_text.add_to(secrets);
    for (auto const& part : node.parts)
        add_secrets(*part, secrets);
}

/// The text of the node as one word: what is secret in its commands is secret in
/// the word. Quotes make another text of a secret, so the real word is the text
/// of a tree that has the real words.
Word word_of(PlanNode const& node)
{
    Secrets secrets;
    add_secrets(node, secrets);
    if (secrets.empty())
        return text_of(node);
    return {text_without_remarks(node),
            {text_of(*revealed(node)), std::move(secrets)}};
}

PlanNodePtr as_one_command(PlanNode const& node, std::vector<Word> args)
{
    refuse_unsaid(node);
    args.push_back(word_of(node));
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

Prefix::Prefix(std::vector<Word> words, Quoting quoting)
    : words_(std::move(words)), quoting_(quoting)
{
    if (words_.empty())
        throw std::invalid_argument("a prefix begins with a program");
    for (auto const& word : words_)
        refuse_nul(word.str(), "a word of a prefix");
}

PlanNodePtr Prefix::apply(PlanNodePtr const& node) const
{
    if (quoting_ == Quoting::words)
        return with_words(*node, words_);
    return as_one_command(*handed_down(node), words_);
}

} // namespace runnel::inline v0
