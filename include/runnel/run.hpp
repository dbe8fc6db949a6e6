// The verbs: run an expression and say how it went.
//
//     auto hda = run(cmd("dmesg") | cmd("grep", "hda") > capture);
//     check(cmd("make") < "/dev/null");                // throws if it fails
//     std::string rev = read(cmd("git", "rev-parse", "HEAD"));
//     Job job = start(cmd("make") > "log");            // job.hpp
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/expression.hpp>
#include <runnel/limit.hpp>
#include <runnel/observer.hpp>
#include <runnel/result.hpp>
#include <runnel/stop.hpp>
#include <runnel/teardown.hpp>
#include <runnel/text_mode.hpp>
#include <runnel/text_view.hpp>
#include <runnel/timeout.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

class Executor;

/// Who moves the bytes of a job that was started.
enum class Pump : unsigned char {
    thread, ///< a thread of ours, if anything must be moved or timed
    caller, ///< you: see `Job::step`
};

/// How a whole expression is run.
struct RunOptions {
    /// Bytes for stdin of the expression, valid during the call (`start`
    /// copies them). Default: stdin as the expression has it.
    detail::OptionalText input{};

    /// When it passes, every stage that runs is killed and reaped, and
    /// `TimeoutExpired` is thrown with what was captured. If none runs any
    /// more, see `drain`: the outcome is an ordinary one. Starting programs is
    /// not interrupted. Default: for ever.
    Timeout timeout{};

    /// How long to read on when all commands have ended, but a process that
    /// they left behind still holds a pipe: `sh -c "daemon & echo ok"`. When it
    /// passes, the pipes are closed, and the outcome says `drained = false`.
    /// Default: for ever, as a shell. `timeout` bounds it as well. Streams that you
    /// read yourself (`Job::out`) are not closed by either.
    Timeout drain{};

    /// True: a failed stage throws `CalledProcessError`.
    bool check = false;

    /// True: as if stdout of the whole and stderr of every stage were
    /// captured. `std::invalid_argument` if one of them is connected.
    bool capture_output = false;

    /// Each of these turns text mode on, for `input`, for all that is
    /// captured and for the streams of a `Job`; see text_mode.hpp. What was
    /// captured before a timeout stays bytes.
    bool text = false;
    bool universal_newlines = false;
    Encoding encoding{};
    std::optional<TextErrors> errors{};

    /// Told of everything; must outlive the job and must not call it.
    /// Default: the one of `set_default_observer`.
    Observer* observer = nullptr;

    /// When asked, the job is torn down and `StopRequested` is thrown.
    StopToken stop{};

    /// A bound for each captured stream. Default: none.
    CaptureLimit limit{};

    /// How to end stages after a stop request, after a stage's own timeout,
    /// and when a `Job` is destroyed.
    Teardown teardown{};

    /// Runs the program in place of this machine; see executor.hpp. Must
    /// outlive the job.
    Executor* executor = nullptr;

    /// For `start` only.
    Pump pump = Pump::thread;
};

/// Runs the expression to its end and gives every stage's status.
///
/// A failed stage is in the result, which the compiler asks you to look at.
/// Throws `SpawnError` if a stage cannot be started; those before it are then
/// ended and reaped. Streams that are not connected are inherited.
[[nodiscard]] RUNNEL_EXPORT CompletedProcess
run(Expression const& expression, RunOptions const& options = {});

/// The same, but throws `CalledProcessError` if it failed.
RUNNEL_EXPORT CompletedProcess check(Expression const& expression,
                                     RunOptions const& options = {});

/// Runs it as `check` does, captures its stdout, and gives that without the
/// newlines at its end: `$(...)`. Stdin that is not connected is inherited.
[[nodiscard]] RUNNEL_EXPORT std::string read(Expression const& expression,
                                             RunOptions const& options = {});

} // namespace runnel::inline v0
