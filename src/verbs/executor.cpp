// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/executor.hpp>

#include "base/executor_scope.hpp"
#include "child/ending.hpp"
#include "plan/lower.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"

#include <runnel/detail/bytes.hpp>
#include <runnel/detail/executor_of_thread.hpp>
#include <runnel/error.hpp>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <system_error>

namespace runnel::inline v0 {

// --- what a running thing does if nothing else is said ---------------------------------

Running::~Running() = default;

void Running::confirm() {}

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

Running::Upkeep Running::upkeep() const noexcept
{
    return has_ended() ? Upkeep::none : Upkeep::at_any_time;
}

std::string Running::why_attached() const
{
    return has_ended() ? "" : "its executor runs it in this process";
}

bool Running::is_draining() const noexcept
{
    return false;
}

void Running::stop_draining() noexcept {}

void Running::cancel() noexcept {}

void Running::leave_output(Teardown const&) noexcept {}

void Running::give_up(std::exception_ptr) noexcept
{
    end(Teardown::kill());
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

std::string Running::waits() const
{
    auto const all = pids();
    auto const known = statuses();
    std::string text;
    for (std::size_t i = 0; i < known.size(); ++i)
        text += "  stage " + std::to_string(i + 1) + " of "
              + std::to_string(known.size()) + ": "
              + (i < all.size() && all[i] >= 0
                     ? "pid " + std::to_string(all[i]) + ", "
                     : "")
              + (known[i] ? "ended with " + to_string(*known[i]) : "runs")
              + '\n';
    return text;
}

int Running::take_stream(int)
{
    return -1;
}

void Running::resize(int /*rows*/, int /*columns*/) {}

std::shared_ptr<detail::LastByte> Running::last_byte(int /*stream*/) const
{
    return {};
}

void Running::take_tapped(Taps&) {}

bool Running::was_cut_short() const noexcept
{
    return false;
}

std::exception_ptr Running::failure(CompletedProcess const& /*result*/)
{
    return {};
}

// --- one that has ended already ----------------------------------------------------------

namespace {

/// A descriptor from which `bytes` can be read, and then end of file.
sys::Fd readable(std::string_view bytes)
{
    auto file = sys::open_memory_file(bytes);
    if (!file)
        throw SystemError(file.error, "cannot keep the output of a fake");
    return std::move(file.value);
}

class EndedRun final : public Running {
public:
    EndedRun(Program program, CompletedProcess result)
        : program_(std::move(program)), result_(std::move(result))
    {
        for (auto const& stage : result_.stages)
            statuses_.emplace_back(stage.status);
    }

    bool has_ended() const noexcept override { return true; }
    void end(Teardown const&) noexcept override {}

    std::vector<int> pids() const override
    {
        return std::vector<int>(program_.commands.size(), -1);
    }

    std::vector<std::optional<ExitStatus>> statuses() const override
    {
        return statuses_;
    }

    // Bytes written to stdin are lost. stdout and stderr are the given output.
    int take_stream(int stream) override
    {
        auto const in_hand = std::ranges::find_if(
            program_.endpoints, [&](Endpoint const& endpoint) {
                return endpoint.kind == Endpoint::Kind::in_hand
                    && endpoint.fd == stream;
            });
        if (in_hand == program_.endpoints.end())
            return -1;
        if (stream == 0)
            return readable({}).release();
        auto const index =
            static_cast<std::size_t>(in_hand - program_.endpoints.begin());
        bool const is_err = stream == 2 || takes_only_stderr(index);
        return readable(bytes_of(is_err ? &result_.err : &result_.out))
            .release();
    }

    void take_tapped(Taps& taps) override
    {
        for (std::size_t i = 0; i < program_.captures.size(); ++i)
            if (program_.captures[i].is_tapped && !tapped_)
                give(i, taps);
        tapped_ = true;
    }

    // A stream that `to(string)` takes is in that string, not in the result.
    CompletedProcess result() override
    {
        for (auto const& kept : program_.captures)
            if (kept.target != nullptr) {
                auto* const output = output_of(kept);
                kept.target->assign(bytes_of(output));
                if (output != nullptr)
                    *output = Output();
            }
        return std::move(result_);
    }

    std::string command() const override { return command_of(program_); }

private:
    /// True for the stream of a range over `stderr_of(e)`.
    bool takes_only_stderr(std::size_t endpoint) const
    {
        auto const is_connected = [&](int number) {
            return std::ranges::any_of(
                program_.commands, [&](ProgramCommand const& command) {
                    return std::ranges::find(command.connections,
                                             Connection{number, endpoint})
                        != command.connections.end();
                });
        };
        return is_connected(2) && !is_connected(1);
    }

    static std::string_view bytes_of(Output const* output)
    {
        return output != nullptr && output->captured() ? output->view()
                                                       : std::string_view();
    }

    /// The output of the command that a capture belongs to; null if there is
    /// none.
    Output* output_of(ProgramCapture const& kept)
    {
        if (kept.stage >= result_.stages.size() || kept.stream > 2)
            return nullptr;
        auto& stage = result_.stages[kept.stage];
        return kept.stream == 1 ? &stage.out : &stage.err;
    }

    // A fake may give the output of the last command as that of the whole.
    void give(std::size_t index, Taps& taps)
    {
        auto const& kept = program_.captures[index];
        auto const* output = output_of(kept);
        bool const is_last = kept.stage + 1 == result_.stages.size();
        if (is_last && bytes_of(output).empty())
            output = kept.stream == 1 ? &result_.out : &result_.err;
        if (auto const bytes = bytes_of(output); !bytes.empty())
            taps.take(index, bytes);
    }

    Program program_;
    CompletedProcess result_;
    std::vector<std::optional<ExitStatus>> statuses_;
    bool tapped_ = false;
};

/// False if there is no capture, or `to(string)` takes it.
bool is_in_result(Program const& program, std::size_t capture)
{
    return capture != no_index && program.captures[capture].target == nullptr;
}

Output empty_if(bool captured)
{
    return captured ? Output(detail::Bytes()) : Output();
}

} // namespace

std::unique_ptr<Running> finished(Program program, CompletedProcess result)
{
    return std::make_unique<EndedRun>(std::move(program), std::move(result));
}

// --- executors ---------------------------------------------------------------------------

Executor::~Executor() = default;

std::unique_ptr<Running> Executor::start_unconfirmed(Program program,
                                                     RunOptions const& options)
{
    return start(std::move(program), options);
}

Executor* detail::executor_of_thread() noexcept
{
    return scoped_executor();
}

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
    auto const texts = secrets_in_texts(program);
    for (auto const& command : program.commands) {
        auto& record = result.stages.emplace_back();
        record.args = command.stage->argv();
        record.command = command.stage->command();
        record.secrets = command.stage->secrets();
        record.secrets.add(texts);
        record.status = ExitStatus::of_code(0);
        record.out = empty_if(is_in_result(program, command.out));
        record.err = empty_if(is_in_result(program, command.err));
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

CompletedProcess failed(Program const& program, int returncode,
                        std::size_t stage)
{
    if (returncode == 0 || program.commands.empty())
        throw std::invalid_argument(
            "failed() needs a command and a returncode that is not 0");
    auto result = successful(program);
    stage = std::min(stage, result.stages.size() - 1);
    auto& record = result.stages[stage];
    record.status = returncode < 0 ? ExitStatus::of_signal(-returncode)
                                   : ExitStatus::of_code(returncode);
    record.failed = true;
    result.failed = true;
    result.returncode = returncode;
    result.decided_by = stage;
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
