#include <runnel/run.hpp>

#include "executor.hpp"
#include "job_state.hpp"

#include <algorithm>
#include <stdexcept>

namespace runnel::inline v0 {

namespace {

bool is_connected(PlannedStage const& stage, int fd)
{
    return std::ranges::find(stage.redirections, fd, &Redirection::fd)
        != stage.redirections.end();
}

void need_free(PlannedStage const& stage, int fd, std::string_view why)
{
    if (is_connected(stage, fd))
        throw std::invalid_argument(std::string(why) + ", but "
                                    + (fd == 0   ? "stdin"
                                       : fd == 1 ? "stdout"
                                                 : "stderr")
                                    + " of \"" + stage.command()
                                    + "\" is connected already");
}

void capture_stream(PlannedStage& stage, int fd, std::string_view why)
{
    need_free(stage, fd, why);
    stage.redirections.push_back({fd, capture});
}

void refuse_hand_pipes(Plan const& plan)
{
    for (auto const& stage : plan.stages)
        for (auto const& redirection : stage.redirections)
            if (auto const* stdio = std::get_if<Stdio>(&redirection.target);
                stdio != nullptr && stdio->kind() == Stdio::pipe)
                throw std::invalid_argument(
                    "Stdio::pipe of \"" + stage.command()
                    + "\" needs somebody at its other end: use capture, or a "
                      "Popen");
}

Plan plan_for(Expression const& expression, RunOptions const& options)
{
    auto plan = make_plan(expression);
    refuse_hand_pipes(plan);
    if (options.input)
        need_free(plan.stages.front(), 0, "input is given");
    if (options.capture_output) {
        capture_stream(plan.stages.back(), 1, "capture_output is given");
        for (auto& stage : plan.stages)
            capture_stream(stage, 2, "capture_output is given");
    }
    return plan;
}

CompletedProcess run_plan(Plan plan, RunOptions const& options)
{
    auto const deadline = sys::deadline_after(options.timeout);
    auto const job =
        Executor::start(std::move(plan), options.observer, options.input);
    if (!job->wait(deadline))
        job->expire(options.timeout);
    auto result = job->result();
    if (options.check)
        result.check_returncode();
    return result;
}

} // namespace

CompletedProcess run(Expression const& expression, RunOptions options)
{
    return run_plan(plan_for(expression, options), options);
}

CompletedProcess check(Expression const& expression, RunOptions options)
{
    options.check = true;
    return run(expression, std::move(options));
}

std::string read(Expression const& expression, RunOptions options)
{
    options.check = true;
    auto plan = plan_for(expression, options);
    if (!options.capture_output)
        capture_stream(plan.stages.back(), 1, "read() captures stdout");
    return std::string(run_plan(std::move(plan), options).out.trimmed());
}

} // namespace runnel::inline v0
