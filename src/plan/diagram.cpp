// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Draws a plan. One walk collects shapes and arrows; two writers print them for
// graphviz and Mermaid, a third one in src/seen as SVG.
#include "plan/diagram.hpp"

#include "child/check_stdio.hpp"
#include "plan/plan_text.hpp"
#include "sys/file.hpp"

#include <runnel/words.hpp>

#include <string_view>
#include <utility>

namespace runnel::inline v0 {

namespace {

using NodeKind = PlanNode::Kind;

using Form = Diagram::Form;

std::string label_of(Stdio const& stdio, int fd)
{
    switch (stdio.kind()) {
    case Stdio::devnull: return std::string(sys::null_device);
    case Stdio::file: return stdio.path();
    case Stdio::descriptor: return "descriptor " + std::to_string(stdio.fd());
    case Stdio::pipe: return "Job, " + stream_name(fd);
    case Stdio::inherit: return stream_name(fd);
    case Stdio::out: break;
    }
    return "stdout";
}

std::string label_of(Redirection const& redirection)
{
    struct {
        int fd;
        std::string operator()(Stdio const& stdio) const
        {
            return label_of(stdio, fd);
        }
        std::string operator()(Capture) const { return "capture"; }
        std::string operator()(ToString) const { return "string"; }
        std::string operator()(Text const&) const { return "text"; }
        std::string operator()(SameAs same) const
        {
            return stream_name(same.fd) + " of the same";
        }
    } const label{redirection.fd};
    return std::visit(label, redirection.target);
}

/// The shapes of a part that its neighbours connect to.
struct Shapes {
    std::vector<std::size_t> begins; ///< read its stdin
    std::vector<std::size_t> ends; ///< write its stdout; mainly the last
    std::vector<std::size_t> talkers{}; ///< write its stderr
    std::vector<std::size_t> asides{}; ///< write past the rest of a pipeline
};

class Walk {
public:
    explicit Walk(Plan const& plan) { add(*plan.root); }

    Diagram take() { return std::move(diagram_); }

private:
    Shapes add(PlanNode const& node)
    {
        auto part = add_kind(node);
        for (auto const& redirection : node.redirections)
            add_redirection(redirection, part);
        // Redirections of the node do not apply to these.
        if (node.kind == NodeKind::command)
            add_substitutions(node, part);
        if (node.kind == NodeKind::tee)
            add_branches(node, part);
        return part;
    }

    /// The same for a part that is not in a pipeline: its asides are ordinary
    /// ends.
    Shapes add_alone(PlanNode const& node)
    {
        auto part = add(node);
        prepend(part.ends, std::exchange(part.asides, {}));
        return part;
    }

    Shapes add_kind(PlanNode const& node)
    {
        switch (node.kind) {
        case NodeKind::command: return add_command(node);
        case NodeKind::in_process:
            return add_one(node.code->label(), Form::code);
        case NodeKind::tee: return add_tee(node);
        case NodeKind::pipeline: return add_pipeline(node);
        case NodeKind::together: return add_together(node);
        default: return add_list(node);
        }
    }

    std::size_t add_shape(std::string label, Form form)
    {
        diagram_.shapes.push_back({std::move(label), form});
        return diagram_.shapes.size() - 1;
    }

    Shapes add_one(std::string label, Form form)
    {
        auto const shape = add_shape(std::move(label), form);
        return {{shape}, {shape}};
    }

    Shapes add_command(PlanNode const& node)
    {
        auto stage = *node.stage;
        stage.words = words_with(
            node, [](std::size_t part) { return std::to_string(part + 1); });
        auto part = add_one(stage.command(), Form::command);
        diagram_.shapes.back().stage = node.stage.get();
        part.talkers = part.ends;
        return part;
    }

    void add_substitutions(PlanNode const& node, Shapes& part)
    {
        auto const command = part.begins.front();
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            auto const inner = add_alone(*node.parts[i]);
            bool const reads = node.substitutions[i].reads;
            auto const label =
                (reads ? "<(" : ">(") + std::to_string(i + 1) + ')';
            if (reads)
                connect(inner.ends, {command}, label);
            else
                connect({command}, inner.begins, label);
            if (!reads && node.parts[i]->open.out)
                prepend(part.ends, inner.ends);
            if (node.parts[i]->open.err)
                append(part.talkers, inner.talkers);
        }
    }

    Shapes add_tee(PlanNode const& node)
    {
        auto part = add_one("tee", Form::tee);
        for (auto const& target : node.copies)
            add_redirection({1, false, target}, part);
        return part;
    }

    void add_branches(PlanNode const& node, Shapes& part)
    {
        auto const tee = part.begins.front();
        for (auto const& branch : node.parts) {
            auto const inner = add_alone(*branch);
            connect({tee}, inner.begins, {});
            if (branch->open.out)
                append(part.asides, inner.ends);
            if (branch->open.err)
                append(part.talkers, inner.talkers);
        }
    }

    static void append(std::vector<std::size_t>& to,
                       std::vector<std::size_t> const& from)
    {
        to.insert(to.end(), from.begin(), from.end());
    }

    static void prepend(std::vector<std::size_t>& to,
                        std::vector<std::size_t> const& from)
    {
        to.insert(to.begin(), from.begin(), from.end());
    }

    void connect(std::vector<std::size_t> const& left,
                 std::vector<std::size_t> const& right,
                 std::string const& label)
    {
        for (auto const from : left)
            for (auto const to : right)
                diagram_.arrows.push_back({from, to, label, false});
    }

    Shapes add_pipeline(PlanNode const& node)
    {
        Shapes whole;
        Shapes last;
        std::vector<std::size_t> first_ends;
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            auto part = add(*node.parts[i]);
            if (i == 0) {
                whole.begins = part.begins;
                first_ends = part.ends;
            } else if (node.piped[i - 1] == 1)
                connect(last.ends, part.begins, {});
            else
                connect(last.talkers, part.begins, "stderr");
            append(whole.talkers, part.talkers);
            append(whole.ends, part.asides);
            last = std::move(part);
        }
        if (node.passes_err)
            append(whole.talkers, std::exchange(last.ends, first_ends));
        append(whole.ends, last.ends);
        return whole;
    }

    Shapes add_together(PlanNode const& node)
    {
        Shapes whole;
        for (auto const& child : node.parts) {
            auto const part = add_alone(*child);
            append(whole.begins, part.begins);
            append(whole.ends, part.ends);
            append(whole.talkers, part.talkers);
        }
        return whole;
    }

    Shapes add_list(PlanNode const& node)
    {
        std::string_view const label = node.kind == NodeKind::all_of   ? "&&"
                                     : node.kind == NodeKind::any_of   ? "||"
                                     : node.kind == NodeKind::negation ? "!"
                                                                       : ";";
        Shapes whole;
        std::vector<std::size_t> before;
        for (auto const& child : node.parts) {
            auto const part = add_alone(*child);
            for (auto const from : before)
                diagram_.arrows.push_back(
                    {from, part.begins.front(), std::string(label), true});
            before = {part.ends.back()};
            append(whole.begins, part.begins);
            append(whole.ends, part.ends);
            append(whole.talkers, part.talkers);
        }
        return whole;
    }

    void add_redirection(Redirection const& redirection, Shapes const& part)
    {
        auto const shape = add_shape(label_of(redirection), Form::file);
        auto const label =
            redirection.fd <= 1 ? std::string() : stream_name(redirection.fd);
        auto const& commands = redirection.fd == 0 ? part.begins
                             : redirection.fd == 1 ? part.ends
                                                   : part.talkers;
        if (redirection.reads)
            connect({shape}, commands, label);
        else
            connect(commands, {shape}, label);
    }

    Diagram diagram_;
};

/// `text` in double quotes, with each character replaced as `escape` says. An
/// empty replacement keeps the character.
template <class Escape>
std::string quoted(std::string_view text, Escape escape)
{
    std::string result = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string const instead = escape(text, i);
        result += instead.empty() ? std::string(1, text[i]) : instead;
    }
    return result + '"';
}

// graphviz replaces HTML entities such as `&lt;` in labels.
std::string for_dot(std::string_view text)
{
    return quoted(text, [](std::string_view in, std::size_t at) {
        switch (in[at]) {
        case '"': return "\\\"";
        case '\\': return "\\\\";
        case '\n': return "\\n";
        case '&': return "&amp;";
        default: return "";
        }
    });
}

/// An entity of Mermaid.
std::string entity(char c)
{
    switch (c) {
    case '<': return "#lt;";
    case '>': return "#gt;";
    case '&': return "#amp;";
    case '"': return "#quot;";
    default: return '#' + std::to_string(static_cast<int>(c)) + ';';
    }
}

/// True if Markdown reads the character as the mark of a list: `- x`, `1. x`.
bool marks_a_list(std::string_view text, std::size_t at)
{
    constexpr std::string_view digits = "0123456789";
    auto const first = text.find_first_not_of(digits);
    char const c = text[at];
    return first == at
        && (at == 0 ? c == '-' || c == '+' : c == '.' || c == ')');
}

// Mermaid reads labels as Markdown with HTML, icons (`fa:fa-car`), formulas
// between `$$`, and directives (`%%{init: ...}%%`). A backtick behind the first
// quote changes the label as a whole.
std::string for_mermaid(std::string_view text)
{
    constexpr std::string_view special = "<>&\"#\\`*_~[]$%:";
    return quoted(text, [&](std::string_view in, std::size_t at) {
        char const c = in[at];
        bool const escapes =
            special.find(c) != special.npos || marks_a_list(in, at);
        return escapes   ? entity(c)
             : c == '\n' ? std::string("<br>")
                         : std::string();
    });
}

std::string_view dot_shape(Form form)
{
    switch (form) {
    case Form::command: return "box";
    case Form::code: return "hexagon";
    case Form::tee: return "diamond";
    case Form::file: break;
    }
    return "note";
}

std::string mermaid_shape(Form form, std::string const& label)
{
    switch (form) {
    case Form::command: return '[' + label + ']';
    case Form::code: return "{{" + label + "}}";
    case Form::tee: return '{' + label + '}';
    case Form::file: break;
    }
    return "([" + label + "])";
}

std::string id(std::size_t shape)
{
    return 'n' + std::to_string(shape);
}

} // namespace

Diagram diagram_of(Plan const& plan)
{
    return Walk(plan).take();
}

std::string to_dot(Plan const& plan)
{
    auto const diagram = diagram_of(plan);
    std::string text = "digraph runnel {\n    rankdir=LR;\n";
    for (std::size_t i = 0; i < diagram.shapes.size(); ++i) {
        auto const& [label, form, stage] = diagram.shapes[i];
        text += "    " + id(i) + " [label=" + for_dot(label) + ", shape=";
        text += dot_shape(form);
        text += "];\n";
    }
    for (auto const& [from, to, label, is_order] : diagram.arrows)
        text += "    " + id(from) + " -> " + id(to) + " [label="
              + for_dot(label) + (is_order ? ", style=dashed" : "") + "];\n";
    return text + "}\n";
}

std::string to_mermaid(Plan const& plan)
{
    auto const diagram = diagram_of(plan);
    std::string text = "flowchart LR\n";
    for (std::size_t i = 0; i < diagram.shapes.size(); ++i) {
        auto const& [label, form, stage] = diagram.shapes[i];
        text += "    " + id(i) + mermaid_shape(form, for_mermaid(label)) + '\n';
    }
    for (auto const& [from, to, label, is_order] : diagram.arrows)
        text += "    " + id(from) + (is_order ? " -.->" : " -->")
              + (label.empty() ? "" : '|' + for_mermaid(label) + '|') + ' '
              + id(to) + '\n';
    return text;
}

} // namespace runnel::inline v0
