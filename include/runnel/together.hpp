// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

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

#include <runnel/detail/refused.hpp>
#include <runnel/expression.hpp>

#include <ranges>
#include <vector>

namespace runnel::inline v0 {

/// How expressions run at once.
struct TogetherOptions {
    /// When the first part ends, or fails, the others are ended as
    /// `RunOptions::teardown` says, and do not count as failed. A part is a whole
    /// expression: a list ends with its last command. Branches of a tee and
    /// `into(...)` are not ended: they read to end of file.
    RunUntil until = RunUntil::all_end;

    /// True: each line of stdout and stderr that the part does not redirect begins
    /// with the text of the part, or with the name of its command (`named`):
    /// `worker: ready`. A line of more than 1 MiB comes in pieces, each with its
    /// label and a newline. Streams that are kept for each command (`tagged`, stderr
    /// with `capture_output`, the output of a `JobSet`) get no labels.
    bool labelled = false;
};

namespace detail {

RUNNEL_EXPORT PlanNodePtr together(std::vector<PlanNodePtr> parts,
                                   TogetherOptions const& options);

} // namespace detail

/// All of these at once, each a part of its own: nothing flows between them.
///
/// - Result: the rightmost part that failed decides; if none did, the one that
///   `until` has waited for, else the rightmost. `CompletedProcess::stages` are in
///   the order written. If a part cannot be started, those that were started are
///   killed and reaped, and `SpawnError` is thrown; they may have done something by
///   then.
/// - Output: where the whole is connected (`| cmd(...)`, `> capture`, `> "file"`) or
///   labelled, this process joins stdout, and likewise stderr, line by line as the
///   lines come. No line is torn; the last line of a part gets its newline if
///   another line follows. A line that has not ended, such as a prompt, is held
///   until it ends or its part does; one of more than 1 MiB keeps the others waiting
///   until it has ended. If the reader leaves, the parts get SIGPIPE when they write.
/// - Else the parts write to the streams of this process themselves, and lines may
///   mix as in a shell.
/// - Input: the parts share stdin; each byte reaches one of them.
/// - A time limit, a stop request and an error end all of them.
/// - A join needs one descriptor of this process for each part.
/// - Text mode: an encoding whose newline is not one byte (UTF-16) is
///   `std::invalid_argument` where lines are joined.
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
template <detail::range_of_expressions R>
Connected<Ends{}> together(R&& parts, TogetherOptions const& options = {})
{
    using Access = detail::ExpressionAccess;
    std::vector<PlanNodePtr> nodes;
    for (auto&& part : parts)
        nodes.push_back(Access::node(part));
    return Access::make<Connected<Ends{}>>(
        detail::together(std::move(nodes), options));
}

template <class... T>
    requires(!(detail::expression<T> && ...) || sizeof...(T) == 0)
RUNNEL_REFUSED("together takes expressions, and options come first: write "
               "together({...}, a, b)",
               Connected<Ends{}>) together(T const&...) RUNNEL_DELETED;

} // namespace runnel::inline v0
