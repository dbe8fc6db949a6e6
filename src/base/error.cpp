// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/error.hpp>

#include "base/secrets_of.hpp"
#include "sys/clock.hpp"
#include "sys/immortal.hpp"
#include "sys/names.hpp"
#include "text/decimal.hpp"
#include "text/quote.hpp"
#include "text/utf8.hpp"
#include "text/visible.hpp"

#include <stdexcept>

namespace runnel::inline v0 {

namespace {

std::string in_words(std::chrono::nanoseconds time)
{
    using namespace std::chrono_literals;
    if (time >= 999'500ms)
        return std::to_string(
                   std::chrono::round<std::chrono::seconds>(time).count())
             + " s";
    if (time >= 100ms || time == 0ns)
        return short_decimal(time.count(), 9) + " s";
    return short_decimal(time.count(), 6) + " ms";
}

std::string in_quotes(std::string_view text)
{
    return '"' + std::string(text) + '"';
}

std::string place(std::size_t stage, std::size_t stages)
{
    return "stage " + std::to_string(stage) + " of " + std::to_string(stages);
}

// --- SpawnError ----------------------------------------------------------------

std::string what_failed(SpawnError::Details const& details)
{
    auto const subject = [&](std::string_view doing) {
        return std::string(doing) + ' ' + in_quotes(details.subject);
    };
    switch (details.step) {
    case SpawnStep::open: return subject("cannot open");
    case SpawnStep::pipe: return "cannot make a pipe";
    case SpawnStep::terminal: return "cannot set up a terminal";
    case SpawnStep::fork: return "cannot make a process";
    case SpawnStep::dup:
        return details.subject.empty()
                 ? "cannot pass a descriptor on"
                 : "cannot pass descriptor " + details.subject + " on";
    case SpawnStep::cwd: return subject("cannot enter the directory");
    case SpawnStep::umask: return "cannot set the umask";
    case SpawnStep::signals: return "cannot reset the signals";
    case SpawnStep::session: return "cannot start a session";
    case SpawnStep::process_group: return "cannot set the process group";
    case SpawnStep::cgroup: return "cannot make a cgroup for the child";
    case SpawnStep::extra_groups: return "cannot set the extra groups";
    case SpawnStep::group: return "cannot set the group";
    case SpawnStep::user: return "cannot set the user";
    case SpawnStep::setting: return "cannot set " + details.subject;
    case SpawnStep::preexec: return "preexec_fn threw";
    case SpawnStep::close_fds: return "cannot close descriptors";
    case SpawnStep::exec:
        return details.subject.empty() || details.subject == details.program
                 ? ""
                 : in_quotes(details.subject);
    }
    return {};
}

/// The first line of a script, and less of it if that line is long.
std::string head_of(std::string_view script)
{
    auto const head = first_bytes(script.substr(0, script.find('\n')), 40);
    return quote(head) + (head.size() < script.size() ? "..." : "");
}

std::string started_as(SpawnError::Details const& details)
{
    return details.script.empty()
             ? details.program
             : details.program + " -c " + head_of(details.script);
}

std::string message_for(std::error_code code,
                        SpawnError::Details const& details)
{
    std::string message = "cannot start " + in_quotes(started_as(details));
    if (details.stages > 1)
        message += " (" + place(details.stage, details.stages) + ")";
    if (auto const failed = what_failed(details); !failed.empty())
        message += ": " + failed;
    message += ": "
             + (details.step == SpawnStep::preexec && !details.hint.empty()
                    ? details.hint
                    : sys::describe(code));
    if (details.step != SpawnStep::preexec && !details.hint.empty())
        message += " (" + details.hint + ")";
    return message;
}

// --- CalledProcessError --------------------------------------------------------

class ExitCategory final : public std::error_category {
public:
    char const* name() const noexcept override { return "exit status"; }
    std::string message(int returncode) const override
    {
        return to_string(returncode < 0 ? ExitStatus::of_signal(-returncode)
                                        : ExitStatus::of_code(returncode));
    }
};

/// The last lines of `text`, indented, for the end of a message.
std::string tail_of(std::string_view text)
{
    constexpr std::size_t most_lines = 10;
    constexpr std::size_t most_bytes = 2000;
    auto rest = last_bytes(text, most_bytes);
    std::string tail;
    for (std::size_t lines = 0; lines < most_lines && !rest.empty(); ++lines) {
        auto const at = rest.rfind('\n');
        auto const line = at == rest.npos ? rest : rest.substr(at + 1);
        tail.insert(0, "\n    " + std::string(line));
        rest = at == rest.npos ? "" : rest.substr(0, at);
    }
    return tail;
}

/// The same for what a read of a stream had read.
std::string read_so_far(Output const& seen)
{
    auto const tail = tail_of(seen.trimmed());
    return tail.empty() ? "; nothing was read" : "; read so far:" + tail;
}

/// What the command wrote to stderr, for the end of a message. It may have printed
/// the secrets of any command of the expression. They are hidden before the text
/// is cut, so that no part of one is left.
std::string last_words(StageResult const& stage, CompletedProcess const& result)
{
    if (!stage.err.captured())
        return {};
    auto const secrets = secrets_of(result);
    return secrets.empty() ? tail_of(stage.err.trimmed())
                           : tail_of(secrets.masked(stage.err.trimmed()));
}

/// The index of the stage that decided the verdict.
std::size_t failed_stage(CompletedProcess const& result)
{
    bool const is_known = result.decided_by < result.stages.size();
    if (!result.failed || (!is_known && !result.stages.empty()))
        throw std::invalid_argument("CalledProcessError: nothing failed");
    return result.decided_by;
}

std::string ended_how(ExitStatus status)
{
    if (status.code())
        return "ended with " + to_string(status);
    if (status.signal())
        return "was " + to_string(status);
    return "ended with an unknown exit status (SIGCHLD is ignored, or other "
           "code "
           "of this program has waited for the process)";
}

/// Without this, "exit code 0" would be a strange failure.
std::string accepted_codes(StageResult const& stage)
{
    if (!stage.accepted || !stage.status.code())
        return {};
    if (stage.accepted->empty())
        return " (no exit code is accepted)";
    std::string codes;
    for (int const code : *stage.accepted) {
        if (!codes.empty())
            codes += ", ";
        codes += std::to_string(code);
    }
    return " (accepted: " + codes + ")";
}

std::string ended_how(StageResult const& stage, int returncode)
{
    if (!stage.refusal.empty())
        return "could not be started";
    if (stage.timed_out && stage.silent_since)
        return "moved no byte since " + sys::time_of_day(*stage.silent_since)
             + " and " + ended_how(stage.status);
    if (stage.timed_out)
        return "ran out of its time and " + ended_how(stage.status);
    if (!stage.failed && returncode < 0)
        return "was the last to run when " + signal_name(-returncode)
             + " stopped the list,";
    if (!stage.failed)
        return "succeeded, where ! asks for a failure,";
    return ended_how(stage.status) + accepted_codes(stage);
}

std::string message_for(CompletedProcess const& result)
{
    auto const index = failed_stage(result);
    if (result.stages.empty())
        return "C++ succeeded, where ! asks for a failure";
    auto const& stage = result.stages[index];
    std::string message;
    if (result.stages.size() > 1)
        message = place(index + 1, result.stages.size()) + ' ';
    message += in_quotes(stage.command) + ' '
             + ended_how(stage, result.returncode) + " after "
             + in_words(stage.wall_time);
    return message + last_words(stage, result);
}

// --- EndedEarly ------------------------------------------------------------------

CompletedProcess captured(Output out, Output err)
{
    CompletedProcess result;
    result.out = std::move(out);
    result.err = std::move(err);
    return result;
}

/// Of one command the caller knows that it still ran.
std::string still_running(CompletedProcess const& result)
{
    if (result.stages.size() < 2)
        return {};
    std::string names;
    for (auto const& stage : result.stages) {
        if (!stage.ended_early)
            continue;
        names += names.empty() ? "; still running: " : ", ";
        names += in_quotes(stage.command);
        if (stage.silent_since)
            names +=
                " (silent since " + sys::time_of_day(*stage.silent_since) + ')';
    }
    return names;
}

// --- TextError -----------------------------------------------------------------

/// `byte 0xff`, `bytes 0xe2 0x82`.
std::string bytes_in_words(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = bytes.size() == 1 ? "byte" : "bytes";
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        text += " 0x";
        text += digits[byte >> 4];
        text += digits[byte & 0xf];
    }
    return text;
}

/// `U+20AC`, or the bytes if they are not a valid character.
std::string character_in_words(std::string_view text)
{
    if (scan_utf8(text).stop != Utf8Scan::at_end)
        return bytes_in_words(text) + ", no UTF-8,";
    auto const code = first_utf8(text).code;
    std::string name = "U+";
    for (int bit = code < 0x10000  ? 12
                 : code < 0x100000 ? 16
                                   : 20;
         bit >= 0; bit -= 4)
        name += "0123456789ABCDEF"[code >> bit & 0xf];
    return name;
}

std::string message_for(TextError::Details const& details)
{
    auto const bad = details.bad.empty() ? "a character"
                   : details.decoding    ? bytes_in_words(details.bad)
                                         : character_in_words(details.bad);
    return (details.decoding ? "cannot decode " : "cannot encode ")
         + details.stream + " as " + details.encoding + ": " + bad
         + " at offset " + std::to_string(details.at);
}

} // namespace

SubprocessError::SubprocessError(std::error_code code,
                                 std::string const& message)
    : std::system_error(code),
      message_(std::make_shared<std::string const>(visible(message)))
{
}

SubprocessError::~SubprocessError() = default;

SystemError::SystemError(std::error_code code, std::string const& doing)
    : SubprocessError(code, doing + ": " + code.message())
{
}

std::string_view to_string(SpawnStep step) noexcept
{
    switch (step) {
    case SpawnStep::open: return "open";
    case SpawnStep::pipe: return "pipe";
    case SpawnStep::terminal: return "terminal";
    case SpawnStep::fork: return "fork";
    case SpawnStep::dup: return "dup";
    case SpawnStep::cwd: return "cwd";
    case SpawnStep::umask: return "umask";
    case SpawnStep::signals: return "signals";
    case SpawnStep::session: return "session";
    case SpawnStep::process_group: return "process group";
    case SpawnStep::cgroup: return "cgroup";
    case SpawnStep::extra_groups: return "extra groups";
    case SpawnStep::group: return "group";
    case SpawnStep::user: return "user";
    case SpawnStep::setting: return "setting";
    case SpawnStep::preexec: return "preexec";
    case SpawnStep::close_fds: return "close fds";
    case SpawnStep::exec: return "exec";
    }
    return "unknown";
}

SpawnError::SpawnError(std::error_code code, Details details)
    : SubprocessError(code, message_for(code, details)),
      details_(std::make_shared<Details const>(std::move(details)))
{
}

CalledProcessError::CalledProcessError(CompletedProcess result)
    : SubprocessError({result.returncode, exit_category()},
                      message_for(result)),
      result_(std::make_shared<CompletedProcess const>(std::move(result))),
      stage_(failed_stage(*result_))
{
}

std::vector<std::string> const& CalledProcessError::args() const noexcept
{
    return result_->args();
}

EndedEarly::EndedEarly(std::errc code, std::string command,
                       std::string const& what, CompletedProcess result)
    : SubprocessError(std::make_error_code(code),
                      in_quotes(command) + ' ' + what + still_running(result)),
      data_(std::make_shared<Data const>(
          Data{std::move(command), std::move(result)}))
{
}

TimeoutExpired::TimeoutExpired(std::string command, Timeout timeout,
                               More const& more, CompletedProcess result)
    : EndedEarly(std::errc::timed_out, std::move(command),
                 (timeout.is_point()
                      ? "timed out at its deadline"
                      : "timed out after " + in_words(timeout.limit()))
                     + more.text,
                 std::move(result)),
      timeout_(timeout)
{
}

TimeoutExpired::TimeoutExpired(std::string command, Timeout timeout,
                               CompletedProcess result)
    : TimeoutExpired(std::move(command), timeout, More({}), std::move(result))
{
}

TimeoutExpired::TimeoutExpired(std::string command, Timeout timeout, Output out,
                               Output err)
    : TimeoutExpired(std::move(command), timeout,
                     captured(std::move(out), std::move(err)))
{
}

IdleExpired::IdleExpired(std::string command, Timeout limit, TimePoint since,
                         CompletedProcess result)
    : TimeoutExpired(std::move(command), limit,
                     More(" without a byte, since " + sys::time_of_day(since)),
                     std::move(result)),
      since_(since)
{
}

TimeoutExpired TimeoutExpired::of_read(std::string doing, Timeout timeout,
                                       Output seen)
{
    More const more(read_so_far(seen));
    return {std::move(doing), timeout, more, captured(std::move(seen), {})};
}

StopRequested::StopRequested(std::string command, CompletedProcess result)
    : EndedEarly(std::errc::operation_canceled, std::move(command),
                 "was stopped on request", std::move(result))
{
}

StopRequested::StopRequested(std::string command, Output out, Output err)
    : StopRequested(std::move(command),
                    captured(std::move(out), std::move(err)))
{
}

CaptureOverflow::CaptureOverflow(std::string command, std::size_t limit,
                                 CompletedProcess result)
    : EndedEarly(std::errc::value_too_large, std::move(command),
                 "wrote more than " + std::to_string(limit) + " bytes",
                 std::move(result)),
      limit_(limit)
{
}

CaptureOverflow::CaptureOverflow(std::string command, std::size_t limit,
                                 Output out, Output err)
    : CaptureOverflow(std::move(command), limit,
                      captured(std::move(out), std::move(err)))
{
}

EndOfFile::EndOfFile(std::string const& stream, std::string wanted, Output seen)
    : SubprocessError(std::make_error_code(std::errc::no_message),
                      stream + " ended before " + wanted + read_so_far(seen)),
      data_(std::make_shared<Data const>(
          Data{std::move(wanted), std::move(seen)}))
{
}

LineTooLong::LineTooLong(std::size_t max_line, std::string_view begin)
    : SubprocessError(std::make_error_code(std::errc::message_size),
                      "a line is longer than max_line ("
                          + std::to_string(max_line) + " bytes); it begins "
                          + quote(first_bytes(begin, 40))),
      max_line_(max_line)
{
}

TextError::TextError(Details details)
    : SubprocessError(std::make_error_code(std::errc::illegal_byte_sequence),
                      message_for(details)),
      details_(std::make_shared<Details const>(std::move(details)))
{
}

TextError TextError::with(Output out, Output err) const
{
    auto details = *details_;
    details.out = std::move(out);
    details.err = std::move(err);
    return TextError(std::move(details));
}

std::error_category const& exit_category() noexcept
{
    static constinit sys::Immortal<ExitCategory> category;
    return category.get([] { return ExitCategory(); });
}

} // namespace runnel::inline v0
