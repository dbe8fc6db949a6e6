// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/scripted.hpp>

#include "sys/signal.hpp"
#include "verbs/recorded_command.hpp"
#include "verbs/script.hpp"

#include <runnel/error.hpp>

#include <utility>

namespace runnel::inline v0 {

namespace {

using namespace detail;

/// One command of a program.
class ScriptedPart final : public StandIn {
public:
    /// `secrets`: what the command may get to know. `otherwise`: what the command
    /// is if it is not faked.
    struct Cue {
        std::shared_ptr<PlannedStage const> stage;
        Secrets secrets;
        std::shared_ptr<StandIn> otherwise;
        bool may_be_unknown;
    };

    ScriptedPart(std::shared_ptr<Script> script, Cue cue)
        : script_(std::move(script)), cue_(std::move(cue))
    {
    }

    Part begin() override
    {
        auto begun = script_->begin(*cue_.stage);
        auto& answer = begun.answer;
        if (!answer && !cue_.may_be_unknown)
            script_->refuse(*cue_.stage);
        if (!answer || answer->is_real)
            return cue_.otherwise ? cue_.otherwise->begin() : Part{};
        if (answer->refusal)
            throw SpawnError(std::make_error_code(*answer->refusal),
                             {.program = cue_.stage->args.front().str()});
        return {.act = Act{script_, std::move(begun), cue_.secrets},
                .witness = {}};
    }

private:
    struct Act {
        std::shared_ptr<Script> script;
        Script::Begun begun;
        Secrets secrets;

        ExitStatus operator()(Role& role)
        {
            auto& answer = *begun.answer;
            auto status = answer.status;
            if (answer.act)
                status = answer.act(role);
            else
                talk(role);
            if (answer.time)
                role.pause(*answer.time);
            return status;
        }

        void talk(Role& role) const
        {
            auto const& answer = *begun.answer;
            role.out(answer.out);
            role.err(answer.err);
            bool const has_input = role.is_connected(0);
            if (!answer.reads && has_input)
                role.close(0);
            else if (has_input || answer.input)
                script->took_input(begun.call, has_input ? role.read() : "",
                                   answer.input, secrets);
        }
    };

    std::shared_ptr<Script> script_;
    Cue cue_;
};

} // namespace

UnexpectedCommand::~UnexpectedCommand() = default;

// --- Expectation -----------------------------------------------------------------------

Expectation& Expectation::out(detail::TextView text)
{
    script_->change([&] { line_->answer.out += text.as("stdout of a fake"); });
    return *this;
}

Expectation& Expectation::err(detail::TextView text)
{
    script_->change([&] { line_->answer.err += text.as("stderr of a fake"); });
    return *this;
}

Expectation& Expectation::exits(int code)
{
    if (code < 0 || code > 255)
        throw std::invalid_argument("exits: a code is between 0 and 255; for a "
                                    "signal, write dies_of");
    script_->change([&] { line_->answer.status = ExitStatus::of_code(code); });
    return *this;
}

Expectation& Expectation::dies_of(int signal)
{
    if (!sys::is_signal(signal))
        throw std::invalid_argument("dies_of: there is no signal "
                                    + std::to_string(signal));
    script_->change(
        [&] { line_->answer.status = ExitStatus::of_signal(signal); });
    return *this;
}

Expectation& Expectation::cannot_start(std::errc why)
{
    script_->change([&] { line_->answer.refusal = why; });
    return *this;
}

Expectation& Expectation::takes(Timeout time)
{
    script_->change([&] { line_->answer.time = time; });
    return *this;
}

Expectation& Expectation::reads_nothing()
{
    script_->change([&] { line_->answer.reads = false; });
    return *this;
}

Expectation& Expectation::is_real()
{
    script_->change([&] { line_->answer.is_real = true; });
    return *this;
}

Expectation& Expectation::input(detail::TextView text)
{
    script_->change([&] {
        line_->answer.input = std::string(text.as("the expected input"));
    });
    return *this;
}

Expectation& Expectation::times(std::size_t least, std::size_t most)
{
    if (least > most)
        throw std::invalid_argument("times: at least " + std::to_string(least)
                                    + " and at most " + std::to_string(most));
    script_->change([&] {
        line_->least = least;
        line_->most = most;
    });
    return *this;
}

Expectation& Expectation::maybe()
{
    return times(0, static_cast<std::size_t>(-1));
}

Expectation& Expectation::acts(detail::Function<ExitStatus(Role&)> act)
{
    script_->change([&] { line_->answer.act = std::move(act); });
    return *this;
}

Expectation&
Expectation::only_where(detail::Function<bool(PlannedStage const&)> condition)
{
    script_->change([&] { line_->condition = std::move(condition); });
    return *this;
}

// --- Scripted --------------------------------------------------------------------------

Scripted::Scripted() : script_(std::make_shared<Script>()), inner_(nullptr) {}

Scripted::~Scripted() = default;

Expectation Scripted::expect(std::vector<detail::WordPattern> words)
{
    return Expectation(script_, script_->add({.words = std::move(words)}));
}

Expectation Scripted::expect_if(
    detail::Function<bool(std::span<std::string const>)> condition)
{
    return Expectation(script_, script_->add({.fits = std::move(condition)}));
}

void Scripted::in_order()
{
    script_->keep_order();
}

void Scripted::otherwise(Executor& executor)
{
    inner_ = &executor;
}

detail::Snapshot<ScriptedCall> Scripted::calls() const
{
    return detail::Snapshot(script_->calls());
}

detail::Snapshot<std::string> Scripted::commands() const
{
    std::vector<std::string> all;
    for (auto& call : script_->calls())
        all.push_back(std::move(call.command));
    return detail::Snapshot(std::move(all));
}

std::string Scripted::problems() const
{
    return script_->problems();
}

void Scripted::verify() const
{
    if (auto const all = problems(); !all.empty())
        throw UnexpectedCommand(all);
}

std::unique_ptr<Running> Scripted::start(Program program,
                                         RunOptions const& options)
{
    for (std::size_t i = 0; i < program.commands.size(); ++i) {
        auto& command = program.commands[i];
        command.stand_in = std::make_shared<ScriptedPart>(
            script_,
            ScriptedPart::Cue{command.stage, secrets_for(program, i),
                              std::move(command.stand_in), inner_ != nullptr});
    }
    auto& inner = inner_ != nullptr ? *inner_ : local_executor();
    return inner.start(std::move(program), options);
}

} // namespace runnel::inline v0
