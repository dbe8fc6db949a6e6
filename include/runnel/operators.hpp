// The operators: expressions in, expressions out. Nothing is started.
//
//     cmd("dmesg") | cmd("grep", "hda") > capture
//     cmd("sort") < "words.txt" > "sorted.txt"
//
// Each operator calls the function of the same meaning that stands above it.
// > and < bind tighter than |, as in a shell.
#pragma once

#include <runnel/expression.hpp>
#include <runnel/sink.hpp>

namespace runnel::inline v0 {

/// Stdout of `left` becomes stdin of `right`.
template <detail::expression L, detail::expression R>
    requires(detail::ends_of<L>.out && detail::ends_of<R>.in)
auto pipe_to(L const& left, R const& right)
{
    using Access = detail::ExpressionAccess;
    constexpr Ends open{detail::ends_of<L>.in, detail::ends_of<R>.out};
    auto node = detail::pipe(Access::node(left), Access::node(right));
    if constexpr (std::same_as<L, Pipeline> || std::same_as<R, Pipeline>)
        return Access::make<Pipeline>(std::move(node));
    else
        return Access::make<Connected<open>>(std::move(node));
}

template <detail::expression L, detail::expression R>
    requires(detail::ends_of<L>.out && detail::ends_of<R>.in)
auto operator|(L const& left, R const& right)
{
    return pipe_to(left, right);
}

/// Stdout goes to `target`: a file name, a `Stdio`, `capture`, `to(string)`.
template <detail::expression E, detail::sink_like T>
    requires(detail::ends_of<E>.out)
auto write_to(E const& expression, T const& target)
{
    using Access = detail::ExpressionAccess;
    constexpr Ends open{detail::ends_of<E>.in, false};
    auto node = detail::redirect(Access::node(expression), 1,
                                 detail::target_of(target));
    if constexpr (std::same_as<E, Pipeline>)
        return Access::make<Pipeline>(std::move(node));
    else
        return Access::make<Connected<open>>(std::move(node));
}

template <detail::expression E, detail::sink_like T>
    requires(detail::ends_of<E>.out)
auto operator>(E const& expression, T const& target)
{
    return write_to(expression, target);
}

/// The same as `> capture`; no compiler warns of it behind a `|`.
template <detail::expression E>
    requires(detail::ends_of<E>.out)
auto operator|(E const& expression, Capture target)
{
    return write_to(expression, target);
}

template <detail::expression E>
    requires(detail::ends_of<E>.out)
auto operator|(E const& expression, ToString target)
{
    return write_to(expression, target);
}

/// Stdin comes from `source`: a file name, a `Stdio`, `text("...")`.
template <detail::expression E, detail::source_like T>
    requires(detail::ends_of<E>.in)
auto read_from(E const& expression, T const& source)
{
    using Access = detail::ExpressionAccess;
    constexpr Ends open{false, detail::ends_of<E>.out};
    auto node = detail::redirect(Access::node(expression), 0,
                                 detail::target_of(source));
    if constexpr (std::same_as<E, Pipeline>)
        return Access::make<Pipeline>(std::move(node));
    else
        return Access::make<Connected<open>>(std::move(node));
}

template <detail::expression E, detail::source_like T>
    requires(detail::ends_of<E>.in)
auto operator<(E const& expression, T const& source)
{
    return read_from(expression, source);
}

} // namespace runnel::inline v0
