// A plan as text that bash runs to the same effect.
//
// What is not plain in it comes from two facts. Redirections are made from
// left to right, and one of a whole is made before those inside. And a stream
// of this process that has been redirected on the way must be saved first:
// `{ a 2>&1 >&9 | b; } 9>&1`.
#include "plan_text.hpp"

#include "quote.hpp"
#include "redirections.hpp"
#include "shell_command.hpp"

#include <runnel/expression.hpp>
#include <runnel/words.hpp>

#include <algorithm>
#include <set>

namespace runnel::inline v0 {

namespace {

using Kind = PlanNode::Kind;
using Numbers = std::set<int>;

bool is_list(PlanNode const& node)
{
    return node.kind == Kind::all_of || node.kind == Kind::any_of
        || node.kind == Kind::sequence;
}

void collect_numbers(PlanNode const& node, Numbers& used)
{
    for (auto const& redirection : node.redirections) {
        used.insert(redirection.fd);
        if (auto const* same = std::get_if<SameAs>(&redirection.target))
            used.insert(same->fd);
        if (auto const* stdio = stdio_of(redirection))
            used.insert(stdio->fd());
    }
    if (node.stage)
        used.insert(node.stage->options.pass_fds.begin(),
                    node.stage->options.pass_fds.end());
    for (auto const& part : node.parts)
        collect_numbers(*part, used);
}

/// True if redirections behind it make its text one command to what stands
/// around it. Pipes to us are only told in a comment.
bool is_enclosed(PlanNode const& node)
{
    return !std::ranges::all_of(node.redirections, is_pipe_to_us);
}

/// A NUL byte and what printf(1) would interpret, escaped for its format.
std::string printf_format(std::string_view bytes)
{
    std::string format;
    for (char const c : bytes)
        if (c == '\0')
            format += "\\000";
        else if (c == '\\' || c == '%')
            format += std::string(2, c);
        else
            format += c;
    return format;
}

std::string source_of(std::string const& bytes)
{
    bool const has_nul = bytes.find('\0') != bytes.npos;
    return "<(printf "
         + (has_nul ? "-- " + shell_quote_always(printf_format(bytes))
                    : "%s " + shell_quote(bytes))
         + ')';
}

class Printer {
public:
    explicit Printer(PlanNode const& root) : root_(root)
    {
        collect_numbers(root, used_);
    }

    std::string print()
    {
        auto text = whole(root_, {}, false);
        if (saved_.empty())
            return text;
        text = "{ " + text + "; }";
        for (auto const& [original, number] : saved_)
            text += ' ' + dup(number, original);
        return text;
    }

    std::string comment() const
    {
        return comments_.empty() ? "" : " #" + comments_;
    }

private:
    // --- words --------------------------------------------------------------

    static std::string arrow(Redirection const& redirection)
    {
        bool const usual = redirection.fd == (redirection.reads ? 0 : 1);
        return (usual ? "" : std::to_string(redirection.fd))
             + (redirection.reads ? '<' : '>');
    }

    static std::string dup(int to, int from)
    {
        return (to == 1 ? "" : std::to_string(to)) + ">&"
             + std::to_string(from);
    }

    static std::string dup(Redirection const& redirection, int from)
    {
        return arrow(redirection) + '&' + std::to_string(from);
    }

    /// A number for a descriptor that bash must keep for us.
    int free_number()
    {
        int number = 9;
        while (number > 2 && used_.contains(number))
            --number;
        if (number == 2)
            for (number = 20; used_.contains(number);)
                ++number;
        used_.insert(number);
        return number;
    }

    /// The number under which descriptor `fd` of this process is known where
    /// those in `changed` are others.
    int original(int fd, Numbers const& changed)
    {
        if (!changed.contains(fd))
            return fd;
        for (auto const& [known, number] : saved_)
            if (known == fd)
                return number;
        saved_.emplace_back(fd, free_number());
        return saved_.back().second;
    }

    // --- redirections -------------------------------------------------------

    std::string text_of(Redirection const& redirection, Stdio const& stdio,
                        Numbers const& changed)
    {
        switch (stdio.kind()) {
        case Stdio::devnull: return arrow(redirection) + " /dev/null";
        case Stdio::descriptor:
            return dup(redirection, original(stdio.fd(), changed));
        case Stdio::inherit:
            return dup(redirection, original(redirection.fd, changed));
        case Stdio::out: return dup(redirection, 1);
        case Stdio::file:
            return arrow(redirection)
                 + (stdio.mode() == Stdio::Mode::append ? "> " : " ")
                 + shell_quote(stdio.path());
        case Stdio::pipe: break;
        }
        return note(redirection, "Stdio::pipe");
    }

    std::string text_of(Redirection const& redirection, Capture, Numbers const&)
    {
        return note(redirection, "capture");
    }

    std::string text_of(Redirection const& redirection, ToString,
                        Numbers const&)
    {
        return note(redirection, "to(string)");
    }

    static std::string text_of(Redirection const& redirection, Text const& text,
                               Numbers const&)
    {
        return arrow(redirection) + ' ' + source_of(*text.bytes);
    }

    static std::string text_of(Redirection const& redirection, SameAs same,
                               Numbers const&)
    {
        return dup(redirection, same.fd);
    }

    /// What bash cannot do is said in a comment.
    std::string note(Redirection const& redirection, std::string_view what)
    {
        comments_ += comments_.empty() ? " " : ", ";
        if (!note_about_.empty())
            comments_ += note_about_ + ' ';
        comments_ += arrow(redirection) + ' ' + std::string(what);
        return {};
    }

    /// Adds the redirections of `node`; `changed` follows what they do.
    std::string redirections(PlanNode const& node, Numbers& changed)
    {
        std::string text;
        for (auto const& redirection : node.redirections)
            if (auto const part = say(redirection, changed); !part.empty())
                text += ' ' + part;
        return text;
    }

    std::string say(Redirection const& redirection, Numbers& changed)
    {
        auto text = std::visit(
            [&](auto const& target) {
                return text_of(redirection, target, changed);
            },
            redirection.target);
        if (!text.empty())
            changed.insert(redirection.fd);
        return text;
    }

    // --- commands and what holds them together -------------------------------

    /// With the redirections of the node itself, behind those in `first`.
    std::string whole(PlanNode const& node, Numbers changed, bool in_list,
                      std::string const& first = {})
    {
        if (first.empty() && can_hand_on(node))
            return handed_on(node, changed, in_list);
        auto const outside = first + around(node, changed);
        if (node.kind == Kind::command)
            return judged(*node.stage, shell_command(*node.stage) + outside,
                          in_list);
        auto inner = inside(node, changed, in_list);
        return outside.empty() ? inner : braced(inner) + outside;
    }

    // `{ a | b; } < f > g` is better said as `a < f | b > g`.
    static bool can_hand_on(PlanNode const& node)
    {
        return node.kind == Kind::pipeline
            && std::ranges::all_of(node.redirections, concerns_one_end)
            && std::ranges::find(node.piped, 2) == node.piped.end();
    }

    /// The first stage knows nothing of stdout of the whole, nor the last one
    /// of its stdin.
    static bool concerns_one_end(Redirection const& redirection)
    {
        auto const* same = std::get_if<SameAs>(&redirection.target);
        auto const* stdio = stdio_of(redirection);
        int const other = 1 - redirection.fd;
        bool const crosses = (same != nullptr && same->fd == other)
                          || (stdio != nullptr && stdio->fd() == other);
        return redirection.fd <= 1 && !crosses;
    }

    std::string handed_on(PlanNode const& node, Numbers changed, bool in_list)
    {
        note_about_.clear();
        std::string ends[2];
        for (auto const& redirection : node.redirections) {
            auto const part = say(redirection, changed);
            if (!part.empty())
                ends[redirection.fd] += ' ' + part;
        }
        return plain_pipeline(node, changed, in_list, ends[0], ends[1]);
    }

    std::string around(PlanNode const& node, Numbers& changed)
    {
        note_about_ = node.stage && &node != &root_
                        ? shell_quote(node.stage->args.front())
                        : "";
        // A comment ends with its line.
        std::ranges::replace(note_about_, '\n', ' ');
        return redirections(node, changed);
    }

    static std::string braced(std::string const& text)
    {
        return "{ " + text + "; }";
    }

    std::string inside(PlanNode const& node, Numbers const& changed,
                       bool in_list)
    {
        switch (node.kind) {
        case Kind::command:
        case Kind::in_process:
        case Kind::tee: break;
        case Kind::pipeline: return pipeline(node, changed, in_list);
        case Kind::all_of: return list(node, " && ", changed);
        case Kind::any_of: return list(node, " || ", changed);
        case Kind::sequence: return list(node, "; ", changed);
        case Kind::negation: return negation(*node.parts.front(), changed);
        }
        return {};
    }

    /// Which codes are accepted matters to bash where it goes on by them.
    static std::string judged(PlannedStage const& stage, std::string text,
                              bool in_list)
    {
        if (!in_list)
            return text;
        if (!stage.checked)
            return braced(text + " || :");
        if (!stage.accept || *stage.accept == std::vector{0})
            return text;
        bool zero = false;
        std::string others;
        for (int const code : *stage.accept)
            if (code == 0)
                zero = true;
            else
                others += (others.empty() ? "$? == " : " || $? == ")
                        + std::to_string(code);
        auto const otherwise = zero ? "$?" : "$? ? $? : 1";
        if (!others.empty())
            others += " ? 0 : ";
        return braced(text + (zero ? " || " : "; ") + "(exit $((" + others
                      + otherwise + ")))");
    }

    std::string list(PlanNode const& node, std::string_view between,
                     Numbers const& changed)
    {
        std::string text;
        for (auto const& part : node.parts) {
            bool const first = part == node.parts.front() && text.empty();
            auto const piece = whole(*part, changed, true);
            if (!first)
                text += between;
            text += needs_braces(node, *part, first) ? braced(piece) : piece;
        }
        return text;
    }

    // && and || bind alike and to the left; ; binds less.
    static bool needs_braces(PlanNode const& list, PlanNode const& part,
                             bool first)
    {
        if (!is_list(part) || is_enclosed(part))
            return false;
        bool const weaker =
            part.kind == Kind::sequence && list.kind != Kind::sequence;
        bool const stronger =
            list.kind == Kind::sequence && part.kind != Kind::sequence;
        return weaker || (!first && !stronger);
    }

    std::string negation(PlanNode const& part, Numbers const& changed)
    {
        // bash drops "! !", which keeps a code that should become 1.
        bool const braces = (is_list(part) || part.kind == Kind::negation)
                         && !is_enclosed(part);
        auto const text = whole(part, changed, true);
        return "! " + (braces ? braced(text) : text);
    }

    // --- pipelines ----------------------------------------------------------

    std::string pipeline(PlanNode const& node, Numbers const& changed,
                         bool in_list)
    {
        if (std::ranges::find(node.piped, 2) == node.piped.end())
            return plain_pipeline(node, changed, in_list, {}, {});
        bool const saves = needs_stdout(node);
        auto const saved = saves ? std::to_string(free_number()) : "";
        auto const closed = saves ? ' ' + saved + ">&-" : "";
        auto const back = saves ? " >&" + saved + closed : "";
        std::string text;
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            auto const& part = *node.parts[i];
            bool const last = i + 1 == node.parts.size();
            auto const inner = changed_at(i, last, changed);
            text += i > 0 ? " | " : "";
            text += last || node.piped[i] == 1
                      ? element(part, inner, in_list, closed)
                      : stderr_element(part, inner,
                                       has_own_stdout(part) ? closed : back,
                                       in_list);
        }
        return saves ? braced(text) + ' ' + saved + ">&1" : text;
    }

    /// True if one whose stderr goes on writes its stdout where the pipeline's
    /// goes.
    static bool needs_stdout(PlanNode const& node)
    {
        for (std::size_t i = 0; i < node.piped.size(); ++i)
            if (node.piped[i] == 2 && !has_own_stdout(*node.parts[i]))
                return true;
        return false;
    }

    static bool has_own_stdout(PlanNode const& part)
    {
        if (part.redirections.empty() || part.redirections.front().fd != 1)
            return false;
        auto const* stdio =
            std::get_if<Stdio>(&part.redirections.front().target);
        return stdio != nullptr && stdio->kind() != Stdio::pipe;
    }

    std::string plain_pipeline(PlanNode const& node, Numbers const& changed,
                               bool in_list, std::string const& at_first,
                               std::string const& at_last)
    {
        std::string text;
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            bool const last = i + 1 == node.parts.size();
            text += i > 0 ? " | " : "";
            text +=
                element(*node.parts[i], changed_at(i, last, changed), in_list,
                        (i == 0 ? at_first : "") + (last ? at_last : ""));
        }
        return text;
    }

    static Numbers changed_at(std::size_t part, bool last,
                              Numbers const& outside)
    {
        auto changed = outside;
        if (part > 0)
            changed.insert(0);
        if (!last)
            changed.insert(1);
        return changed;
    }

    std::string element(PlanNode const& part, Numbers const& changed,
                        bool in_list, std::string const& first)
    {
        auto const text = whole(part, changed, in_list, first);
        bool const braces =
            part.kind != Kind::command && first.empty() && !is_enclosed(part);
        return braces ? braced(text) : text;
    }

    // The pipe is stdout at first; then stderr takes it over, and stdout gets
    // back what it was.
    std::string stderr_element(PlanNode const& part, Numbers changed,
                               std::string const& back, bool in_list)
    {
        changed.insert({1, 2});
        auto const outside = around(part, changed);
        auto const inner = part.kind == Kind::command
                             ? shell_command(*part.stage)
                             : braced(inside(part, changed, in_list));
        auto const text = inner + " 2>&1" + back + outside;
        return part.stage ? judged(*part.stage, text, in_list) : text;
    }

    PlanNode const& root_;
    Numbers used_{0, 1, 2};
    std::vector<std::pair<int, int>> saved_;
    std::string comments_;
    std::string note_about_;
};

std::string brief(PlanNode const& node);

std::string joined(PlanNode const& node, std::string_view between)
{
    std::string text;
    for (auto const& part : node.parts) {
        if (!text.empty())
            text += between;
        text += is_list(*part) ? "{ " + brief(*part) + "; }" : brief(*part);
    }
    return text;
}

std::string brief(PlanNode const& node)
{
    switch (node.kind) {
    case Kind::command: return node.stage->command();
    case Kind::in_process: return node.code->label();
    case Kind::tee: return "tee";
    case Kind::pipeline: return joined(node, " | ");
    case Kind::all_of: return joined(node, " && ");
    case Kind::any_of: return joined(node, " || ");
    case Kind::sequence: return joined(node, "; ");
    case Kind::negation: return "! " + joined(node, "");
    }
    return {};
}

} // namespace

std::string text_of(PlanNode const& node)
{
    Printer printer(node);
    auto const text = printer.print();
    return text + printer.comment();
}

bool is_exact(PlanNode const& node)
{
    Printer printer(node);
    static_cast<void>(printer.print());
    return printer.comment().empty();
}

std::string command_of(PlanNode const& node)
{
    return brief(node);
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
