// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The operators: expressions in, expressions out. Nothing is started.
//
//     cmd("dmesg") | cmd("grep", "hda") > capture
//     cmd("sort") < "words.txt" > "sorted.txt" > err("complaints")
//     (cmd("make") && cmd("make", "install")) || cmd("beep")
//
// As in a shell, > and < bind tighter than |, which binds tighter than && and ||.
// Where C++ groups unlike a shell, and where something is likely a slip, the
// operators below marked RUNNEL_REFUSED refuse, and the first line of the
// compiler's message says what to write. The last of each kind takes anything that
// no other operator takes.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/expression.hpp>
#include <runnel/sink.hpp>
#include <runnel/text_view.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

class LineEnd;

namespace detail {

RUNNEL_EXPORT PlanNodePtr pipe(PlanNodePtr const& left,
                               PlanNodePtr const& right, int stream);
RUNNEL_EXPORT PlanNodePtr pass_err(PlanNodePtr const& left,
                                   PlanNodePtr through);
RUNNEL_EXPORT PlanNodePtr redirect(PlanNodePtr const& inner,
                                   Redirection redirection);
RUNNEL_EXPORT PlanNodePtr list(PlanNode::Kind kind,
                               std::vector<PlanNodePtr> parts);
RUNNEL_EXPORT PlanNodePtr negate(PlanNodePtr inner);

template <class T>
concept slip_like = std::same_as<T, bool> || std::same_as<T, char>;

/// The streams that a redirection connects.
template <class T>
inline constexpr Ends taken_by{false, true, false};
template <>
inline constexpr Ends taken_by<ToErr>{false, false, true};
template <>
inline constexpr Ends taken_by<ErrToOut>{false, false, true};
template <>
inline constexpr Ends taken_by<ToBoth>{false, true, true};
template <>
inline constexpr Ends taken_by<ToFd>{false, false, false};

constexpr Ends without(Ends open, Ends taken)
{
    return {open.in && !taken.in, open.out && !taken.out,
            open.err && !taken.err};
}

/// What may stand on the right of `>`.
template <class T>
concept output_like = sink_like<T> || std::same_as<T, ToErr>
                   || std::same_as<T, ToBoth> || std::same_as<T, ErrToOut>
                   || std::same_as<T, OutToErr> || std::same_as<T, ToFd>;

template <class T>
concept input_like = source_like<T> || std::same_as<T, ToFd>;

/// What may stand on the right of `|`.
template <class T>
concept takes_output = expression<T> || reader<T> || std::same_as<T, Capture>
                    || std::same_as<T, ToString>;

template <class T>
concept text_or_path = text_like<T> || path_like<T> || utf8_like<T>;

/// A C++ stream.
template <class T>
concept iostream_like = requires(T const& stream) { stream.rdbuf(); };

template <class E, class T>
inline constexpr bool can_write =
    without(ends_of<E>, taken_by<T>)
    == Ends{ends_of<E>.in, ends_of<E>.out != taken_by<T>.out,
            ends_of<E>.err != taken_by<T>.err};

/// The type of an expression `E` when its open streams change to `Open`.
template <class E, Ends Open>
struct Reopened {
    using type = Connected<Open>;
};
template <Ends Open>
struct Reopened<Pipeline, Open> {
    using type = Pipeline;
};
template <Ends Before, Ends Open>
struct Reopened<Negated<Before>, Open> {
    using type = Negated<Open>;
};

template <Ends Open, class E>
auto redirected(E const& expression, auto... redirections)
{
    auto node = ExpressionAccess::node(expression);
    ((node = redirect(node, std::move(redirections))), ...);
    return ExpressionAccess::make<typename Reopened<E, Open>::type>(
        std::move(node));
}

template <Ends Open, class... E>
auto joined(PlanNodePtr node)
{
    if constexpr ((std::same_as<E, Pipeline> || ...))
        return ExpressionAccess::make<Pipeline>(std::move(node));
    else
        return ExpressionAccess::make<Connected<Open>>(std::move(node));
}

} // namespace detail

// --- pipes -----------------------------------------------------------------------

/// Stdout of `left` becomes stdin of `right`.
template <detail::still_open_at_out L, detail::expression R>
    requires(detail::ends_of<R>.in)
auto operator|(L const& left, R const& right)
{
    using Access = detail::ExpressionAccess;
    constexpr Ends open{detail::ends_of<L>.in, detail::ends_of<R>.out, true};
    return detail::joined<open, L, R>(
        detail::pipe(Access::node(left), Access::node(right), 1));
}

template <detail::expression L, detail::takes_output R>
    requires(detail::is_negated<L>)
RUNNEL_REFUSED("! binds tighter than |: write !(a | b) to negate the whole, or "
               "grouped(!a) | b",
               Pipeline)
operator|(L const&, R const&) RUNNEL_DELETED;

template <detail::expression L, detail::takes_output R>
    requires(!detail::is_negated<L> && !detail::ends_of<L>.out
             && !detail::reads_all_streams<R>)
RUNNEL_REFUSED("stdout of the left side goes elsewhere already: to keep a "
               "copy, write a | tee(\"f\") | b",
               Pipeline)
operator|(L const&, R const&) RUNNEL_DELETED;

template <detail::still_open_at_out L, detail::expression R>
    requires(!detail::ends_of<R>.in)
RUNNEL_REFUSED("stdin of the right side comes from elsewhere already: remove "
               "its <, or the pipe",
               Pipeline)
operator|(L const&, R const&) RUNNEL_DELETED;

// On the right: no command.

template <detail::expression E, class T>
    requires detail::text_or_path<T>
RUNNEL_REFUSED("text on the right of | is no command: write a | cmd(\"b\"), a "
               "> \"f\" for a file, a | to(s) for a string",
               Pipeline)
operator|(E const&, T const&) RUNNEL_DELETED;

template <detail::expression E, detail::expression R>
RUNNEL_REFUSED("C++ has no |&: write (a > err_to_out) | b", Pipeline)
operator|(E const&, R const*) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED("first and its like take a number: write a | first(10)",
               Pipeline)
operator|(E const&,
          Connected<Ends{}> (*)(std::ptrdiff_t, LineEnd)) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED(
    "tee takes files, captures and expressions: write a | tee(\"f\")", Pipeline)
operator|(E const&, Connected<Ends{}> (*)(Stdio const&)) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED("no command, reader or target on the right of |: write a | "
               "lines | view, a | stage(f), a > \"f\", a | to(s)",
               Pipeline)
operator|(E const&, detail::Anything) RUNNEL_DELETED;

template <detail::expression E, detail::iostream_like T>
RUNNEL_REFUSED("a C++ stream has no descriptor: write a, whose output goes to "
               "stdout by itself, a > 2 for stderr, a > \"f\" for a file",
               Pipeline)
operator|(E const&, T const&) RUNNEL_DELETED;

// On the left: neither a command nor a range.

template <detail::iostream_like T, detail::expression R>
RUNNEL_REFUSED("a C++ stream has no descriptor: write b < 0 for stdin, b < "
               "\"f\" for a file, b < text(s) for a string",
               Pipeline)
operator|(T const&, R const&) RUNNEL_DELETED;

template <detail::iostream_like T, detail::reader Wanted>
RUNNEL_REFUSED("a C++ stream has no descriptor: write Stdio(0) | lines for "
               "stdin, Stdio(\"f\") | lines for a file",
               Pipeline)
operator|(T const&, Wanted const&) RUNNEL_DELETED;

template <class T, detail::expression R>
    requires detail::text_or_path<T>
RUNNEL_REFUSED("text on the left of | is no command: write cmd(\"a\") | b, b < "
               "text(\"x\") for input, b < \"f\" for a file",
               Pipeline)
operator|(T const&, R const&) RUNNEL_DELETED;

template <detail::expression R>
RUNNEL_REFUSED("no command or range on the left of |: write b < text(\"x\"), b "
               "< \"f\" for a file, range | b, p.out() | lines | b",
               Pipeline)
operator|(detail::Anything, R const&) RUNNEL_DELETED;

template <class T, detail::reader Wanted>
    requires detail::text_or_path<T>
RUNNEL_REFUSED("text is neither a command nor a file: write cmd(\"a\") | "
               "lines, or Stdio(\"f\") | lines",
               Pipeline)
operator|(T const&, Wanted const&) RUNNEL_DELETED;

template <detail::reader Wanted>
RUNNEL_REFUSED("lines and its like read a command, a file, a descriptor or a "
               "stream: write cmd(\"a\") | lines, Stdio(\"f\") | lines, "
               "Stdio(0) | lines, p.out() | lines",
               Pipeline)
operator|(detail::Anything, Wanted const&) RUNNEL_DELETED;

RUNNEL_REFUSED("capture keeps the output of a command: write a | capture, or a "
               "| lines | to_vector for a vector of lines",
               Pipeline)
operator|(detail::Anything, Capture) RUNNEL_DELETED;

RUNNEL_REFUSED("to(s) keeps the output of a command: write a | to(s), or a | "
               "lines | to_vector for a vector of lines",
               Pipeline)
operator|(detail::Anything, ToString) RUNNEL_DELETED;

/// For `stderr_of(a) | b`: stderr of `a` becomes stdin of `b`. Stdout of `a`
/// stays as it is.
template <detail::expression E>
    requires(detail::ends_of<E>.err)
StderrOf<detail::ends_of<E>> stderr_of(E const& expression)
{
    using Access = detail::ExpressionAccess;
    return Access::make<StderrOf<detail::ends_of<E>>>(Access::node(expression));
}

template <detail::expression E>
    requires(!detail::ends_of<E>.err)
RUNNEL_REFUSED(
    "stderr goes elsewhere already: remove its redirection, or stderr_of",
    StderrOf<Ends{}>) stderr_of(E const&) RUNNEL_DELETED;

template <Ends Open, detail::expression R>
    requires(detail::ends_of<R>.in)
auto operator|(StderrOf<Open> const& left, R const& right)
{
    constexpr Ends open{Open.in, detail::ends_of<R>.out, true};
    return detail::joined<open, R>(
        detail::pipe(left.node(), detail::ExpressionAccess::node(right), 2));
}

template <Ends Open, detail::expression R>
    requires(!detail::ends_of<R>.in)
RUNNEL_REFUSED("stdin of the right side comes from elsewhere already: remove "
               "its <, or the pipe",
               Pipeline)
operator|(StderrOf<Open> const&, R const&) RUNNEL_DELETED;

RUNNEL_REFUSED("no command, reader or target on the right of |: write "
               "stderr_of(a) | b, stderr_of(a) | lines, a > err(\"f\")",
               Pipeline)
operator|(detail::StderrNode const&, detail::Anything) RUNNEL_DELETED;

RUNNEL_REFUSED("stderr_of stands in front of |: write a > err(\"f\")", Pipeline)
operator>(detail::StderrNode const&, detail::Anything) RUNNEL_DELETED;

/// The same as `e > err(capture)` and `e > err(to(s))`.
template <Ends Open, class T>
    requires(std::same_as<T, Capture> || std::same_as<T, ToString>)
auto operator|(StderrOf<Open> const& left, T const& target)
{
    return detail::ExpressionAccess::make<
        Connected<Ends{Open.in, Open.out, false}>>(
        detail::redirect(left.node(), {2, false, target}));
}

// --- redirections ----------------------------------------------------------------

/// Stdout goes to `target`: a file name, `append("f")`, a `Stdio`, `capture`,
/// `to(string)`. Targets made by `err`, `both`, `err_to_out`, `out_to_err` and
/// `fd` say which stream they redirect.
template <detail::expression E, detail::output_like T>
    requires(detail::can_write<E, T>)
auto operator>(E const& expression, T const& target)
{
    constexpr Ends open =
        detail::without(detail::ends_of<E>, detail::taken_by<T>);
    using detail::redirected;
    if constexpr (std::same_as<T, ToErr>)
        return redirected<open>(expression,
                                Redirection{2, false, target.target});
    else if constexpr (std::same_as<T, ErrToOut>)
        return redirected<open>(expression, Redirection{2, false, SameAs{1}});
    else if constexpr (std::same_as<T, OutToErr>)
        return redirected<open>(expression, Redirection{1, false, SameAs{2}});
    else if constexpr (std::same_as<T, ToBoth>)
        return redirected<open>(expression,
                                Redirection{1, false, target.target},
                                Redirection{2, false, SameAs{1}});
    else if constexpr (std::same_as<T, ToFd>)
        return redirected<open>(expression,
                                Redirection{target.fd, false, target.target});
    else
        return redirected<open>(
            expression, Redirection{1, false, detail::target_of(target)});
}

template <detail::expression E, detail::output_like T>
    requires(!detail::can_write<E, T>)
RUNNEL_REFUSED("this stream goes elsewhere already: remove one target, or "
               "write a | tee(\"f\") > \"g\" for two copies",
               Pipeline)
operator>(E const&, T const&) RUNNEL_DELETED;

template <detail::expression E, std::same_as<std::nullptr_t> T>
RUNNEL_REFUSED("a null pointer is no file name: write devnull to drop the "
               "output, or for no input",
               Pipeline)
operator>(E const&, T) RUNNEL_DELETED;

template <detail::expression E, detail::slip_like T>
RUNNEL_REFUSED("a bool or a char is no file name: write \"f\" for a file, an "
               "int for a descriptor",
               Pipeline)
operator>(E const&, T) RUNNEL_DELETED;

/// Appends stdout to the file `path`.
template <detail::expression E, class T>
    requires(detail::can_write<E, Stdio>
             && (detail::text_like<T> || detail::path_like<T>))
auto operator>>(E const& expression, T const& path)
{
    return expression > append(path);
}

template <detail::expression E, class T>
    requires(!detail::can_write<E, Stdio>
             && (detail::text_like<T> || detail::path_like<T>))
RUNNEL_REFUSED("this stream goes elsewhere already: remove one target, or "
               "write a | tee(\"f\") > \"g\" for two copies",
               Pipeline)
operator>>(E const&, T const&) RUNNEL_DELETED;

template <detail::expression E, std::same_as<std::nullptr_t> T>
RUNNEL_REFUSED("a null pointer is no file name: write devnull to drop the "
               "output, or for no input",
               Pipeline)
operator>>(E const&, T) RUNNEL_DELETED;

template <detail::expression E, detail::slip_like T>
RUNNEL_REFUSED("a bool or a char is no file name: write \"f\" for a file, an "
               "int for a descriptor",
               Pipeline)
operator>>(E const&, T) RUNNEL_DELETED;

/// The same as `> capture`, which some compilers warn of behind a `|`.
template <detail::expression E>
    requires(detail::can_write<E, Capture> && !detail::is_negated<E>)
auto operator|(E const& expression, Capture target)
{
    return expression > target;
}

template <detail::expression E>
    requires(detail::can_write<E, ToString> && !detail::is_negated<E>)
auto operator|(E const& expression, ToString target)
{
    return expression > target;
}

/// Stdin comes from `source`: a file name, a `Stdio`, `text("...")`. A source
/// made by `fd` says which descriptor it redirects.
template <detail::expression E, detail::input_like T>
    requires(detail::ends_of<E>.in || std::same_as<T, ToFd>)
auto operator<(E const& expression, T const& source)
{
    constexpr Ends before = detail::ends_of<E>;
    using detail::redirected;
    if constexpr (std::same_as<T, ToFd>)
        return redirected<before>(expression,
                                  Redirection{source.fd, true, source.target});
    else
        return redirected<Ends{false, before.out, before.err}>(
            expression, Redirection{0, true, detail::target_of(source)});
}

template <detail::expression E, detail::input_like T>
    requires(!detail::ends_of<E>.in && !std::same_as<T, ToFd>)
RUNNEL_REFUSED("stdin comes from elsewhere already: remove one source, or "
               "write cmd(\"cat\", \"f\", \"g\") | a for two files",
               Pipeline)
operator<(E const&, T const&) RUNNEL_DELETED;

template <detail::expression E, std::same_as<std::nullptr_t> T>
RUNNEL_REFUSED("a null pointer is no file name: write a < devnull for no input",
               Pipeline)
operator<(E const&, T) RUNNEL_DELETED;

template <detail::expression E, detail::slip_like T>
RUNNEL_REFUSED("a bool or a char is no file name: write \"f\" for a file, an "
               "int for a descriptor",
               Pipeline)
operator<(E const&, T) RUNNEL_DELETED;

template <detail::expression E, detail::expression T>
RUNNEL_REFUSED("< takes a file, not a command: write b | a, or cmd(\"a\", "
               "from(b)) for <(b)",
               Pipeline)
operator<(E const&, T const&) RUNNEL_DELETED;

template <detail::expression E, detail::iostream_like T>
RUNNEL_REFUSED("a C++ stream has no descriptor: write a < 0 for stdin, a < "
               "\"f\" for a file, a < text(s) for a string",
               Pipeline)
operator<(E const&, T const&) RUNNEL_DELETED;

template <detail::expression E, class T>
    requires(!detail::text_or_path<T*>)
RUNNEL_REFUSED("a pointer is no source: write a < fileno(f) for a FILE, a < "
               "text(s) for a string",
               Pipeline)
operator<(E const&, T*) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED("no source on the right of <: write a < \"f\" for a file, a < "
               "text(s) for a string, range | a",
               Pipeline)
operator<(E const&, detail::Anything) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED("<< gives no input: write a < text(\"...\")", Pipeline)
operator<<(E const&, detail::Anything) RUNNEL_DELETED;

// --- stderr through an expression ------------------------------------------------

namespace detail {

/// Stderr on its way through an expression; see `err`.
struct ErrThrough {
    PlanNodePtr through;
};

} // namespace detail

/// For `e > err(through)`: stderr of `e` becomes stdin of `through`, and stdout
/// of `through` goes on as stderr of the two (`2> >(through >&2)`). With a tee,
/// stderr is copied on its way: `e > err(tee("log"))`. Both streams can still be
/// connected behind it: stdout is that of `e`. The two are parts of one
/// pipeline: `through` runs beside `e`, and counts as every stage.
template <detail::expression E>
    requires(detail::ends_of<E>.in)
detail::ErrThrough err(E const& through)
{
    return {detail::ExpressionAccess::node(through)};
}

template <detail::expression E>
    requires(!detail::ends_of<E>.in)
RUNNEL_REFUSED("stdin of the right side comes from elsewhere already: remove "
               "its <, or the pipe",
               detail::ErrThrough) err(E const&) RUNNEL_DELETED;

template <detail::expression E>
    requires(detail::ends_of<E>.err)
auto operator>(E const& expression, detail::ErrThrough const& target)
{
    using Access = detail::ExpressionAccess;
    constexpr Ends open = detail::ends_of<E>;
    return Access::make<typename detail::Reopened<E, open>::type>(
        detail::pass_err(Access::node(expression), target.through));
}

template <detail::expression E>
    requires(!detail::ends_of<E>.err)
RUNNEL_REFUSED("this stream goes elsewhere already: remove one target, or "
               "write a | tee(\"f\") > \"g\" for two copies",
               Pipeline)
operator>(E const&, detail::ErrThrough const&) RUNNEL_DELETED;

template <detail::expression E, detail::expression T>
RUNNEL_REFUSED("> takes a file, not a command: write a | b", Pipeline)
operator>(E const&, T const&) RUNNEL_DELETED;

template <detail::expression E, detail::iostream_like T>
RUNNEL_REFUSED("a C++ stream has no descriptor: write a > 1 for stdout, a > 2 "
               "for stderr, a > \"f\" for a file, a > to(s) for a string",
               Pipeline)
operator>(E const&, T const&) RUNNEL_DELETED;

template <detail::expression E, class T>
    requires(!detail::text_or_path<T*>)
RUNNEL_REFUSED("a pointer is no target: write a > to(s) for a string, a > "
               "fileno(f) for a FILE, a > 2 for stderr",
               Pipeline)
operator>(E const&, T*) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED("no target on the right of >: write a > \"f\" for a file, a > "
               "to(s) for a string, a | lines | to_vector for lines",
               Pipeline)
operator>(E const&, detail::Anything) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED(">> takes the name of a file: write a >> \"f\", a > "
               "err(append(\"f\")), a > capture",
               Pipeline)
operator>>(E const&, detail::Anything) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED("both takes a file, not a command: write (a > err_to_out) | b",
               ToBoth)
both(E const&) RUNNEL_DELETED;

// --- lists -----------------------------------------------------------------------

namespace detail {

template <PlanNode::Kind Kind, class... E>
auto make_list(E const&... parts)
{
    return ExpressionAccess::make<Listed<Kind>>(
        list(Kind, {ExpressionAccess::node(parts)...}));
}

} // namespace detail

/// `left && right`: `right` runs if `left` succeeded.
template <detail::expression L, detail::expression R>
auto operator&&(L const& left, R const& right)
{
    return detail::make_list<PlanNode::Kind::all_of>(left, right);
}

/// `left || right`: `right` runs if `left` failed or could not be started.
template <detail::expression L, detail::expression R>
    requires(!detail::is_list_of<R, PlanNode::Kind::all_of>)
auto operator||(L const& left, R const& right)
{
    return detail::make_list<PlanNode::Kind::any_of>(left, right);
}

template <detail::expression L, detail::expression R>
    requires(detail::is_list_of<R, PlanNode::Kind::all_of>)
RUNNEL_REFUSED("C++ binds && tighter than ||, unlike a shell: write (a || b) "
               "&& c, or a || grouped(b && c)",
               Pipeline)
operator||(L const&, R const&) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED(
    "&& joins commands: write a && cmd(\"b\"), or if (run(a) && other) in C++",
    Pipeline)
operator&&(E const&, detail::Anything) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED(
    "&& joins commands: write run(a && b), or if (run(a) && run(b)) in C++",
    Pipeline)
operator&&(detail::Anything, E const&) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED(
    "|| joins commands: write a || cmd(\"b\"), or if (run(a) || other) in C++",
    Pipeline)
operator||(E const&, detail::Anything) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED(
    "|| joins commands: write run(a || b), or if (run(a) || run(b)) in C++",
    Pipeline)
operator||(detail::Anything, E const&) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED("& starts nothing: write Job job = start(a) to go on meanwhile, "
               "a && b for one after the other",
               Pipeline)
operator&(E const&, detail::Anything) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED(
    "a pipeline that grows is a Pipeline: write Pipeline p = a; p = p | b;",
    Pipeline&)
operator|=(E&, detail::Anything) RUNNEL_DELETED;

template <detail::expression E>
RUNNEL_REFUSED("words are given to cmd: write cmd(\"a\", \"word\")", Pipeline)
operator+(E const&, detail::Anything) RUNNEL_DELETED;

template <detail::expression E, class T>
    requires std::is_scalar_v<T>
RUNNEL_REFUSED(
    "&& joins commands: write a && cmd(\"b\"), or if (run(a) && other) in C++",
    Pipeline)
operator&&(E const&, T) RUNNEL_DELETED;

template <detail::expression E, class T>
    requires std::is_scalar_v<T>
RUNNEL_REFUSED(
    "|| joins commands: write a || cmd(\"b\"), or if (run(a) || other) in C++",
    Pipeline)
operator||(E const&, T) RUNNEL_DELETED;

/// `seq(a, b, c)`: runs one after the other, even if some fail (`a; b; c`). The
/// last one decides.
template <detail::expression First, detail::expression... Rest>
auto seq(First const& first, Rest const&... rest)
{
    return detail::make_list<PlanNode::Kind::sequence>(first, rest...);
}

/// The same for the expressions of a range. Throws `std::invalid_argument` if it is
/// empty.
template <detail::range_of_expressions R>
Listed<PlanNode::Kind::sequence> seq(R&& parts)
{
    using Access = detail::ExpressionAccess;
    std::vector<PlanNodePtr> nodes;
    for (auto&& part : parts)
        nodes.push_back(Access::node(part));
    detail::need_parts(nodes.size(), "seq");
    return Access::make<Listed<PlanNode::Kind::sequence>>(
        detail::list(PlanNode::Kind::sequence, std::move(nodes)));
}

/// The expressions of a range as one pipeline: `a | b | c`. Throws
/// `std::invalid_argument` if the range is empty, or if one of them has a stream
/// that is connected already.
template <detail::range_of_expressions R>
Pipeline pipeline(R&& parts)
{
    std::optional<Pipeline> all;
    for (auto&& part : parts)
        all = all ? *all | part : Pipeline(part);
    detail::need_parts(all ? 1 : 0, "pipeline");
    return *std::move(all);
}

/// `!e`: succeeds if `e` fails. If `e` could not be started and decides the
/// outcome, `SpawnError` is thrown all the same.
template <detail::expression E>
auto operator!(E const& expression)
{
    using Access = detail::ExpressionAccess;
    return Access::make<Negated<detail::ends_of<E>>>(
        detail::negate(Access::node(expression)));
}

/// Marks an expression as one whole, where C++ and a shell group differently:
/// `x || grouped(y && z)`, `grouped(!a) | b`.
template <detail::expression E>
auto grouped(E const& expression)
{
    using Access = detail::ExpressionAccess;
    if constexpr (std::same_as<E, Pipeline>)
        return expression;
    else
        return Access::make<Connected<detail::ends_of<E>>>(
            Access::node(expression));
}

} // namespace runnel::inline v0
