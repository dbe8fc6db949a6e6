// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Copies the bytes that flow through a pipeline.
//
//     check(cmd("make") | tee("build.log"));                 // show and keep
//     auto done = run(cmd("make") | tee(capture));           // show and capture
//     check(cmd("make") > err(tee("errors.log")));           // stderr alone
//     check(cmd("dump") | tee(cmd("sha256sum") > "sum") | cmd("gzip") > "d.gz");
//
// This process makes the copies while the expression runs. From a pipe to a
// pipe and to one other pipe or file, the kernel copies, and no byte passes
// through this process.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/operators.hpp>

#include <concepts>
#include <utility>
#include <variant>
#include <vector>

namespace runnel::inline v0 {

namespace detail {

using Copy = std::variant<Target, PlanNodePtr>;

RUNNEL_EXPORT PlanNodePtr tee(std::vector<Copy> copies);

template <class T>
concept tee_target = (sink_like<T> && !std::same_as<T, SameAs>)
                  || (expression<T> && ends_of<T>.in);

template <class T>
Copy copy_to(T const& target)
{
    if constexpr (expression<T>)
        return ExpressionAccess::node(target);
    else
        return target_of(target);
}

} // namespace detail

/// Passes on the bytes that it reads, and writes the same to every target: a
/// file name, `append("f")`, `capture`, `to(string)`, a descriptor, or the
/// stdin of an expression. Such an expression is a branch: it runs beside the
/// pipeline, its other streams are those of the pipeline as a whole, and its
/// stages follow those in front of the tee in the result.
///
/// A target that stops reading is left out from then on. If the next part of
/// the pipeline stops reading, everything ends, as with tee(1), but even while
/// the pipe of a branch is full: the commands that write to the tee are ended,
/// and a branch reads the rest of its pipe and then end of file. The run waits
/// for branches as for every stage.
template <detail::tee_target... Targets>
    requires(sizeof...(Targets) > 0)
Connected<Ends{}> tee(Targets const&... targets)
{
    return detail::ExpressionAccess::make<Connected<Ends{}>>(
        detail::tee({detail::copy_to(targets)...}));
}

template <class... Targets>
    requires(sizeof...(Targets) == 0 || !(detail::tee_target<Targets> && ...))
RUNNEL_REFUSED("tee takes files, descriptors, captures and expressions whose "
               "stdin is free: write tee(\"f\"), tee(capture), tee(cmd(\"b\"))",
               Connected<Ends{}>) tee(Targets const&...) RUNNEL_DELETED;

} // namespace runnel::inline v0
