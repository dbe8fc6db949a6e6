// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A plan as text that bash runs to the same effect.
//
// Four facts make the text less than plain. Redirections are made from left to
// right, and one of a whole is made before those inside. A stream of this
// process that is redirected on the way must be saved first:
// `{ a 2>&1 >&9 | b; } 9>&1`. bash starts `<(b)` before it makes the
// redirections of the command, so that `{ a <(b); } > f` is not `a <(b) > f`.
// And of a pipeline bash asks the last stage alone: in a list, the exit codes of
// the others are looked at behind it. So they are of commands in the background.
#include "plan/plan_text.hpp"

#include "plan/plan_shape.hpp"
#include "plan/redirection_text.hpp"
#include "plan/redirections.hpp"
#include "plan/shell_command.hpp"
#include "text/quote.hpp"
#include "text/shell_words.hpp"

#include <runnel/expression.hpp>
#include <runnel/words.hpp>

#include <algorithm>

namespace runnel::inline v0 {

namespace {

using NodeKind = PlanNode::Kind;
using Streams = ShellStreams;

/// True if the part writes to a pipe whose reader may stop early.
bool feeds_reader(PlanNode const& node, Streams streams)
{
    for (auto const& redirection : node.redirections)
        streams.redirect(redirection);
    return !streams.piped.empty()
        || std::ranges::any_of(node.substitutions,
                               [](auto const& word) { return !word.reads; });
}

/// Redirections after the parts of a pipeline whose stdout has been saved.
struct Saved {
    Saved() = default;
    explicit Saved(std::string const& number)
        : closed(' ' + number + ">&-"), back(" >&" + number + closed)
    {
    }

    std::string const& for_part(PlanNode const& part) const
    {
        return has_own_stdout(part) ? closed : back;
    }

    std::string closed; ///< the part does not use it
    std::string back; ///< the part writes there
};

bool is_pipeline(PlanNode const& node)
{
    return node.kind == NodeKind::pipeline;
}

/// The streams of a part of a pipeline.
Streams streams_at(PlanNode const& pipeline, std::size_t part,
                   Streams const& outside)
{
    auto streams = outside;
    if (part > 0)
        streams.redirect(0, false);
    if (part < pipeline.piped.size())
        streams.redirect(1, pipeline.piped[part] == 1);
    return streams;
}

// For `<(...)`, bash takes descriptors from 63 downwards that are not open.
// Those that the command redirects must be open by then.
std::string kept_from_words(PlanNode const& node)
{
    constexpr int highest = 63;
    auto const words = node.parts.size() + node.copies.size();
    auto const taken = static_cast<int>(words + node.redirections.size());
    std::string text;
    for (auto const& redirection : node.redirections)
        if (words > 0 && redirection.fd <= highest
            && redirection.fd > highest - taken)
            text += ' ' + std::to_string(redirection.fd) + "< /dev/null";
    return text;
}

/// What the exit codes of the parts count for.
std::vector<ShellCase> cases(PlanNode const& node, Streams const& streams)
{
    std::vector<ShellCase> cases;
    for (std::size_t i = 0; i < node.parts.size(); ++i) {
        auto const& part = *node.parts[i];
        auto const inner = streams_at(node, i, streams);
        cases.push_back(
            {part.stage.get(), part.stage || !is_simple(part),
             part.stage
                 && (i < node.piped.size() || feeds_reader(part, inner))});
    }
    return cases;
}

bool has_verdict(PlanNode const& node, Streams const& streams, bool asked)
{
    return asked && is_pipeline(node) && needs_verdict(cases(node, streams));
}

std::string with_verdict(PlanNode const& node, Streams const& streams,
                         bool asked, std::string const& text)
{
    return has_verdict(node, streams, asked)
             ? shell_judged(cases(node, streams), text)
             : text;
}

class Printer {
public:
    explicit Printer(PlanNode const& root) : root_(root), redirections_(root) {}

    std::string print()
    {
        auto const text =
            whole(root_, {}, !is_simple(root_) && !is_pipeline(root_));
        auto const saving = redirections_.saving();
        return saving.empty() ? text : shell_group(text) + saving;
    }

    std::string comment() const { return redirections_.comment(); }

private:
    // --- commands and what holds them together -------------------------------

    /// The node with its own redirections, which come after those in `first`.
    /// `asked`: its exit code must be the one that runnel gives it.
    std::string whole(PlanNode const& node, Streams streams, bool asked,
                      std::string const& first = {})
    {
        if (first.empty() && can_hand_on(node))
            return handed_on(node, streams, asked);
        if (is_simple(node))
            return one_command(node, streams, asked, first);
        auto const outside = first + around(node, streams);
        auto inner = inside(node, streams, asked);
        bool const group =
            !outside.empty()
            || (has_verdict(node, streams, asked) && !saves_stdout(node));
        return group ? shell_group(inner) + outside : inner;
    }

    std::string one_command(PlanNode const& node, Streams streams, bool asked,
                            std::string const& first)
    {
        bool const forgives = feeds_reader(node, streams);
        auto const words = command(node, streams);
        auto const own = around(node, streams);
        auto const kept = kept_from_words(node);
        auto const text =
            (has_live_words(node) && !first.empty()) || !kept.empty()
                ? shell_group(words + own) + first + kept
                : words + first + own;
        return asked && node.stage
                 ? shell_judged({node.stage.get(), true, forgives}, text)
                 : text;
    }

    // Writes `{ a | b; } < f > g` as `a < f | b > g`.
    static bool can_hand_on(PlanNode const& node)
    {
        return is_pipeline(node)
            && std::ranges::all_of(node.redirections, concerns_one_end)
            && is_straight(node);
    }

    /// True if the redirection concerns stdin alone, or stdout alone: the first
    /// stage does not have the stdout of the whole, nor the last one its stdin.
    static bool concerns_one_end(Redirection const& redirection)
    {
        auto const* same = std::get_if<SameAs>(&redirection.target);
        auto const* stdio = stdio_of(redirection);
        int const other = 1 - redirection.fd;
        bool const crosses = (same != nullptr && same->fd == other)
                          || (stdio != nullptr && stdio->fd() == other);
        return redirection.fd <= 1 && !crosses;
    }

    std::string handed_on(PlanNode const& node, Streams streams, bool asked)
    {
        std::string ends[2];
        for (auto const& redirection : node.redirections) {
            auto const part = redirections_.one(redirection, streams, {});
            if (!part.empty())
                ends[redirection.fd] += ' ' + part;
        }
        auto const text =
            plain_pipeline(node, streams, asked, ends[0], ends[1]);
        return has_verdict(node, streams, asked) ? shell_group(text) : text;
    }

    std::string around(PlanNode const& node, Streams& streams)
    {
        return redirections_.all_of(node, streams, about(node));
    }

    /// The beginning of a remark about `node`.
    std::string about(PlanNode const& node) const
    {
        if (!node.stage || &node == &root_)
            return {};
        auto name = quote(node.stage->args.front().str()) + ' ';
        // A newline would end the comment.
        std::ranges::replace(name, '\n', ' ');
        return name;
    }

    std::string inside(PlanNode const& node, Streams const& streams, bool asked)
    {
        switch (node.kind) {
        case NodeKind::command:
        case NodeKind::in_process:
        case NodeKind::tee: break;
        case NodeKind::pipeline: return pipeline(node, streams, asked);
        case NodeKind::all_of: return list(node, " && ", streams, asked);
        case NodeKind::any_of: return list(node, " || ", streams, asked);
        case NodeKind::sequence: return list(node, "; ", streams, asked);
        case NodeKind::negation:
            return negation(*node.parts.front(), streams, asked);
        case NodeKind::together: return together(node, streams, asked);
        }
        return {};
    }

    std::string list(PlanNode const& node, std::string_view between,
                     Streams const& streams, bool asked)
    {
        std::string text;
        for (auto const& part : node.parts) {
            bool const first = part == node.parts.front() && text.empty();
            bool const decides = part == node.parts.back()
                                   ? asked
                                   : node.kind != NodeKind::sequence;
            auto const piece = whole(*part, streams, decides);
            if (!first)
                text += between;
            text +=
                needs_braces(node, *part, first) ? shell_group(piece) : piece;
        }
        return text;
    }

    // && and || have one precedence and group to the left; ; has a lower one.
    static bool needs_braces(PlanNode const& list, PlanNode const& part,
                             bool first)
    {
        if (is_enclosed(part))
            return false;
        if (part.kind == NodeKind::together)
            return true;
        if (!is_list(part))
            return false;
        bool const weaker =
            part.kind == NodeKind::sequence && list.kind != NodeKind::sequence;
        bool const stronger =
            list.kind == NodeKind::sequence && part.kind != NodeKind::sequence;
        return weaker || (!first && !stronger);
    }

    std::string negation(PlanNode const& part, Streams const& streams,
                         bool asked)
    {
        // bash drops "! !": a failure would keep its exit code, but must give
        // 1.
        bool const braces = (is_list(part) || part.kind == NodeKind::negation
                             || part.kind == NodeKind::together)
                         && !is_enclosed(part);
        auto const text = whole(part, streams, asked);
        return "! " + (braces ? shell_group(text) : text);
    }

    // Without `<&0`, bash takes stdin away from what runs in the background.
    std::string together(PlanNode const& node, Streams const& streams,
                         bool asked)
    {
        std::string text;
        for (auto const& part : node.parts) {
            auto const piece =
                whole(*part, streams, asked, part->open.in ? " <&0" : "");
            bool const braces = is_list(*part) && !part->open.in;
            text += (braces ? shell_group(piece) : piece) + " & ";
            if (asked)
                text += "p+=\" $!\"; ";
        }
        if (node.is_labelled)
            redirections_.remark("each line has its command in front");
        if (node.until != RunUntil::all_end)
            redirections_.remark(node.until == RunUntil::one_ends
                                     ? "until one ends"
                                     : "until one fails");
        return asked ? "p=; " + text
                           + "r=0; for p in $p; do wait \"$p\" || r=$?; done; "
                             "(exit \"$r\")"
                     : text + "wait";
    }

    // --- commands and what stands in their place ------------------------------

    /// The text of a command, tee or in-process stage, without redirections.
    std::string command(PlanNode const& node, Streams const& streams)
    {
        switch (node.kind) {
        case NodeKind::in_process: return code(*node.code);
        case NodeKind::tee: return tee(node, streams, streams, {});
        default: break;
        }
        std::vector<TextWord> words;
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            auto const& [word, fd, reads] = node.substitutions[i];
            auto inner = streams;
            inner.redirect(reads ? 1 : 0, reads);
            words.push_back({word, (reads ? "<(" : ">(")
                                       + whole(*node.parts[i], inner, false)
                                       + ')'});
        }
        for (auto const& setting : unsaid_settings(*node.stage))
            redirections_.remark(about(node) + setting);
        return shell_command(*node.stage, words);
    }

    std::string code(detail::InProcess const& code)
    {
        if (!code.shell_text().empty())
            return code.shell_text();
        std::string place = code.reads() ? "cat" : ":";
        redirections_.remark(place + " stands for " + code.label());
        return place;
    }

    /// `outside`: the redirected descriptors, as the branches see them.
    std::string tee(PlanNode const& node, Streams streams, Streams outside,
                    Saved const& saved)
    {
        streams.redirect(0, false);
        outside.redirect(0, false);
        auto own = streams;
        for (auto const& redirection : node.redirections)
            own.redirect(redirection.fd, false);
        bool const appends = only_appends(node.copies);
        std::string words;
        for (auto const& target : node.copies)
            words += copy(target, appends, streams, own);
        for (auto const& branch : node.parts) {
            auto const& inner = has_own_stdout(*branch) ? streams : outside;
            words += ' '
                   + tee_branch(
                         whole(*branch, inner, false, saved.for_part(*branch)));
        }
        return words.empty() ? "cat" : (appends ? "tee -a" : "tee") + words;
    }

    /// `own`: the streams of tee(1) itself.
    std::string copy(Target const& target, bool appends, Streams const& streams,
                     Streams const& own)
    {
        auto const* stdio = std::get_if<Stdio>(&target);
        if (stdio == nullptr) {
            redirections_.remark(std::holds_alternative<Capture>(target)
                                     ? "tee(capture)"
                                     : "tee(to(string))");
            return {};
        }
        if (stdio->kind() == Stdio::descriptor)
            return ' '
                 + tee_branch(
                       "cat "
                       + dup(1, redirections_.original(stdio->fd(), streams)));
        if (stdio->kind() == Stdio::devnull)
            return " /dev/null";
        bool const is_odd = stdio->mode() == Stdio::Mode::append && !appends;
        return is_odd
                 ? " >(cat >> "
                       + tee_file(redirections_.file(stdio->path(), streams))
                       + ')'
                 : ' ' + tee_file(redirections_.file(stdio->path(), own));
    }

    // --- pipelines ----------------------------------------------------------

    std::string pipeline(PlanNode const& node, Streams const& streams,
                         bool asked)
    {
        if (is_straight(node))
            return plain_pipeline(node, streams, asked, {}, {});
        bool const saves = saves_stdout(node);
        auto const number =
            saves ? std::to_string(redirections_.free_number()) : "";
        Saved const saved = saves ? Saved(number) : Saved();
        std::string text;
        for (std::size_t i = 0; i < node.parts.size(); ++i)
            text += (i > 0 ? " | " : "")
                  + unstraight_part(node, i, streams, asked, saved);
        text = with_verdict(node, streams, asked, text);
        return saves ? shell_group(text) + ' ' + number + ">&1" : text;
    }

    std::string unstraight_part(PlanNode const& node, std::size_t i,
                                Streams const& outside, bool asked,
                                Saved const& saved)
    {
        auto const& part = *node.parts[i];
        auto const streams = streams_at(node, i, outside);
        if (has_branches_aside(node, i))
            return tee_element(part, streams, outside, node.piped[i], saved);
        if (i == node.piped.size() || node.piped[i] == 1)
            return element(part, streams, asked, saved.closed);
        return stderr_element(part, streams, outside, saved.for_part(part),
                              asked);
    }

    std::string plain_pipeline(PlanNode const& node, Streams const& streams,
                               bool asked, std::string const& at_first,
                               std::string const& at_last)
    {
        std::string text;
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            bool const last = i + 1 == node.parts.size();
            text += i > 0 ? " | " : "";
            text += element(*node.parts[i], streams_at(node, i, streams), asked,
                            (i == 0 ? at_first : "") + (last ? at_last : ""));
        }
        return with_verdict(node, streams, asked, text);
    }

    /// A part of a pipeline. If that is asked for its exit code, it looks at those
    /// of its commands itself.
    std::string element(PlanNode const& part, Streams const& streams,
                        bool asked, std::string const& first)
    {
        if (is_simple(part))
            return one_command(part, streams, false, first);
        auto const text = whole(part, streams, asked, first);
        bool const braces = first.empty() && !is_enclosed(part)
                         && !has_verdict(part, streams, asked);
        return braces ? shell_group(text) : text;
    }

    // At first, stdout is the pipe. Then stderr becomes the pipe, and stdout
    // what it was before.
    std::string stderr_element(PlanNode const& part, Streams streams,
                               Streams const& outside, std::string const& back,
                               bool asked)
    {
        streams.redirect(1, outside.piped.contains(1));
        streams.redirect(2, true);
        auto const moved = " 2>&1" + back;
        if (is_simple(part))
            return one_command(part, streams, false, moved);
        auto const own = around(part, streams);
        return shell_group(inside(part, streams, asked)) + moved + own;
    }

    // The branches of the tee write to the stdout of the pipeline. If the
    // stderr of the tee goes on, the next part reads nothing, since tee(1)
    // writes nothing there.
    std::string tee_element(PlanNode const& part, Streams streams,
                            Streams const& outside, int goes_on,
                            Saved const& saved)
    {
        auto const words = tee(part, streams, outside, saved);
        return words + (goes_on == 1 ? saved.closed : saved.back)
             + around(part, streams);
    }

    PlanNode const& root_;
    RedirectionText redirections_;
};

} // namespace

std::string text_of(PlanNode const& node)
{
    Printer printer(node);
    auto const text = printer.print();
    return text + printer.comment();
}

std::string text_without_remarks(PlanNode const& node)
{
    return Printer(node).print();
}

bool is_exact(PlanNode const& node)
{
    Printer printer(node);
    static_cast<void>(printer.print());
    return printer.comment().empty();
}

std::string to_string(Plan const& plan)
{
    return text_of(*plan.root);
}

std::string to_string(Expression const& expression)
{
    return to_string(make_plan(expression));
}

} // namespace runnel::inline v0
