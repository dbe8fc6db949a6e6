// A plan as a drawing. One walk finds what is in it; two writers know how
// graphviz and Mermaid spell that.
#include <runnel/plan.hpp>

#include "check_stdio.hpp"

#include <string_view>
#include <utility>

namespace runnel::inline v0 {

namespace {

using Kind = PlanNode::Kind;

struct Shape {
    std::string label;
    bool is_file; ///< or a capture, a text, a descriptor: no command
};

struct Arrow {
    std::size_t from;
    std::size_t to;
    std::string label;
    bool is_order; ///< one waits for the other; nothing flows
};

std::string label_of(Stdio const& stdio, int fd)
{
    switch (stdio.kind()) {
    case Stdio::devnull: return "/dev/null";
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

/// What a part of the plan shows to its neighbours.
struct Part {
    std::vector<std::size_t> begins; ///< what reads its stdin
    std::vector<std::size_t> ends;   ///< what writes its stdout
    std::vector<std::size_t> all;
};

class Diagram {
public:
    explicit Diagram(Plan const& plan) { add(*plan.root); }

    std::vector<Shape> shapes;
    std::vector<Arrow> arrows;

private:
    Part add(PlanNode const& node)
    {
        auto part = node.kind == Kind::command  ? add_command(node)
                  : node.kind == Kind::pipeline ? add_pipeline(node)
                                                : add_list(node);
        for (auto const& redirection : node.redirections)
            add_redirection(redirection, part);
        return part;
    }

    std::size_t add_shape(std::string label, bool is_file)
    {
        shapes.push_back({std::move(label), is_file});
        return shapes.size() - 1;
    }

    Part add_command(PlanNode const& node)
    {
        auto const shape = add_shape(node.stage->command(), false);
        return {{shape}, {shape}, {shape}};
    }

    static void append(std::vector<std::size_t>& to,
                       std::vector<std::size_t> const& from)
    {
        to.insert(to.end(), from.begin(), from.end());
    }

    Part add_pipeline(PlanNode const& node)
    {
        Part whole;
        Part last;
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            auto part = add(*node.parts[i]);
            if (i == 0)
                whole.begins = part.begins;
            else
                connect(last, part, node.piped[i - 1]);
            append(whole.all, part.all);
            last = std::move(part);
        }
        whole.ends = last.ends;
        return whole;
    }

    void connect(Part const& left, Part const& right, int stream)
    {
        for (auto const from : stream == 1 ? left.ends : left.all)
            for (auto const to : right.begins)
                arrows.push_back(
                    {from, to, stream == 1 ? "" : "stderr", false});
    }

    Part add_list(PlanNode const& node)
    {
        std::string_view const label = node.kind == Kind::all_of   ? "&&"
                                     : node.kind == Kind::any_of   ? "||"
                                     : node.kind == Kind::negation ? "!"
                                                                   : ";";
        Part whole;
        std::vector<std::size_t> before;
        for (auto const& child : node.parts) {
            auto const part = add(*child);
            for (auto const from : before)
                arrows.push_back(
                    {from, part.begins.front(), std::string(label), true});
            before = {part.ends.back()};
            append(whole.begins, part.begins);
            append(whole.ends, part.ends);
            append(whole.all, part.all);
        }
        return whole;
    }

    void add_redirection(Redirection const& redirection, Part const& part)
    {
        auto const shape = add_shape(label_of(redirection), true);
        auto const label =
            redirection.fd <= 1 ? std::string() : stream_name(redirection.fd);
        auto const& commands = redirection.fd == 0 ? part.begins
                             : redirection.fd == 1 ? part.ends
                                                   : part.all;
        for (auto const command : commands)
            if (redirection.reads)
                arrows.push_back({shape, command, label, false});
            else
                arrows.push_back({command, shape, label, false});
    }
};

/// `text` in double quotes, with `"` and line ends as `quote` and `line` say.
std::string quoted(std::string_view text, std::string_view quote,
                   std::string_view backslash, std::string_view line)
{
    std::string result = "\"";
    for (char const c : text)
        if (c == '"')
            result += quote;
        else if (c == '\\')
            result += backslash;
        else if (c == '\n')
            result += line;
        else
            result += c;
    return result + '"';
}

std::string for_dot(std::string_view text)
{
    return quoted(text, "\\\"", "\\\\", "\\n");
}

std::string for_mermaid(std::string_view text)
{
    std::string safe;
    for (char const c : text)
        safe += c == '<' ? std::string("#lt;")
              : c == '>' ? std::string("#gt;")
              : c == '#' ? std::string("#35;")
              : c == '&' ? std::string("#amp;")
                         : std::string(1, c);
    return quoted(safe, "#quot;", "#92;", "<br>");
}

std::string id(std::size_t shape)
{
    return 'n' + std::to_string(shape);
}

} // namespace

std::string to_dot(Plan const& plan)
{
    Diagram const diagram(plan);
    std::string text = "digraph runnel {\n    rankdir=LR;\n";
    for (std::size_t i = 0; i < diagram.shapes.size(); ++i) {
        auto const& [label, is_file] = diagram.shapes[i];
        text += "    " + id(i) + " [label=" + for_dot(label)
              + ", shape=" + (is_file ? "note" : "box") + "];\n";
    }
    for (auto const& [from, to, label, is_order] : diagram.arrows)
        text += "    " + id(from) + " -> " + id(to) + " [label="
              + for_dot(label) + (is_order ? ", style=dashed" : "") + "];\n";
    return text + "}\n";
}

std::string to_mermaid(Plan const& plan)
{
    Diagram const diagram(plan);
    std::string text = "flowchart LR\n";
    for (std::size_t i = 0; i < diagram.shapes.size(); ++i) {
        auto const& [label, is_file] = diagram.shapes[i];
        auto const words = for_mermaid(label);
        text += "    " + id(i)
              + (is_file ? "([" + words + "])" : '[' + words + ']') + '\n';
    }
    for (auto const& [from, to, label, is_order] : diagram.arrows)
        text += "    " + id(from) + (is_order ? " -.->" : " -->")
              + (label.empty() ? "" : '|' + for_mermaid(label) + '|') + ' '
              + id(to) + '\n';
    return text;
}

} // namespace runnel::inline v0
