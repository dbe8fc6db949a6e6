// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Commands and pipelines as values. They describe, and start nothing.
//
//     auto const count = cmd("grep", "-c", "hda").accept({0, 1});
//     auto const both = cmd("dmesg") | count;     // operators.hpp
//     run(both);                                  // run.hpp
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/format.hpp>
#include <runnel/detail/refused.hpp>
#include <runnel/plan.hpp>
#include <runnel/popen.hpp>
#include <runnel/settings.hpp>
#include <runnel/sink.hpp>
#include <runnel/text_view.hpp>
#include <runnel/word.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// The result of an operator. Its type records which streams are still open, so
/// that connecting a stream twice does not compile.
///
/// A setting of the whole holds for each command in it that does not have this
/// setting itself.
template <Ends Open>
class [[nodiscard(
    "nothing was started: write check(e), run(e) or start(e)")]] Connected
    : public detail::Settable<Connected<Open>> {
public:
    template <std::derived_from<Expression> E>
        requires(!std::same_as<E, Connected>)
    RUNNEL_REFUSED("the types differ: write Pipeline p = a; p = p | b;",
                   Connected&)
    operator=(E const&) RUNNEL_DELETED;

private:
    friend class detail::ExpressionAccess;
    using detail::Settable<Connected<Open>>::Settable;
};

/// A list of `&&` (`Kind::all_of`), `||` (`any_of`) or `seq` (`sequence`).
template <PlanNode::Kind Kind>
class [[nodiscard(
    "nothing was started: write check(e), run(e) or start(e)")]] Listed
    : public detail::Settable<Listed<Kind>> {
    friend class detail::ExpressionAccess;
    using detail::Settable<Listed<Kind>>::Settable;
};

/// The result of `!`.
template <Ends Open>
class [[nodiscard(
    "nothing was started: write check(e), run(e) or start(e)")]] Negated
    : public detail::Settable<Negated<Open>> {
    friend class detail::ExpressionAccess;
    using detail::Settable<Negated<Open>>::Settable;
};

/// Any expression, for pipelines that are built in loops. Which streams are
/// open is known at run time only: if a stream is connected twice, the operator
/// throws `std::invalid_argument`.
class [[nodiscard(
    "nothing was started: write check(e), run(e) or start(e)")]] Pipeline
    : public detail::Settable<Pipeline> {
public:
    /// From any expression. Implicit: a `Pipeline` is meant to be assigned to.
    template <std::derived_from<Expression> E>
    Pipeline(E const& expression)
        : Settable(detail::ExpressionAccess::node(expression))
    {
    }

private:
    friend class detail::ExpressionAccess;
    using Settable::Settable;
};

/// One command. Settings are written behind their command and return a changed
/// copy; the last one wins.
class [[nodiscard(
    "nothing was started: write check(e), run(e) or start(e)")]] Command
    : public detail::Settable<Command> {
public:
    /// Gives the command a name for messages and diagrams.
    RUNNEL_EXPORT Command named(detail::TextView name) const;

    RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text",
                   Command)
    named(std::nullptr_t) const RUNNEL_DELETED;

    template <std::derived_from<Expression> E>
        requires(!std::same_as<E, Command>)
    RUNNEL_REFUSED("the types differ: write Pipeline p = a; p = p | b;",
                   Command&)
    operator=(E const&) RUNNEL_DELETED;

    template <class... Words>
    RUNNEL_REFUSED("no {} in this command to fill: write cmd(\"a\", word), or "
                   "\"a {}\"_cmd(word)",
                   Command)
    operator()(Words&&...) const RUNNEL_DELETED;

private:
    friend class detail::ExpressionAccess;
    using Settable::Settable;
};

namespace detail {

/// The part of `StderrOf` that has the same type for every expression.
class StderrNode {
public:
    PlanNodePtr const& node() const noexcept { return node_; }

protected:
    explicit StderrNode(PlanNodePtr node) noexcept : node_(std::move(node)) {}

private:
    PlanNodePtr node_;
};

} // namespace detail

/// The stderr of an expression, before it is connected; see `stderr_of`.
template <Ends Open>
class [[nodiscard(
    "nothing was started: write check(stderr_of(a) | b)")]] StderrOf
    : public detail::StderrNode {
    friend class detail::ExpressionAccess;
    explicit StderrOf(PlanNodePtr node) : StderrNode(std::move(node)) {}
};

namespace detail {

/// An expression type of runnel that can be run.
template <class E>
concept expression =
    std::derived_from<E, Expression> && !std::same_as<E, Expression>;

/// The open streams, as far as the type tells. A `Pipeline` is checked at run
/// time, when it is connected.
template <class E>
inline constexpr Ends ends_of{};
template <Ends Open>
inline constexpr Ends ends_of<Connected<Open>> = Open;
template <Ends Open>
inline constexpr Ends ends_of<Negated<Open>> = Open;

template <class E>
inline constexpr bool is_negated = false;
template <Ends Open>
inline constexpr bool is_negated<Negated<Open>> = true;

/// True for types that make a range of an expression's output: `lines`,
/// `chunks`, ...
template <class T>
inline constexpr bool is_reader = false;

/// True for those that read other streams than stdout as well.
template <class T>
inline constexpr bool reads_all_streams = false;

template <class T>
concept reader = is_reader<T>;

template <class E, PlanNode::Kind Kind>
inline constexpr bool is_list_of = std::same_as<E, Listed<Kind>>;

/// Expressions of one type, such as a `std::vector<Pipeline>`.
template <class R>
concept range_of_expressions =
    std::ranges::input_range<R>
    && expression<std::remove_cvref_t<std::ranges::range_reference_t<R>>>;

/// Throws `std::invalid_argument` if there are none: "seq() has no expressions to
/// run".
RUNNEL_EXPORT void need_parts(std::size_t count, std::string_view function);

template <class E>
concept open_at_in = expression<E> && ends_of<E>.in;

template <class E>
concept open_at_out = expression<E> && ends_of<E>.out;

/// The same, and may stand in front of a `|`.
template <class E>
concept still_open_at_out = open_at_out<E> && !is_negated<E>;

} // namespace detail

/// The result of `from` and `into`: a word of a command that stands for an
/// expression.
class ProcessSubstitution {
public:
    ProcessSubstitution(PlanNodePtr node, bool reads) noexcept
        : node_(std::move(node)), reads_(reads)
    {
    }

    PlanNodePtr const& node() const noexcept { return node_; }
    bool reads() const noexcept { return reads_; }

private:
    PlanNodePtr node_;
    bool reads_;
};

/// As a word of a command: the name of a descriptor from which the command
/// reads what `expression` writes. `cmd("diff", from(x), from(y))` is
/// `diff <(x) <(y)`. The descriptor is open in that command only. The
/// expression runs beside the command. Its stages follow that command in the
/// result, and count for success.
template <detail::open_at_out E>
ProcessSubstitution from(E const& expression)
{
    return {detail::ExpressionAccess::node(expression), true};
}

/// As a word of a command: the name of a descriptor to which the command writes
/// what `expression` reads. `cmd("tee", into(z))` is `tee >(z)`.
template <detail::open_at_in E>
ProcessSubstitution into(E const& expression)
{
    return {detail::ExpressionAccess::node(expression), false};
}

template <class T>
    requires(!detail::open_at_out<T>)
RUNNEL_REFUSED("from takes an expression whose stdout is free: write "
               "cmd(\"a\", from(b)), or cmd(\"a\", \"f\") for a file",
               ProcessSubstitution) from(T const&) RUNNEL_DELETED;

template <class T>
    requires(!detail::open_at_in<T>)
RUNNEL_REFUSED("into takes an expression whose stdin is free: write cmd(\"a\", "
               "into(b)), or cmd(\"a\", \"f\") for a file",
               ProcessSubstitution) into(T const&) RUNNEL_DELETED;

namespace detail {

/// Collects the words of a command.
class CommandWords {
public:
    /// Adds one word, or all words of a range.
    template <class T>
    void add(T&& from)
    {
        if constexpr (std::same_as<std::remove_cvref_t<T>, ProcessSubstitution>)
            add_substitution(from);
        else if constexpr (word_range<T>)
            add_words(args, std::forward<T>(from));
        else
            add_word(args, std::forward<T>(from));
    }

    std::vector<Word> args;
    std::vector<Substitution> substitutions;
    std::vector<PlanNodePtr> parts;

private:
    RUNNEL_EXPORT void add_substitution(ProcessSubstitution const& from);
};

RUNNEL_EXPORT PlanNodePtr command(CommandWords words, bool shell);

/// A command whose words are all text, the program first; a script for a shell, if
/// `shell`. Most commands are of this kind, and this keeps their code small.
RUNNEL_EXPORT PlanNodePtr command(std::initializer_list<TextView> words,
                                  bool shell);

/// Throws `std::invalid_argument` if there are no words.
RUNNEL_EXPORT void need_program(CommandWords const& words);

/// A range of words that can be read again, so that reading it starts nothing.
template <class T>
concept lasting_words =
    word_range<T> && std::ranges::forward_range<Iterated<T>>;

/// A range of words that may start something when it is read, such as
/// `e | lines`.
template <class T>
concept single_pass_words = word_range<T> && !lasting_words<T>;

template <class T>
concept words_like = std::constructible_from<Word, T> || lasting_words<T>
                  || std::same_as<std::remove_cvref_t<T>, ProcessSubstitution>;

template <class T>
concept program_like = text_like<T> || path_like<T>;

template <class T>
concept program_or_words =
    program_like<std::remove_cvref_t<T>> || word_range<T>;

/// True if all arguments of a command could be words, were it not for ranges
/// that can be read only once.
template <class... T>
inline constexpr bool has_single_pass_words =
    (single_pass_words<T> || ...)
    && ((words_like<T> || single_pass_words<T>)&&...);

template <class... T>
inline constexpr bool has_no_words =
    !((words_like<T> || single_pass_words<T>)&&...);

} // namespace detail

/// A command: a program and its arguments, one word each. Each element of a
/// range of strings is one word. A range that can be read only once, such as
/// `e | lines`, does not compile, because reading it may start something:
/// collect it first, as with `e | lines | to_vector`. `from(e)` and `into(e)` are words that lead to
/// another expression.
template <detail::program_like Program, detail::words_like... Words>
Command cmd(Program const& program, Words&&... words)
{
    using detail::text_like;
    if constexpr (text_like<Program>
                  && (text_like<std::remove_cvref_t<Words>> && ...))
        return detail::ExpressionAccess::make<Command>(
            detail::command({program, words...}, false));
    else {
        detail::CommandWords all;
        all.args.reserve(1 + sizeof...(words));
        all.args.emplace_back(
            detail::text_of(program, "the program of a command"));
        (all.add(std::forward<Words>(words)), ...);
        return detail::ExpressionAccess::make<Command>(
            detail::command(std::move(all), false));
    }
}

/// The same from a range that begins with the program, such as the result of
/// `split`. An empty range is `std::invalid_argument`.
template <detail::lasting_words Args, detail::words_like... Words>
Command cmd(Args&& args, Words&&... words)
{
    detail::CommandWords all;
    all.add(std::forward<Args>(args));
    detail::need_program(all);
    (all.add(std::forward<Words>(words)), ...);
    return detail::ExpressionAccess::make<Command>(
        detail::command(std::move(all), false));
}

RUNNEL_REFUSED("cmd needs a program: write cmd(\"a\")", Command)
cmd() RUNNEL_DELETED;

RUNNEL_REFUSED(
    "the words of a command need no braces: write cmd(\"a\", \"b\", \"c\")",
    Command)
cmd(std::initializer_list<detail::Anything>) RUNNEL_DELETED;

template <detail::program_like Program>
RUNNEL_REFUSED(
    "the words of a command need no braces: write cmd(\"a\", \"b\", \"c\")",
    Command)
cmd(Program const&, std::initializer_list<detail::Anything>) RUNNEL_DELETED;

template <class Program, class... Words>
    requires(!detail::program_or_words<Program>)
RUNNEL_REFUSED("the program is text or a path: write cmd(\"a\", word), or "
               "cmd(words) whose first word is the program",
               Command) cmd(Program&&, Words&&...) RUNNEL_DELETED;

template <class Program, class... Words>
    requires(detail::program_or_words<Program>
             && detail::has_no_words<Words...>)
RUNNEL_REFUSED(
    "a word is text, a path, an integer or a range of them: write \"c\" for a "
    "char, \"true\" for a bool, std::to_string(x) for a number with a point",
    Command) cmd(Program&&, Words&&...) RUNNEL_DELETED;

template <class Program, class... Words>
    requires(detail::program_or_words<Program>
             && detail::has_single_pass_words<Program, Words...>)
RUNNEL_REFUSED("this range would be read while the command is built: write "
               "range | to_vector to read it now, or cmd(\"xargs\", \"a\")",
               Command) cmd(Program&&, Words&&...) RUNNEL_DELETED;

/// A script for `/bin/sh -c`. Further words are its parameters `$0`, `$1`, ...
/// No shell runs unless it is asked for like this. Text put into the script is
/// run as code.
template <detail::words_like... Words>
Command sh(detail::TextView script, Words&&... words)
{
    using detail::text_like;
    if constexpr ((text_like<std::remove_cvref_t<Words>> && ...))
        return detail::ExpressionAccess::make<Command>(
            detail::command({script, words...}, true));
    else {
        detail::CommandWords all;
        all.args.emplace_back(script.as("the script of sh"));
        (all.add(std::forward<Words>(words)), ...);
        return detail::ExpressionAccess::make<Command>(
            detail::command(std::move(all), true));
    }
}

RUNNEL_REFUSED(
    "sh takes the text of a script, then words: write sh(\"make\", \"x\")",
    Command)
sh(...) RUNNEL_DELETED;

template <class... Words>
RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text", Command)
sh(std::nullptr_t, Words&&...) RUNNEL_DELETED;

template <class... Words>
    requires detail::has_no_words<Words...>
RUNNEL_REFUSED(
    "a word is text, a path, an integer or a range of them: write \"c\" for a "
    "char, \"true\" for a bool, std::to_string(x) for a number with a point",
    Command) sh(detail::TextView, Words&&...) RUNNEL_DELETED;

template <class... Words>
    requires detail::has_single_pass_words<Words...>
RUNNEL_REFUSED("this range would be read while the command is built: write "
               "range | to_vector to read it now, or cmd(\"xargs\", \"a\")",
               Command) sh(detail::TextView, Words&&...) RUNNEL_DELETED;

} // namespace runnel::inline v0

#ifdef RUNNEL_HAS_FORMAT
/// Formats the text of `to_string`.
template <runnel::detail::expression E>
struct std::formatter<E> : std::formatter<std::string_view> {
    template <class Context>
    auto format(E const& expression, Context& context) const
    {
        return std::formatter<std::string_view>::format(to_string(expression),
                                                        context);
    }
};
#endif
