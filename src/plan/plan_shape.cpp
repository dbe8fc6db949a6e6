// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "plan/plan_shape.hpp"

#include "plan/redirections.hpp"
#include "text/shell_words.hpp"

#include <algorithm>

namespace runnel::inline v0 {

using NodeKind = PlanNode::Kind;

namespace {

void collect_numbers(Target const& target, std::set<int>& used)
{
    auto const* stdio = std::get_if<Stdio>(&target);
    if (stdio == nullptr)
        return;
    used.insert(stdio->fd());
    if (stdio->kind() == Stdio::file)
        if (auto const fd = named_descriptor(stdio->path()))
            used.insert(*fd);
}

void collect_numbers(PlanNode const& node, std::set<int>& used)
{
    for (auto const& redirection : node.redirections) {
        used.insert(redirection.fd);
        if (auto const* same = std::get_if<SameAs>(&redirection.target))
            used.insert(same->fd);
        collect_numbers(redirection.target, used);
    }
    for (auto const& target : node.copies)
        collect_numbers(target, used);
    if (node.stage)
        used.insert(node.stage->options.pass_fds.begin(),
                    node.stage->options.pass_fds.end());
    for (auto const& part : node.parts)
        collect_numbers(*part, used);
}

} // namespace

std::set<int> numbers_in(PlanNode const& node)
{
    std::set<int> used{0, 1, 2};
    collect_numbers(node, used);
    return used;
}

bool is_list(PlanNode const& node)
{
    return node.kind == NodeKind::all_of || node.kind == NodeKind::any_of
        || node.kind == NodeKind::sequence;
}

bool runs_in_turn(NodeKind kind)
{
    return kind == NodeKind::all_of || kind == NodeKind::any_of
        || kind == NodeKind::sequence || kind == NodeKind::negation;
}

bool is_simple(PlanNode const& node)
{
    return node.kind == NodeKind::command || node.kind == NodeKind::in_process
        || node.kind == NodeKind::tee;
}

bool has_live_words(PlanNode const& node)
{
    return is_simple(node) && !node.parts.empty();
}

bool is_enclosed(PlanNode const& node)
{
    return !std::ranges::all_of(node.redirections, is_pipe_to_us);
}

bool has_own_stdout(PlanNode const& part)
{
    if (has_live_words(part) || part.redirections.empty()
        || part.redirections.front().fd != 1)
        return false;
    auto const* stdio = stdio_of(part.redirections.front());
    return stdio != nullptr && stdio->kind() != Stdio::pipe;
}

bool has_branches_aside(PlanNode const& pipeline, std::size_t part)
{
    auto const& node = *pipeline.parts[part];
    return node.kind == NodeKind::tee && !node.parts.empty()
        && part < pipeline.piped.size();
}

bool is_straight(PlanNode const& pipeline)
{
    for (std::size_t i = 0; i < pipeline.piped.size(); ++i)
        if (pipeline.piped[i] == 2 || has_branches_aside(pipeline, i))
            return false;
    return true;
}

bool saves_stdout(PlanNode const& node)
{
    return node.kind == NodeKind::pipeline && !is_straight(node)
        && needs_stdout(node);
}

bool needs_stdout(PlanNode const& pipeline)
{
    for (std::size_t i = 0; i < pipeline.piped.size(); ++i) {
        auto const& part = *pipeline.parts[i];
        if (pipeline.piped[i] == 2 && !has_own_stdout(part))
            return true;
        if (has_branches_aside(pipeline, i))
            for (auto const& branch : part.parts)
                if (!has_own_stdout(*branch))
                    return true;
    }
    return false;
}

} // namespace runnel::inline v0
