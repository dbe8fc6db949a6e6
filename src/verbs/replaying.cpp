// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/recording.hpp>

#include "io/drain.hpp"
#include "job/role_state.hpp"
#include "sys/file.hpp"
#include "sys/signal.hpp"
#include "text/visible.hpp"
#include "verbs/recorded_command.hpp"
#include "verbs/word_difference.hpp"

#include <runnel/error.hpp>
#include <runnel/shlex.hpp>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

namespace runnel::inline v0 {

namespace detail {

namespace {

std::string content_of(Pathname const& file)
{
    auto const opened = sys::open_file(file.str(), sys::FileUse::read);
    std::string text;
    std::array<char, 65536> piece;
    for (auto error = opened.error;;) {
        if (error)
            throw SystemError(error, "cannot read \"" + file.str() + '"');
        auto const count =
            sys::read_some(opened.value.get(), piece.data(), piece.size());
        if (count && count.value == 0)
            return text;
        error = count.error;
        text.append(piece.data(), count.value);
    }
}

std::vector<WordPattern> patterns_of(std::vector<std::string> const& words)
{
    return {words.begin(), words.end()};
}

std::string joined(std::vector<std::string> const& lines)
{
    std::string text;
    for (auto const& line : lines)
        text += (text.empty() ? "" : ", ") + line;
    return text;
}

void add_if_other(std::string& text, std::string_view name,
                  std::string const& recorded, std::string const& now)
{
    if (recorded != now)
        text += "    " + std::string(name) + ": recorded \"" + visible(recorded)
              + "\", now \"" + visible(now) + "\"\n";
}

std::size_t cost_of(RecordedCall const& recorded, RecordedCall const& now)
{
    auto const patterns = patterns_of(recorded.words);
    GivenWords const given{now.words, now.words};
    return WordDifference(patterns, given).cost() + (recorded.cwd != now.cwd)
         + (recorded.environment != now.environment)
         + (recorded.input != now.input);
}

std::string difference(RecordedCall const& recorded, RecordedCall const& now)
{
    auto const patterns = patterns_of(recorded.words);
    GivenWords const given{now.words, now.words};
    std::string text;
    if (recorded.words != now.words)
        text = WordDifference(patterns, given).text("    ");
    add_if_other(text, "cwd", recorded.cwd, now.cwd);
    add_if_other(text, "env", joined(recorded.environment),
                 joined(now.environment));
    add_if_other(text, "stdin", recorded.input.value_or(""),
                 now.input.value_or(""));
    return text.empty() ? "    (it was run already, or its turn is not now)\n"
                        : text;
}

} // namespace

/// The commands of a recording, and which of them were run. Thread safe.
class Replay {
public:
    explicit Replay(Pathname const& file)
        : file_(file.str()), commands_(commands_in(content_of(file), file_)),
          used_(commands_.size())
    {
    }

    void keep_order()
    {
        std::lock_guard const lock(mutex_);
        is_in_order_ = true;
    }

    RecordedCommand const& begin(RecordedCall const& call)
    {
        std::lock_guard const lock(mutex_);
        for (std::size_t i = 0; i < commands_.size(); ++i) {
            if (used_[i])
                continue;
            if (commands_[i].call == call) {
                used_[i] = true;
                return commands_[i];
            }
            if (is_in_order_)
                break;
        }
        problems_.push_back("unexpected command: " + visible(join(call.words))
                            + '\n' + nearest_to(call));
        throw UnexpectedCommand(problems_.back());
    }

    std::string problems() const
    {
        std::lock_guard const lock(mutex_);
        std::string all;
        for (auto const& problem : problems_)
            all += problem;
        for (std::size_t i = 0; i < commands_.size(); ++i)
            if (!used_[i])
                all += "recorded command that was not run: "
                     + name_of(commands_[i]) + '\n';
        return all;
    }

private:
    std::string name_of(RecordedCommand const& command) const
    {
        return visible(file_) + ':' + std::to_string(command.line) + ": "
             + visible(join(command.call.words));
    }

    /// Of equally near ones, one that was not run yet.
    std::string nearest_to(RecordedCall const& call) const
    {
        RecordedCommand const* nearest = nullptr;
        auto least = static_cast<std::size_t>(-1);
        for (std::size_t i = 0; i < commands_.size(); ++i) {
            auto const cost = 2 * cost_of(commands_[i].call, call) + used_[i];
            if (cost < least)
                nearest = &commands_[i];
            least = std::min(least, cost);
        }
        return nearest == nullptr
                 ? "  nothing is recorded in " + visible(file_) + '\n'
                 : "  nearest recorded command: " + name_of(*nearest) + '\n'
                       + difference(nearest->call, call);
    }

    std::string const file_;
    std::vector<RecordedCommand> const commands_;
    mutable std::mutex mutex_;
    std::vector<bool> used_;
    bool is_in_order_ = false;
    std::vector<std::string> problems_;
};

} // namespace detail

namespace {

using namespace detail;

/// Output that nothing reads any more is lost; how the command ends is known.
void write(Role& role, int fd, std::string const& text)
{
    try {
        role.write(fd, text);
    } catch (NoReader const&) {
    }
}

/// One command of a program.
class ReplayedPart final : public StandIn {
public:
    ReplayedPart(std::shared_ptr<Replay> replay, RecordedCall call,
                 std::string program)
        : replay_(std::move(replay)), call_(std::move(call)),
          program_(std::move(program))
    {
    }

    Part begin() override
    {
        auto const& command = replay_->begin(call_);
        if (auto const& refusal = command.refusal)
            throw SpawnError({refusal->error, std::generic_category()},
                             {.program = program_,
                              .step = refusal->step,
                              .subject = refusal->subject,
                              .hint = refusal->hint});
        return {.act = [replay = replay_,
                        &command](Role& role) { return play(role, command); },
                .witness = {}};
    }

private:
    static ExitStatus play(Role& role, RecordedCommand const& command)
    {
        write(role, 1, command.out);
        write(role, 2, command.err);
        role.close(1);
        role.close(2);
        if (!command.left_input && role.is_connected(0))
            role.read();
        return command.status;
    }

    std::shared_ptr<Replay> replay_;
    RecordedCall call_;
    std::string program_;
};

} // namespace

DamagedRecording::DamagedRecording(std::string const& file, std::size_t line,
                                   std::string const& why)
    : SubprocessError(std::make_error_code(std::errc::bad_message),
                      visible(file + ':' + std::to_string(line) + ": " + why)),
      line_(line)
{
}

DamagedRecording::~DamagedRecording() = default;

Replaying::Replaying(Pathname const& file)
    : replay_(std::make_shared<Replay>(file))
{
}

Replaying::~Replaying() = default;

void Replaying::in_order()
{
    replay_->keep_order();
}

std::string Replaying::problems() const
{
    return replay_->problems();
}

void Replaying::verify() const
{
    if (auto const all = problems(); !all.empty())
        throw UnexpectedCommand(all);
}

std::unique_ptr<Running> Replaying::start(Program program,
                                          RunOptions const& options)
{
    for (std::size_t i = 0; i < program.commands.size(); ++i)
        program.commands[i].stand_in = std::make_shared<ReplayedPart>(
            replay_, call_of(program, i, options),
            program.commands[i].stage->args.front().str());
    return local_executor().start(std::move(program), options);
}

} // namespace runnel::inline v0
