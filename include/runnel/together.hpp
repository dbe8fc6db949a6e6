// Expressions that run at once, as one expression.
//
//     check(together(cmd("cc", "-c", "a.c"), cmd("cc", "-c", "b.c")));
//     run(together(cmd("zcat", "a.gz"), cmd("zcat", "b.gz")) | cmd("sort"));
//     check(together({.until = RunUntil::one_ends, .labelled = true},
//                    cmd("server"), cmd("worker")));
//
// For more expressions than shall run at once, see parallel.hpp.
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/expression.hpp>

#include <ranges>
#include <vector>

namespace runnel::inline v0 {

/// How expressions run at once.
struct TogetherOptions {
    /// When the first one ends, or fails, the others are ended as
    /// `RunOptions::teardown` says. They do not count as failed.
    RunUntil until = RunUntil::all_end;

    /// True: each line of stdout and stderr begins with the text of the command
    /// that wrote it, or with its name (`named`): `worker: ready`. A line of more
    /// than 1 MiB comes in pieces.
    bool labelled = false;
};

namespace detail {

RUNNEL_EXPORT PlanNodePtr together(std::vector<PlanNodePtr> parts,
                                   TogetherOptions const& options);

} // namespace detail

/// All of these at once, each a part of its own: nothing flows between them.
///
/// - Result: the rightmost part that failed decides; if none did, the one that
///   `until` has waited for, else the rightmost. Stages are in the order written. If
///   one cannot be started, none runs.
/// - Output: stdout and stderr of the parts are shared, as in a shell. Where the
///   whole is connected (`| cmd(...)`, `> capture`, `> "file"`) or labelled, this
///   process joins them line by line, as they come: no line is torn, and the last
///   line of a part gets its newline if another line follows. A line of more than
///   1 MiB keeps the others waiting until it has ended.
/// - Input: the parts share stdin; each byte reaches one of them.
/// - A time limit, a stop request and an error end all of them.
template <detail::expression... Parts>
    requires(sizeof...(Parts) > 0)
Connected<Ends{}> together(TogetherOptions const& options,
                           Parts const&... parts)
{
    using Access = detail::ExpressionAccess;
    return Access::make<Connected<Ends{}>>(
        detail::together({Access::node(parts)...}, options));
}

/// The same, without options.
template <detail::expression First, detail::expression... Rest>
Connected<Ends{}> together(First const& first, Rest const&... rest)
{
    return together(TogetherOptions{}, first, rest...);
}

/// The same for the expressions of a range. Throws `std::invalid_argument` if it is
/// empty.
template <std::ranges::input_range R>
    requires detail::expression<
        std::remove_cvref_t<std::ranges::range_reference_t<R>>>
Connected<Ends{}> together(R&& parts, TogetherOptions const& options = {})
{
    using Access = detail::ExpressionAccess;
    std::vector<PlanNodePtr> nodes;
    for (auto&& part : parts)
        nodes.push_back(Access::node(part));
    return Access::make<Connected<Ends{}>>(
        detail::together(std::move(nodes), options));
}

namespace refused {
struct together_takes_expressions_and_options_come_first {};
} // namespace refused

template <
    class... T,
    class Because = refused::together_takes_expressions_and_options_come_first>
    requires(!(detail::expression<T> && ...) || sizeof...(T) == 0)
Because together(T const&...) = delete;

} // namespace runnel::inline v0
