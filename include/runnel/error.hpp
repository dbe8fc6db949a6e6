// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What runnel throws when the operating system refuses or a child process
// fails. A mistake of the caller is `std::invalid_argument` or
// `std::logic_error` instead, thrown before anything is started.
//
//     try { check(cmd("make") | cmd("tee", "log")); }
//     catch (SpawnError const& e) { ... e.code() == std::errc::... }
//     catch (CalledProcessError const& e) { ... e.returncode() }
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/output.hpp>
#include <runnel/result.hpp>
#include <runnel/timeout.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// The base class of every error that the system or a child process causes.
///
/// It is a `std::system_error`, so that code which does not know runnel still
/// finds the reason in `code()`. Copying does not throw.
class RUNNEL_EXPORT SubprocessError : public std::system_error {
public:
    SubprocessError(std::error_code code, std::string const& message);
    ~SubprocessError() override;

    /// The whole message: one line, which the end of stderr may follow.
    char const* what() const noexcept override { return message_->c_str(); }

private:
    std::shared_ptr<std::string const> message_;
};

/// The system refused a read, a write, a wait or a resource that the library
/// needs, such as a descriptor or a thread. `code()` tells why.
class RUNNEL_EXPORT SystemError : public SubprocessError {
public:
    /// `doing`: what failed, such as "cannot read stdout".
    SystemError(std::error_code code, std::string const& doing);
};

/// The step at which the start of a child process failed.
enum class SpawnStep : unsigned char {
    open,      ///< open a file or the null device for a stream
    pipe,      ///< make a pipe
    terminal,  ///< make a pseudo-terminal, or take it as the controlling one
    fork,      ///< make the child process
    dup,       ///< put a descriptor in its place in the child
    cwd,       ///< change the directory
    umask,     ///< set the file mode mask
    signals,   ///< reset signals
    session,   ///< start a new session
    process_group, ///< join or make a process group
    cgroup,        ///< make or enter a cgroup
    extra_groups,  ///< set the supplementary groups
    group,         ///< set the group id
    user,          ///< set the user id
    setting, ///< another field of `PopenOptions`, named in `subject`
    preexec, ///< `preexec_fn` threw
    close_fds, ///< close descriptors that the child must not have
    exec, ///< execute the program
};

/// A word or two for the step, such as `exec` or `process group`.
RUNNEL_EXPORT std::string_view to_string(SpawnStep step) noexcept;

/// A child process could not be started. No process and no descriptor of it is
/// left.
///
/// `code()` is the reason that the system gave, in the generic category, so
/// that `e.code() == std::errc::no_such_file_or_directory` works.
/// Origin: the `OSError` that Python's `Popen` raises.
class RUNNEL_EXPORT SpawnError : public SubprocessError {
public:
    struct Details {
        std::string program{}; ///< as the caller named it
        SpawnStep step = SpawnStep::exec;
        /// What the step failed on, if that adds information: a file, a
        /// directory, a descriptor, a field of `PopenOptions`.
        std::string subject{};
        std::string hint{}; ///< what may help, if known
        std::size_t stage = 1; ///< counted from 1
        std::size_t stages = 1; ///< how many the pipeline has
        /// If the program is a shell: its script. The message shows the
        /// beginning.
        std::string script{};
    };

    SpawnError(std::error_code code, Details details);

    std::string const& program() const noexcept { return details_->program; }
    SpawnStep step() const noexcept { return details_->step; }
    /// The stage of the pipeline, counted from 1 on the left.
    std::size_t stage() const noexcept { return details_->stage; }
    std::size_t stages() const noexcept { return details_->stages; }
    Details const& details() const noexcept { return *details_; }

private:
    std::shared_ptr<Details const> details_;
};

/// An expression failed where success was required, as by `check`.
///
/// `code()` belongs to `exit_category()`; its value is `returncode()`.
class RUNNEL_EXPORT CalledProcessError : public SubprocessError {
public:
    /// Throws `std::invalid_argument` if `result` is a success.
    explicit CalledProcessError(CompletedProcess result);

    int returncode() const noexcept { return result_->returncode; }
    /// argv of the stage that decided the result.
    std::vector<std::string> const& args() const noexcept;
    /// The stage that decided the result, counted from 1 on the left: in a
    /// pipeline, the rightmost that failed.
    std::size_t stage() const noexcept { return stage_ + 1; }
    Output const& out() const noexcept { return result_->out; }
    Output const& err() const noexcept { return result_->err; }
    CompletedProcess const& result() const noexcept { return *result_; }

private:
    std::shared_ptr<CompletedProcess const> result_;
    std::size_t stage_;
};

/// A job was ended before its own end; the base of the errors that say why.
///
/// Holds the result so far: what was captured until then, and the status, times
/// and resource usage of each command. A command that still ran when the job was
/// ended has `StageResult::ended_early`; the message names it.
class RUNNEL_EXPORT EndedEarly : public SubprocessError {
public:
    /// What ran, as shell text.
    std::string const& command() const noexcept { return data_->command; }

    /// The result so far. Without stages if the error is not about a job: from
    /// `Popen`, or from a range that reads a stream or a file.
    CompletedProcess const& result() const noexcept { return data_->result; }
    Output const& out() const noexcept { return result().out; }
    Output const& err() const noexcept { return result().err; }

protected:
    EndedEarly(std::errc code, std::string command, std::string const& what,
               CompletedProcess result);

private:
    struct Data {
        std::string command;
        CompletedProcess result;
    };
    std::shared_ptr<Data const> data_;
};

/// A time limit passed.
///
/// A read of a stream that has a limit of its own throws this as well. Then no
/// process was ended: `command()` says what the read waited for, and `out()` is
/// the end of what it had read.
class RUNNEL_EXPORT TimeoutExpired : public EndedEarly {
public:
    /// `command`: as shell text. `out`, `err`: what was captured until then.
    TimeoutExpired(std::string command, Timeout timeout, Output out = {},
                   Output err = {});
    TimeoutExpired(std::string command, Timeout timeout,
                   CompletedProcess result);

    /// For a read of a stream. `doing`: what it waited for, such as "reading
    /// stdout until 'ready'". `seen`: the end of what it had read; the message
    /// shows the last lines.
    static TimeoutExpired of_read(std::string doing, Timeout timeout,
                                  Output seen);

    /// The limit as it was given: a duration, or a point in time.
    Timeout timeout() const noexcept { return timeout_; }

protected:
    struct More { // `{}` makes none
        explicit More(std::string end) : text(std::move(end)) {}
        std::string text; ///< the end of the message
    };
    TimeoutExpired(std::string command, Timeout timeout, More const& more,
                   CompletedProcess result);

private:
    Timeout timeout_;
};

/// No byte moved for `RunOptions::idle_timeout`. `timeout()` is that limit.
///
/// `StageResult::silent_since` says for each command that still ran when its last
/// byte moved.
class RUNNEL_EXPORT IdleExpired : public TimeoutExpired {
public:
    using TimePoint = std::chrono::system_clock::time_point;

    IdleExpired(std::string command, Timeout limit, TimePoint since,
                CompletedProcess result);

    /// When the last byte moved; the start, if none did.
    TimePoint since() const noexcept { return since_; }

private:
    TimePoint since_;
};

/// A job was torn down because its `StopToken` requested it.
class RUNNEL_EXPORT StopRequested : public EndedEarly {
public:
    explicit StopRequested(std::string command, Output out = {},
                           Output err = {});
    StopRequested(std::string command, CompletedProcess result);
};

/// A captured stream was longer than `CaptureLimit` allows, and the job was
/// ended. The first bytes are kept.
class RUNNEL_EXPORT CaptureOverflow : public EndedEarly {
public:
    CaptureOverflow(std::string command, std::size_t limit, Output out = {},
                    Output err = {});
    CaptureOverflow(std::string command, std::size_t limit,
                    CompletedProcess result);

    std::size_t limit() const noexcept { return limit_; }

private:
    std::size_t limit_;
};

/// A stream ended before the text came that `ReadStream::read_until` or
/// `ReadStream::expect` waited for. Its code is `errc::no_message`. What was
/// read can still be read.
class RUNNEL_EXPORT EndOfFile : public SubprocessError {
public:
    /// `stream`: stdout, stderr or another name. `wanted`: what was waited for,
    /// as `what()` says it. `seen`: the end of what was read; the message shows
    /// the last lines.
    EndOfFile(std::string const& stream, std::string wanted, Output seen);

    std::string const& wanted() const noexcept { return data_->wanted; }
    Output const& out() const noexcept { return data_->seen; }

private:
    struct Data {
        std::string wanted;
        Output seen;
    };
    std::shared_ptr<Data const> data_;
};

/// A line is longer than `LineOptions::max_line`. Its code is
/// `errc::message_size`.
class RUNNEL_EXPORT LineTooLong : public SubprocessError {
public:
    /// `begin`: the first bytes of the line, for the message.
    LineTooLong(std::size_t max_line, std::string_view begin);

    std::size_t max_line() const noexcept { return max_line_; }

private:
    std::size_t max_line_;
};

/// In text mode: bytes that are invalid in the encoding, or a character that
/// the encoding does not have, where `TextErrors::strict` forbids it. Its code
/// is `errc::illegal_byte_sequence`.
///
/// Origin: Python's `UnicodeDecodeError` and `UnicodeEncodeError`.
class RUNNEL_EXPORT TextError : public SubprocessError {
public:
    struct Details {
        bool decoding = true; ///< false: encoding
        std::string encoding{}; ///< the name of the encoding
        std::string stream{}; ///< stdin, stdout, stderr, or another name
        std::string bad{}; ///< the bytes that could not be converted
        std::size_t at = 0; ///< their offset from the beginning, in bytes
        Output out{}; ///< all that was captured, as bytes
        Output err{};
    };

    explicit TextError(Details details);

    /// The same error, with captured output added.
    TextError with(Output out, Output err) const;

    Details const& details() const noexcept { return *details_; }
    std::string const& encoding() const noexcept { return details_->encoding; }
    std::size_t at() const noexcept { return details_->at; }
    Output const& out() const noexcept { return details_->out; }
    Output const& err() const noexcept { return details_->err; }

private:
    std::shared_ptr<Details const> details_;
};

/// The category of `CalledProcessError::code()`: the value is a `returncode`,
/// the message says it in words.
RUNNEL_EXPORT std::error_category const& exit_category() noexcept;

} // namespace runnel::inline v0
