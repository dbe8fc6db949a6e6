// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The operators: expressions in, expressions out. Nothing is started.
//
//     cmd("dmesg") | cmd("grep", "hda") > capture
//     cmd("sort") < "words.txt" > "sorted.txt" > err("complaints")
//     (cmd("make") && cmd("make", "install")) || cmd("beep")
//
// As in a shell, > and < bind tighter than |, which binds tighter than && and ||.
// Where C++ groups unlike a shell, the operators below marked `delete` refuse,
// and the compiler's message contains the name of the reason.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/expression.hpp>
#include <runnel/sink.hpp>
#include <runnel/text_view.hpp>

#include <concepts>
#include <type_traits>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

// The reasons, as in expression.hpp.
namespace refused {
struct stdin_of_the_right_side_comes_from_elsewhere_already {};
struct stderr_goes_elsewhere_already {};
struct this_stream_was_redirected_already {};
struct cpp_binds_and_tighter_than_or_and_a_shell_does_not_write_grouped {};
struct a_null_pointer_is_no_file_name {};
struct a_bool_or_char_is_no_file_name {};
struct text_on_the_left_is_no_command_write_a_less_than_text {};
struct text_on_the_left_is_no_file_write_stdio_of_its_name {};
struct an_expression_is_no_file_write_a_pipe_in_front_of_it {};
struct both_streams_go_through_a_pipe_write_err_to_out_and_the_pipe {};
} // namespace refused

namespace detail {

RUNNEL_EXPORT PlanNodePtr pipe(PlanNodePtr left, PlanNodePtr right, int stream);
RUNNEL_EXPORT PlanNodePtr pass_err(PlanNodePtr left, PlanNodePtr through);
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

template <
    detail::expression L, detail::expression R,
    class Because = refused::
        not_binds_tighter_than_the_pipe_write_grouped_or_put_it_in_front_of_all>
    requires(detail::is_negated<L>)
Because operator|(L const&, R const&) = delete;

template <
    detail::expression L, detail::expression R,
    class Because = refused::stdout_of_the_left_side_goes_elsewhere_already>
    requires(!detail::is_negated<L> && !detail::ends_of<L>.out)
Because operator|(L const&, R const&) = delete;

template <detail::expression L, detail::expression R,
          class Because =
              refused::stdin_of_the_right_side_comes_from_elsewhere_already>
    requires(detail::still_open_at_out<L> && !detail::ends_of<R>.in)
Because operator|(L const&, R const&) = delete;

template <class T, detail::expression R,
          class Because =
              refused::text_on_the_left_is_no_command_write_a_less_than_text>
    requires(detail::text_like<T> || detail::path_like<T>
             || detail::utf8_like<T>)
Because operator|(T const&, R const&) = delete;

template <
    detail::expression E, detail::reader Wanted,
    class Because = refused::stdout_of_the_left_side_goes_elsewhere_already>
    requires(!detail::ends_of<E>.out
             && !detail::reads_all_streams<Wanted> && !detail::is_negated<E>)
Because operator|(E const&, Wanted const&) = delete;

template <
    detail::expression E, detail::reader Wanted,
    class Because = refused::
        not_binds_tighter_than_the_pipe_write_grouped_or_put_it_in_front_of_all>
    requires(detail::is_negated<E>)
Because operator|(E const&, Wanted const&) = delete;

template <class T, detail::reader Wanted,
          class Because =
              refused::text_on_the_left_is_no_file_write_stdio_of_its_name>
    requires(detail::text_like<T> || detail::path_like<T>)
Because operator|(T const&, Wanted const&) = delete;

/// For `stderr_of(a) | b`: stderr of `a` becomes stdin of `b`. Stdout of `a`
/// stays as it is.
template <detail::expression E>
    requires(detail::ends_of<E>.err)
StderrOf<detail::ends_of<E>> stderr_of(E const& expression)
{
    using Access = detail::ExpressionAccess;
    return Access::make<StderrOf<detail::ends_of<E>>>(Access::node(expression));
}

template <detail::expression E,
          class Because = refused::stderr_goes_elsewhere_already>
    requires(!detail::ends_of<E>.err)
Because stderr_of(E const&) = delete;

template <Ends Open, detail::expression R>
    requires(detail::ends_of<R>.in)
auto operator|(StderrOf<Open> const& left, R const& right)
{
    constexpr Ends open{Open.in, detail::ends_of<R>.out, true};
    return detail::joined<open, R>(
        detail::pipe(left.node(), detail::ExpressionAccess::node(right), 2));
}

template <Ends Open, detail::expression R,
          class Because =
              refused::stdin_of_the_right_side_comes_from_elsewhere_already>
    requires(!detail::ends_of<R>.in)
Because operator|(StderrOf<Open> const&, R const&) = delete;

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

template <detail::expression E, detail::output_like T,
          class Because = refused::this_stream_was_redirected_already>
    requires(!detail::can_write<E, T>)
Because operator>(E const&, T const&) = delete;

template <detail::expression E, std::same_as<std::nullptr_t> T,
          class Because = refused::a_null_pointer_is_no_file_name>
Because operator>(E const&, T) = delete;

template <detail::expression E, detail::slip_like T,
          class Because = refused::a_bool_or_char_is_no_file_name>
Because operator>(E const&, T) = delete;

/// Appends stdout to the file `path`.
template <detail::expression E, class T>
    requires(detail::can_write<E, Stdio>
             && (detail::text_like<T> || detail::path_like<T>))
auto operator>>(E const& expression, T const& path)
{
    return expression > append(path);
}

template <detail::expression E, class T,
          class Because = refused::this_stream_was_redirected_already>
    requires(!detail::can_write<E, Stdio>
             && (detail::text_like<T> || detail::path_like<T>))
Because operator>>(E const&, T const&) = delete;

template <detail::expression E, std::same_as<std::nullptr_t> T,
          class Because = refused::a_null_pointer_is_no_file_name>
Because operator>>(E const&, T) = delete;

template <detail::expression E, detail::slip_like T,
          class Because = refused::a_bool_or_char_is_no_file_name>
Because operator>>(E const&, T) = delete;

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

template <
    detail::expression E, class T,
    class Because = refused::stdout_of_the_left_side_goes_elsewhere_already>
    requires(!detail::can_write<E, T>
             && (std::same_as<T, Capture> || std::same_as<T, ToString>))
Because operator|(E const&, T const&) = delete;

template <
    detail::expression E, class T,
    class Because = refused::
        not_binds_tighter_than_the_pipe_write_grouped_or_put_it_in_front_of_all>
    requires(detail::can_write<E, T> && detail::is_negated<E>
             && (std::same_as<T, Capture> || std::same_as<T, ToString>))
Because operator|(E const&, T const&) = delete;

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

template <detail::expression E, detail::input_like T,
          class Because = refused::this_stream_was_redirected_already>
    requires(!detail::ends_of<E>.in && !std::same_as<T, ToFd>)
Because operator<(E const&, T const&) = delete;

template <detail::expression E, std::same_as<std::nullptr_t> T,
          class Because = refused::a_null_pointer_is_no_file_name>
Because operator<(E const&, T) = delete;

template <detail::expression E, detail::slip_like T,
          class Because = refused::a_bool_or_char_is_no_file_name>
Because operator<(E const&, T) = delete;

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

template <detail::expression E,
          class Because =
              refused::stdin_of_the_right_side_comes_from_elsewhere_already>
    requires(!detail::ends_of<E>.in)
Because err(E const&) = delete;

template <detail::expression E>
    requires(detail::ends_of<E>.err)
auto operator>(E const& expression, detail::ErrThrough const& target)
{
    using Access = detail::ExpressionAccess;
    constexpr Ends open = detail::ends_of<E>;
    return Access::make<typename detail::Reopened<E, open>::type>(
        detail::pass_err(Access::node(expression), target.through));
}

template <detail::expression E,
          class Because = refused::this_stream_was_redirected_already>
    requires(!detail::ends_of<E>.err)
Because operator>(E const&, detail::ErrThrough const&) = delete;

template <detail::expression E, detail::expression T,
          class Because =
              refused::an_expression_is_no_file_write_a_pipe_in_front_of_it>
Because operator>(E const&, T const&) = delete;

template <
    detail::expression E,
    class Because =
        refused::both_streams_go_through_a_pipe_write_err_to_out_and_the_pipe>
Because both(E const&) = delete;

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

template <detail::expression L, detail::expression R,
          class Because = refused::
              cpp_binds_and_tighter_than_or_and_a_shell_does_not_write_grouped>
    requires(detail::is_list_of<R, PlanNode::Kind::all_of>)
Because operator||(L const&, R const&) = delete;

/// `seq(a, b, c)`: runs one after the other, even if some fail (`a; b; c`). The
/// last one decides.
template <detail::expression First, detail::expression... Rest>
auto seq(First const& first, Rest const&... rest)
{
    return detail::make_list<PlanNode::Kind::sequence>(first, rest...);
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
