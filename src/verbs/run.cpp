#include <runnel/run.hpp>

#include <runnel/executor.hpp>
#include <runnel/operators.hpp>

#include "job/job_state.hpp"
#include "plan/redirections.hpp"
#include "sys/clock.hpp"
#include "text/text_codec.hpp"
#include "verbs/prepare_plan.hpp"
#include "verbs/run_plan.hpp"

#include <algorithm>
#include <stdexcept>

namespace runnel::inline v0 {

namespace {

void refuse_hand_ends(PlanNode const& node)
{
    if (std::ranges::any_of(node.redirections, is_driven_by_hand))
        throw std::invalid_argument(
            "Stdio::pipe needs somebody at its other end: use start() and the "
            "streams of the Job, or capture and text");
    for (auto const& part : node.parts)
        refuse_hand_ends(*part);
}

CompletedProcess run_here(Plan plan, RunOptions const& options)
{
    JobState job(std::move(plan), options);
    job.start(options.input);
    job.wait(sys::never);
    return std::move(job.result());
}

CompletedProcess run_elsewhere(Plan const& plan, RunOptions const& options)
{
    auto const text = text_mode_of(options);
    auto result = options.executor->execute(plan, options);
    if (text)
        decode_outputs(result, *text);
    if (options.check)
        result.check_returncode();
    return result;
}

CompletedProcess run_plan(Plan plan, RunOptions const& options)
{
    refuse_hand_ends(*plan.root);
    return options.executor != nullptr ? run_elsewhere(plan, options)
                                       : run_here(std::move(plan), options);
}

RunOptions checked(RunOptions options)
{
    options.check = true;
    return options;
}

} // namespace

CompletedProcess run(Expression const& expression, RunOptions const& options)
{
    return run_plan(prepare_plan(expression, options), options);
}

CompletedProcess check(Expression const& expression, RunOptions const& options)
{
    return run(expression, checked(options));
}

Output captured_stdout(Expression const& expression, RunOptions const& options,
                       std::string_view verb)
{
    auto plan = prepare_plan(expression, options);
    if (!options.capture_output)
        capture_stdout(plan, std::string(verb) + " captures stdout");
    return run_plan(std::move(plan), options).out;
}

std::string read(Expression const& expression, RunOptions const& options)
{
    return std::string(
        captured_stdout(expression, checked(options), "read()").trimmed());
}

} // namespace runnel::inline v0
