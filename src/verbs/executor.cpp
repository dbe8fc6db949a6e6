#include <runnel/executor.hpp>

#include "base/executor_scope.hpp"
#include "plan/lower.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"

#include <runnel/detail/bytes.hpp>

#include <algorithm>
#include <cstdio>
#include <system_error>

namespace runnel::inline v0 {

// --- what a running thing does if nothing else is said ---------------------------------

Running::~Running() = default;

void Running::add_awaited(std::vector<Awaited>&) {}

std::chrono::steady_clock::time_point Running::deadline() const
{
    return sys::never;
}

void Running::act(std::span<Awaited const>) noexcept {}

bool Running::wait_alone()
{
    return false;
}

bool Running::needs_driving() const noexcept
{
    return !has_ended();
}

void Running::end(Teardown const&) noexcept {}

bool Running::is_draining() const noexcept
{
    return false;
}

void Running::stop_draining() noexcept {}

void Running::cancel() noexcept {}

void Running::leave_output(Teardown const&) noexcept {}

void Running::give_up(std::exception_ptr) noexcept
{
    end({.signal = 0, .grace = std::chrono::nanoseconds(0)});
}

void Running::send_signal(int) {}

void Running::forward(int) const noexcept {}

std::vector<int> Running::pids() const
{
    return {};
}

std::vector<std::optional<ExitStatus>> Running::statuses() const
{
    return {};
}

int Running::take_stream(int)
{
    return -1;
}

void Running::take_tapped(Taps&) {}

bool Running::was_cut_short() const noexcept
{
    return false;
}

std::exception_ptr Running::failure()
{
    return {};
}

// --- one that has ended already ----------------------------------------------------------

namespace {

/// A descriptor from which `bytes` can be read, and then the end.
sys::Fd readable(std::string_view bytes)
{
    auto file = sys::open_memory_file(bytes);
    if (!file)
        throw std::system_error(file.error, "cannot keep the output of a fake");
    return std::move(file.value);
}

class Finished final : public Running {
public:
    Finished(Program program, CompletedProcess result)
        : program_(std::move(program)), result_(std::move(result))
    {
        for (auto const& stage : result_.stages)
            statuses_.emplace_back(stage.status);
    }

    bool has_ended() const noexcept override { return true; }

    std::vector<int> pids() const override
    {
        return std::vector<int>(program_.commands.size(), -1);
    }

    std::vector<std::optional<ExitStatus>> statuses() const override
    {
        return statuses_;
    }

    // What is written to it is lost, what is read from it was made up.
    int take_stream(int stream) override
    {
        bool const is_in_hand = std::ranges::any_of(
            program_.endpoints, [&](Endpoint const& endpoint) {
                return endpoint.kind == Endpoint::Kind::in_hand
                    && endpoint.fd == stream;
            });
        if (!is_in_hand)
            return -1;
        if (stream == 0)
            return readable({}).release();
        auto const& bytes = stream == 1 ? result_.out : result_.err;
        return readable(bytes.captured() ? bytes.view() : std::string_view())
            .release();
    }

    void take_tapped(Taps& taps) override
    {
        for (std::size_t i = 0; i < program_.captures.size(); ++i)
            if (program_.captures[i].is_tapped && !tapped_)
                give(i, taps);
        tapped_ = true;
    }

    CompletedProcess result() override { return std::move(result_); }

    std::string command() const override { return command_of(program_); }

private:
    void give(std::size_t index, Taps& taps) const
    {
        auto const& kept = program_.captures[index];
        if (kept.stage >= result_.stages.size())
            return;
        auto const& stage = result_.stages[kept.stage];
        auto const& bytes = kept.stream == 1 ? stage.out : stage.err;
        if (bytes.captured())
            taps.take(index, bytes.view());
    }

    Program program_;
    CompletedProcess result_;
    std::vector<std::optional<ExitStatus>> statuses_;
    bool tapped_ = false;
};

Output empty_if(bool captured)
{
    return captured ? Output(detail::Bytes()) : Output();
}

} // namespace

std::unique_ptr<Running> finished(Program program, CompletedProcess result)
{
    return std::make_unique<Finished>(std::move(program), std::move(result));
}

// --- executors ---------------------------------------------------------------------------

Executor::~Executor() = default;

UseExecutor::UseExecutor(Executor& executor) noexcept
    : outer_(set_scoped_executor(&executor))
{
}

UseExecutor::~UseExecutor()
{
    set_scoped_executor(outer_);
}

CompletedProcess successful(Program const& program)
{
    CompletedProcess result;
    for (auto const& command : program.commands) {
        auto& record = result.stages.emplace_back();
        record.args = command.stage->args;
        record.command = command.stage->command();
        record.status = ExitStatus::of_code(0);
        record.out = empty_if(command.out != no_index);
        record.err = empty_if(command.err != no_index);
    }
    if (!program.commands.empty())
        result.decided_by = program.commands.size() - 1;
    for (auto const& kept : program.captures)
        if (kept.target == nullptr && !kept.is_tapped)
            result.captures.push_back(
                {kept.stage, kept.stream, empty_if(true)});
    result.out = empty_if(!program.out.empty());
    result.err = empty_if(!program.err.empty());
    return result;
}

std::unique_ptr<Running> DryRun::start(Program program, RunOptions const&)
{
    auto const line = program.text + '\n';
    if (log_ != nullptr)
        *log_ += line;
    else
        std::fwrite(line.data(), 1, line.size(), stdout);
    auto result = successful(program);
    return finished(std::move(program), std::move(result));
}

} // namespace runnel::inline v0
