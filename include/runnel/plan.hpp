// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The structure of an expression: its commands, and what connects them. Plain
// data, for code that runs, prints, draws or inspects an expression.
//
//     Plan const plan = make_plan(cmd("dmesg") | cmd("grep", "hda"));
//     plan.stages[1]->args[0].str()                   // "grep"
//     std::puts(to_dot(plan).c_str());                // for graphviz
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/popen.hpp>
#include <runnel/sink.hpp>
#include <runnel/timeout.hpp>
#include <runnel/word.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace runnel::inline v0 {

class Expression;

/// Which streams of an expression are not connected yet.
struct Ends {
    bool in = true;
    bool out = true;
    bool err = true;

    bool operator==(Ends const&) const = default;
};

/// One command of a plan.
struct PlannedStage {
    /// As they were written: with `options.shell`, the script and its words.
    std::vector<Word> args{};
    PopenOptions options{}; ///< its streams are always `Stdio::inherit`
    /// The exit codes that count as success; 0 if not given.
    std::optional<std::vector<int>> accept{};
    bool checked = true; ///< false: it cannot fail
    Timeout timeout{}; ///< for this command alone
    Timeout idle_timeout{}; ///< likewise
    std::string name{}; ///< in messages, if given
    /// In a plan: the words to show in messages, if some of `args` only stand
    /// for an expression, as in `diff <(a) <(b)`.
    std::string words{};

    /// What the program gets as its arguments, its own name first: `args`, or
    /// the shell, `-c` and `args`. `argv` masks secrets, `reveal_argv` gives
    /// their real text.
    RUNNEL_EXPORT std::vector<std::string> argv() const;
    RUNNEL_EXPORT std::vector<std::string> reveal_argv() const;

    /// What is secret in `args` and in `options.env`.
    RUNNEL_EXPORT Secrets secrets() const;

    /// The name if given, else shell text without settings and redirections.
    RUNNEL_EXPORT std::string command() const;
};

/// When a group of expressions that run at once comes to its end.
enum class RunUntil : unsigned char {
    all_end, ///< when all of them have ended
    one_ends, ///< the others are ended when the first one ends
    one_fails, ///< the others are ended when the first one fails
};

struct PlanNode;

namespace detail {
class InProcess;
} // namespace detail

/// A part of a plan. It never changes, so expressions and plans share it.
using PlanNodePtr = std::shared_ptr<PlanNode const>;

/// A word of a command that stands for an expression: the name of a descriptor
/// through which the command reads the expression's output, or writes its
/// input.
struct Substitution {
    std::size_t word; ///< index into `PlannedStage::args`
    int fd; ///< in the command; `args` holds `/dev/fd/N`
    bool reads; ///< true: `<(...)`; false: `>(...)`
};

/// A command, or several commands and how they are combined.
struct PlanNode {
    enum class Kind : unsigned char {
        command,
        in_process, ///< an in-process stage: C++ code
        tee, ///< copies stdin to stdout, to `copies`, and to each part
        pipeline, ///< `parts[i]` feeds `parts[i + 1]`
        all_of, ///< `&&`: the next part runs if the one before succeeded
        any_of, ///< `||`: the next part runs if the one before failed
        sequence, ///< `;`
        negation, ///< `!` of the one part
        together, ///< all parts at once; none feeds another
    };

    Kind kind = Kind::command;

    /// The command; null for other kinds.
    std::shared_ptr<PlannedStage const> stage{};

    /// Settings for the commands inside that do not have their own, if any. In
    /// a plan the commands have taken them over, and this is null.
    std::shared_ptr<PlannedStage const> defaults{};

    /// The parts; of a command, what `substitutions` stand for.
    std::vector<PlanNodePtr> parts{};

    /// Of a command, one for each part.
    std::vector<Substitution> substitutions{};

    /// Of a tee, the targets that are not parts.
    std::vector<Target> copies{};

    /// The code of an in-process stage; null for other kinds.
    std::shared_ptr<detail::InProcess const> code{};

    /// Of a pipeline: which stream of `parts[i]` feeds the next, stdout (1) or
    /// stderr (2); one less than there are parts.
    std::vector<int> piped{};

    /// In the order written. A redirection of several commands holds for each
    /// command that does not redirect the same stream itself.
    std::vector<Redirection> redirections{};

    /// The streams that may still be connected.
    Ends open{};

    /// Of a pipeline: its stdout is that of the first part, and what comes out
    /// behind the last part is its stderr: `e > err(through)`.
    bool passes_err = false;

    /// Of `together`.
    RunUntil until = RunUntil::all_end;
    bool is_labelled = false; ///< lines have the name of their part in front

    /// The number of commands inside (in-process stages do not count), and how
    /// deep they are nested.
    std::size_t size = 1;
    std::size_t depth = 0;
};

/// A plan: its parts as a tree, and its commands in the order written.
class Plan {
public:
    PlanNodePtr root;
    std::vector<std::shared_ptr<PlannedStage const>> stages;
};

/// Makes the plan of `expression`. Opens and starts nothing.
RUNNEL_EXPORT Plan make_plan(Expression const& expression);

/// The plan as shell text for bash; see `to_string(Expression)`.
RUNNEL_EXPORT std::string to_string(Plan const& plan);

/// The plan as a diagram for graphviz (`dot -Tsvg`): commands (boxes),
/// in-process stages (hexagons), tees (diamonds) and files, what flows between
/// them, and which commands wait for the end of others. `<(1)` in a command is
/// what the arrow of that name brings.
RUNNEL_EXPORT std::string to_dot(Plan const& plan);

/// The same as a Mermaid flowchart, which many web pages show as it is.
RUNNEL_EXPORT std::string to_mermaid(Plan const& plan);

} // namespace runnel::inline v0
