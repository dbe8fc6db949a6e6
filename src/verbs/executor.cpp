#include <runnel/executor.hpp>

#include <algorithm>
#include <cstdio>
#include <variant>

namespace runnel::inline v0 {

namespace {

bool captures(PlanNode const& node, int fd)
{
    auto const is_capture = [&](Redirection const& redirection) {
        return redirection.fd == fd
            && std::holds_alternative<Capture>(redirection.target);
    };
    return std::ranges::any_of(node.redirections, is_capture)
        || std::ranges::any_of(node.parts, [&](PlanNodePtr const& part) {
               return captures(*part, fd);
           });
}

Output empty_if(bool captured)
{
    return captured ? Output(detail::Bytes()) : Output();
}

} // namespace

Executor::~Executor() = default;

CompletedProcess successful(Plan const& plan)
{
    CompletedProcess result;
    for (auto const& stage : plan.stages) {
        auto& record = result.stages.emplace_back();
        record.args = stage->args;
        record.command = stage->command();
        record.status = ExitStatus::of_code(0);
    }
    if (!plan.stages.empty())
        result.decided_by = plan.stages.size() - 1;
    result.out = empty_if(captures(*plan.root, 1));
    result.err = empty_if(captures(*plan.root, 2));
    return result;
}

CompletedProcess DryRun::execute(Plan const& plan, RunOptions const&)
{
    auto const line = to_string(plan) + '\n';
    if (log_ != nullptr)
        *log_ += line;
    else
        std::fwrite(line.data(), 1, line.size(), stdout);
    return successful(plan);
}

} // namespace runnel::inline v0
