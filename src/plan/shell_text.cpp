// A plan as text that bash runs to the same effect.
//
// Three facts make the text less than plain. Redirections are made from left to
// right, and one of a whole is made before those inside. A stream of this
// process that is redirected on the way must be saved first:
// `{ a 2>&1 >&9 | b; } 9>&1`. And bash starts `<(b)` before it makes the
// redirections of the command, so that `{ a <(b); } > f` is not `a <(b) > f`.
#include "plan/plan_text.hpp"

#include "plan/plan_shape.hpp"
#include "plan/redirections.hpp"
#include "plan/shell_command.hpp"
#include "text/quote.hpp"
#include "text/shell_words.hpp"

#include <runnel/expression.hpp>
#include <runnel/words.hpp>

#include <algorithm>
#include <set>

namespace runnel::inline v0 {

namespace {

using Kind = PlanNode::Kind;
using Numbers = std::set<int>;

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

class Printer {
public:
    explicit Printer(PlanNode const& root)
        : root_(root), used_(numbers_in(root))
    {
    }

    std::string print()
    {
        auto text = whole(root_, {}, false);
        if (saved_.empty())
            return text;
        text = shell_group(text);
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

    /// An unused number for a descriptor that bash must keep open.
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

    /// The number that leads to descriptor `fd` of this process where the
    /// descriptors in `changed` are redirected.
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
                 + quote(stdio.path());
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
        return arrow(redirection) + ' ' + shell_source(*text.bytes);
    }

    static std::string text_of(Redirection const& redirection, SameAs same,
                               Numbers const&)
    {
        return dup(redirection, same.fd);
    }

    /// Puts what bash cannot do into a comment.
    std::string note(Redirection const& redirection, std::string_view what)
    {
        remark(note_about_ + arrow(redirection) + ' ' + std::string(what));
        return {};
    }

    void remark(std::string const& text)
    {
        comments_ += (comments_.empty() ? " " : ", ") + text;
    }

    /// The redirections of `node` as text. Adds the numbers that they change to
    /// `changed`.
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

    /// The node with its own redirections, which come after those in `first`.
    std::string whole(PlanNode const& node, Numbers changed, bool in_list,
                      std::string const& first = {})
    {
        if (first.empty() && can_hand_on(node))
            return handed_on(node, changed, in_list);
        if (is_simple(node))
            return judged(node, one_command(node, changed, first), in_list);
        auto const outside = first + around(node, changed);
        auto inner = inside(node, changed, in_list);
        return outside.empty() ? inner : shell_group(inner) + outside;
    }

    std::string one_command(PlanNode const& node, Numbers changed,
                            std::string const& first)
    {
        auto const words = command(node, changed);
        auto const own = around(node, changed);
        return has_live_words(node) && !first.empty()
                 ? shell_group(words + own) + first
                 : words + first + own;
    }

    // Writes `{ a | b; } < f > g` as `a < f | b > g`.
    static bool can_hand_on(PlanNode const& node)
    {
        return node.kind == Kind::pipeline
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
        note_about_ = about(node);
        return redirections(node, changed);
    }

    /// The beginning of a remark about `node`.
    std::string about(PlanNode const& node) const
    {
        if (!node.stage || &node == &root_)
            return {};
        auto name = quote(node.stage->args.front()) + ' ';
        // A newline would end the comment.
        std::ranges::replace(name, '\n', ' ');
        return name;
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

    /// Accepted exit codes are written only in lists, where they decide what
    /// bash runs next.
    static std::string judged(PlanNode const& node, std::string const& text,
                              bool in_list)
    {
        return in_list && node.stage ? shell_judged(*node.stage, text) : text;
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
            text +=
                needs_braces(node, *part, first) ? shell_group(piece) : piece;
        }
        return text;
    }

    // && and || have one precedence and group to the left; ; has a lower one.
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
        // bash drops "! !": a failure would keep its exit code, but must give
        // 1.
        bool const braces = (is_list(part) || part.kind == Kind::negation)
                         && !is_enclosed(part);
        auto const text = whole(part, changed, true);
        return "! " + (braces ? shell_group(text) : text);
    }

    // --- commands and what stands in their place ------------------------------

    /// The text of a command, tee or in-process stage, without redirections.
    std::string command(PlanNode const& node, Numbers const& changed)
    {
        switch (node.kind) {
        case Kind::in_process: return code(*node.code);
        case Kind::tee: return tee(node, changed, changed, {});
        default: break;
        }
        std::vector<TextWord> words;
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            auto const& [word, fd, reads] = node.substitutions[i];
            auto inner = changed;
            inner.insert(reads ? 1 : 0);
            words.push_back({word, (reads ? "<(" : ">(")
                                       + whole(*node.parts[i], inner, false)
                                       + ')'});
        }
        for (auto const& setting : unsaid_settings(*node.stage))
            remark(about(node) + setting);
        return shell_command(*node.stage, words);
    }

    std::string code(detail::InProcess const& code)
    {
        if (!code.shell_text().empty())
            return code.shell_text();
        std::string place = code.reads() ? "cat" : ":";
        remark(place + " stands for " + code.label());
        return place;
    }

    /// `outside`: the redirected descriptors, as the branches see them.
    std::string tee(PlanNode const& node, Numbers changed, Numbers outside,
                    Saved const& saved)
    {
        changed.insert(0);
        outside.insert(0);
        bool const appends = only_appends(node.copies);
        std::string words;
        for (auto const& target : node.copies)
            words += copy(target, appends, changed);
        for (auto const& branch : node.parts) {
            auto const& inner = has_own_stdout(*branch) ? changed : outside;
            words += ' '
                   + tee_branch(
                         whole(*branch, inner, false, saved.for_part(*branch)));
        }
        return words.empty() ? "cat" : (appends ? "tee -a" : "tee") + words;
    }

    std::string copy(Target const& target, bool appends, Numbers const& changed)
    {
        auto const* stdio = std::get_if<Stdio>(&target);
        if (stdio == nullptr) {
            remark(std::holds_alternative<Capture>(target) ? "tee(capture)"
                                                           : "tee(to(string))");
            return {};
        }
        if (stdio->kind() == Stdio::descriptor)
            return ' '
                 + tee_branch("cat " + dup(1, original(stdio->fd(), changed)));
        if (stdio->kind() == Stdio::devnull)
            return " /dev/null";
        auto const name = tee_file(stdio->path());
        bool const is_odd = stdio->mode() == Stdio::Mode::append && !appends;
        return is_odd ? " >(cat >> " + name + ')' : ' ' + name;
    }

    // --- pipelines ----------------------------------------------------------

    std::string pipeline(PlanNode const& node, Numbers const& changed,
                         bool in_list)
    {
        if (is_straight(node))
            return plain_pipeline(node, changed, in_list, {}, {});
        bool const saves = needs_stdout(node);
        auto const number = saves ? std::to_string(free_number()) : "";
        Saved const saved = saves ? Saved(number) : Saved();
        std::string text;
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            auto const& part = *node.parts[i];
            bool const last = i + 1 == node.parts.size();
            auto const inner = changed_at(i, last, changed);
            text += i > 0 ? " | " : "";
            text += has_branches_aside(node, i)
                      ? tee_element(part, inner, changed, node.piped[i], saved)
                  : last || node.piped[i] == 1
                      ? element(part, inner, in_list, saved.closed)
                      : stderr_element(part, inner, saved.for_part(part),
                                       in_list);
        }
        return saves ? shell_group(text) + ' ' + number + ">&1" : text;
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
            !is_simple(part) && first.empty() && !is_enclosed(part);
        return braces ? shell_group(text) : text;
    }

    // At first, stdout is the pipe. Then stderr becomes the pipe, and stdout
    // what it was before.
    std::string stderr_element(PlanNode const& part, Numbers changed,
                               std::string const& back, bool in_list)
    {
        changed.insert({1, 2});
        auto const moved = " 2>&1" + back;
        if (is_simple(part))
            return judged(part, one_command(part, changed, moved), in_list);
        auto const outside = around(part, changed);
        return shell_group(inside(part, changed, in_list)) + moved + outside;
    }

    // The branches of the tee write to the stdout of the pipeline. If the
    // stderr of the tee goes on, the next part reads nothing, since tee(1)
    // writes nothing there.
    std::string tee_element(PlanNode const& part, Numbers changed,
                            Numbers const& outside, int goes_on,
                            Saved const& saved)
    {
        auto const words = tee(part, changed, outside, saved);
        return words + (goes_on == 1 ? saved.closed : saved.back)
             + around(part, changed);
    }

    PlanNode const& root_;
    Numbers used_;
    std::vector<std::pair<int, int>> saved_;
    std::string comments_;
    std::string note_about_;
};

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

std::string to_string(Plan const& plan)
{
    return text_of(*plan.root);
}

std::string to_string(Expression const& expression)
{
    return to_string(make_plan(expression));
}

} // namespace runnel::inline v0
