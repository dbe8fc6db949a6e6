// What an expression comes to: commands, and what connects them. Plain data,
// for whoever runs, prints, draws or inspects it.
//
//     Plan const plan = make_plan(cmd("dmesg") | cmd("grep", "hda"));
//     plan.stages[1]->args[0]                         // "grep"
//     std::puts(to_dot(plan).c_str());                // for graphviz
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/popen.hpp>
#include <runnel/sink.hpp>
#include <runnel/timeout.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace runnel::inline v0 {

class Expression;

/// Which streams of an expression are still to be connected.
struct Ends {
    bool in = true;
    bool out = true;
    bool err = true;

    bool operator==(Ends const&) const = default;
};

/// One command of a plan.
struct PlannedStage {
    std::vector<std::string> args;
    PopenOptions options; ///< its streams are always `Stdio::inherit`
    /// The exit codes that are no failure; 0 if not given.
    std::optional<std::vector<int>> accept{};
    bool checked = true; ///< false: it cannot fail
    Timeout timeout{};   ///< for this command alone
    std::string name{};  ///< in messages, if given
    /// In a plan: the words in messages, if some of `args` only stand for an
    /// expression, as in `diff <(a) <(b)`.
    std::string words{};

    /// As shell text, without settings and redirections; or its name.
    RUNNEL_EXPORT std::string command() const;
};

struct PlanNode;

namespace detail {
class InProcess;
} // namespace detail

/// A part of a plan. It never changes, so expressions and plans share it.
using PlanNodePtr = std::shared_ptr<PlanNode const>;

/// A word of a command that stands for an expression: the name of a
/// descriptor through which the command reads what it writes, or writes what
/// it reads.
struct Substitution {
    std::size_t word; ///< index into `PlannedStage::args`
    int fd; ///< in the command; `args` holds `/dev/fd/N`
    bool reads; ///< `<(...)`, else `>(...)`
};

/// A command, or several and how they hang together.
struct PlanNode {
    enum class Kind : unsigned char {
        command,
        in_process, ///< C++ in the place of a command
        tee, ///< copies stdin to stdout, to `copies`, and to each part
        pipeline, ///< `parts[i]` feeds `parts[i + 1]`
        all_of, ///< `&&`: the next part runs if the one before succeeded
        any_of, ///< `||`: the next part runs if the one before failed
        sequence, ///< `;`
        negation, ///< `!` of the one part
    };

    Kind kind = Kind::command;

    /// Of a command, else null.
    std::shared_ptr<PlannedStage const> stage{};

    /// Settings for the commands inside that do not say otherwise, if any.
    /// In a plan they have been handed down, and this is null.
    std::shared_ptr<PlannedStage const> defaults{};

    /// What it is made of; of a command, what `substitutions` stand for.
    std::vector<PlanNodePtr> parts{};

    /// Of a command: one for each part.
    std::vector<Substitution> substitutions{};

    /// Of a tee.
    std::vector<Target> copies{};

    /// Of C++ in the place of a command, else null.
    std::shared_ptr<detail::InProcess const> code{};

    /// Of a pipeline: which stream of `parts[i]` feeds the next, stdout (1) or
    /// stderr (2); one less than there are parts.
    std::vector<int> piped{};

    /// In the order written. Those of several commands hold for each of them
    /// that does not say otherwise.
    std::vector<Redirection> redirections{};

    /// What may still be connected.
    Ends open{};

    /// How many commands there are in it (C++ is none), and how deep they are
    /// nested.
    std::size_t size = 1;
    std::size_t depth = 0;
};

/// A plan: its parts as a tree, and its commands in the order written.
class Plan {
public:
    PlanNodePtr root;
    std::vector<std::shared_ptr<PlannedStage const>> stages;
};

/// Works out what `expression` means. Opens and starts nothing.
RUNNEL_EXPORT Plan make_plan(Expression const& expression);

/// The plan as bash runs it; see `to_string(Expression)`.
RUNNEL_EXPORT std::string to_string(Plan const& plan);

/// The plan as a drawing for graphviz (`dot -Tsvg`): commands (boxes), C++
/// (hexagons), tees (diamonds) and files, what flows between them, and which
/// commands wait for the end of others. `<(1)` in a command is what the arrow
/// of that name brings.
RUNNEL_EXPORT std::string to_dot(Plan const& plan);

/// The same as a Mermaid flowchart, which many web pages show as it is.
RUNNEL_EXPORT std::string to_mermaid(Plan const& plan);

} // namespace runnel::inline v0
