// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "verbs/launch.hpp"

#include "base/executor_scope.hpp"
#include "base/observe.hpp"
#include "plan/plan_text.hpp"

#include <runnel/operators.hpp>

#include <string>
#include <utility>

namespace runnel::inline v0 {

namespace {

Executor& executor_of(RunOptions const& options) noexcept
{
    if (options.executor != nullptr)
        return *options.executor;
    if (auto* const scoped = scoped_executor())
        return *scoped;
    return local_executor();
}

} // namespace

Prepared prepare(PlanNodePtr root, Lowering const& how)
{
    auto const& node = *root;
    return {std::move(root), lower(node, how)};
}

Executor& executor_for(Prepared& prepared, RunOptions const& options)
{
    auto& executor = executor_of(options);
    if (&executor != &local_executor())
        prepared.program.text = text_of(*handed_down(prepared.root));
    if (auto* const observer = observer_or_default(options.observer))
        tell(*observer, &Observer::planned, plan_of(prepared.root));
    prepared.root.reset();
    return executor;
}

CompletedProcess run_to_end(Prepared&& prepared, RunOptions const& options)
{
    JobState job(options);
    auto& executor = executor_for(prepared, options);
    job.start(executor, std::move(prepared.program));
    job.wait(sys::never);
    return job.result(JobState::Asked::once);
}

std::string captured_stdout(Expression const& expression,
                            RunOptions const& options, std::string_view why)
{
    auto how = lowering_of(options);
    if (!options.capture_output)
        how.capture_out = why;
    // What else in the result holds these bytes goes with it.
    auto out =
        run_to_end(prepare(detail::ExpressionAccess::node(expression), how),
                   options)
            .out;
    return std::move(out).str();
}

RunOptions checked(RunOptions options)
{
    options.check = true;
    return options;
}

} // namespace runnel::inline v0
