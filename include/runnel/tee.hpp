// Copies of what flows through a pipeline.
//
//     check(cmd("make") | tee("build.log"));                 // show and keep
//     auto done = run(cmd("make") | tee(capture));           // show and capture
//     check(cmd("dump") | tee(cmd("sha256sum") > "sum") | cmd("gzip") > "d.gz");
//
// Made in this process, while the expression runs; between a pipe and a pipe or
// a file the kernel copies, and no byte passes through this process.
#pragma once

#include <runnel/detail/config.hpp>
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

/// Passes on what it reads, and writes the same to every target: a file name,
/// `append("f")`, `capture`, `to(string)`, a descriptor, or the stdin of an
/// expression. A branch of that kind runs beside the pipeline, its other
/// streams are those of the pipeline as a whole, and its stages are in the
/// result behind those in front of the tee.
///
/// A target that wants no more is left out from then on. When what follows in
/// the pipeline wants no more, all ends, as with tee(1), though a branch may be
/// full: what writes to the tee is ended, and a branch reads what is in its pipe
/// and then the end. It is waited for, like every stage.
template <detail::tee_target... Targets>
    requires(sizeof...(Targets) > 0)
Connected<Ends{}> tee(Targets const&... targets)
{
    return detail::ExpressionAccess::make<Connected<Ends{}>>(
        detail::tee({detail::copy_to(targets)...}));
}

namespace refused {
struct
    a_tee_writes_to_files_descriptors_captures_and_expressions_whose_stdin_is_free;
} // namespace refused

template <
    class... Targets,
    class Because = refused::
        a_tee_writes_to_files_descriptors_captures_and_expressions_whose_stdin_is_free>
    requires(sizeof...(Targets) == 0 || !(detail::tee_target<Targets> && ...))
Because tee(Targets const&...) = delete;

} // namespace runnel::inline v0
