// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The verbs: functions that run an expression and return its result.
//
//     auto hda = run(cmd("dmesg") | cmd("grep", "hda") > capture);
//     check(cmd("make") < "/dev/null");                // throws if it fails
//     std::string rev = read(cmd("git", "rev-parse", "HEAD"));
//     Job job = start(cmd("make") > "log");            // job.hpp
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/containment.hpp>
#include <runnel/detail/refused.hpp>
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

/// Which thread moves the bytes of a started job.
enum class Pump : unsigned char {
    thread, ///< one of the library, if anything must be moved or timed
    caller, ///< that of the caller: see `Job::step`
};

/// How captured output comes to this process.
enum class CaptureIn : unsigned char {
    pipe, ///< through pipes, while the commands run
    /// Each command writes into a file in memory, which is read when all have
    /// ended. No command ever waits, and much output comes faster: see
    /// docs/performance.md. The price:
    ///
    /// - The whole output is kept in memory, however large. `limit` and `show` are
    ///   refused (`std::invalid_argument`), and `idle_timeout` does not see these
    ///   bytes.
    /// - The commands see a regular file. A shell that opens `/dev/stdout` for
    ///   writing empties it, as it would empty any file.
    /// - A process that a command left behind is not waited for. After the end
    ///   it can write no more.
    /// - A command does not notice that its output is too much: there is no
    ///   full pipe. But `Resource::file_size` limits it, as any file.
    /// - The file is open for appending. sendfile(2) refuses that, so that a
    ///   program which uses it must be able to do without.
    /// - A page of the output is mapped when it is first read. So a program that
    ///   reads all of it gains less.
    ///
    /// Captures that only C++ code writes, and those of terminals, need no file.
    memory_file,
};

/// How a whole expression is run.
struct RunOptions {
    /// Bytes for stdin of the expression, valid during the call (`start`
    /// copies them). Default: stdin as the expression has it.
    detail::OptionalText input{};

    /// True: as if stdout of the whole and stderr of every stage were captured.
    /// `std::invalid_argument` if one of these streams is connected already.
    bool capture_output = false;

    /// How captured output comes to this process.
    CaptureIn capture_in = CaptureIn::pipe;

    /// A limit for each captured stream. Default: none.
    CaptureLimit limit{};

    /// True: what is captured is also written to stdout and stderr of this
    /// process, byte by byte as it comes: progress bars, prompts. That is all
    /// that `capture_output`, `capture`, `to(string)` and `read` keep, but for the
    /// copies of a tee; streams that are not captured stay as they are. Captured
    /// stdout is shown on stdout, captured stderr on stderr, and both on stdout if
    /// they share a capture: `both(capture)`. If one of these two is closed at the
    /// start, `SpawnError` is thrown.
    ///
    /// Text mode and `limit` are for the captured bytes alone. If the reader of
    /// this process's stream is slow, the commands wait for it; if the reader
    /// has gone, nothing more is shown, and the run goes on.
    bool show = false;

    /// True: the result says how many bytes each command has read and written
    /// (`ResourceUsage::bytes_read`). The kernel is asked when a command has ended,
    /// which costs some 10 microseconds. With an observer, this is always done.
    bool count_bytes = false;

    /// Each of these turns text mode on, for `input`, captured output, the streams
    /// of a `Job`, and C++ code in the expression; see text_mode.hpp. Output
    /// captured before a timeout stays bytes.
    bool text = false;
    bool universal_newlines = false;
    Encoding encoding{};
    std::optional<TextErrors> errors{};

    /// True: a failure throws `CalledProcessError`.
    bool check = false;

    /// A time limit for the whole. When it passes, every stage that runs is
    /// killed and reaped, and `TimeoutExpired` is thrown with the output
    /// captured so far. If all commands have ended by then, see `drain`: the
    /// result is a normal one. The start of programs is not interrupted.
    /// Default: for ever.
    Timeout timeout{};

    /// How long no byte may move through any stream that passes through this
    /// process: a captured one, that of a tee or an in-process stage, one that the
    /// caller reads, or input that this process writes. When it passes, the same
    /// happens as with `timeout`, and the exception is an `IdleExpired`.
    ///
    /// Bytes that a command has written and that were not read yet are no silence,
    /// nor are bytes that wait for a slow reader of this process's own streams. A
    /// duration; `std::invalid_argument` before anything starts, if it is 0 or a
    /// point in time, or if no stream passes through this process. Default: for
    /// ever.
    Timeout idle_timeout{};

    /// How long to read on after all commands have ended, while an outside
    /// process that a command left behind still holds a pipe:
    /// `sh -c "daemon & echo ok"`. When it passes, the pipes are closed, and
    /// the result says `drained = false`. Default: for ever, as a shell.
    /// `timeout` bounds this time as well. Streams that the caller reads
    /// (`Job::out`) are not closed by either.
    Timeout drain{};

    /// On a stop request, the job is torn down and `StopRequested` is thrown.
    StopToken stop{};

    /// How to end stages after a stop request, after a stage's own timeout,
    /// and when a `Job` is destroyed.
    Teardown teardown{};

    /// What is ended with the commands; see containment.hpp. A command may have
    /// its own: `cmd(...).contained(Containment::group)`.
    Containment containment = Containment::none;

    /// Receives all events; must outlive the job and must not call the job.
    /// Default: the one of `set_default_observer`.
    Observer* observer = nullptr;

    /// Runs the program in place of this machine; see executor.hpp. Must
    /// outlive the job.
    Executor* executor = nullptr;

    /// For `start` only.
    Pump pump = Pump::thread;
};

/// Runs the expression to its end and returns the status of every stage.
///
/// A failure does not throw: it is in the result, which must not be ignored.
/// Throws `SpawnError` if a stage cannot be started; stages before it are then
/// ended and reaped. Streams that are not connected are inherited.
[[nodiscard(
    "a failure would be lost: write check(e), or if (run(e))")]] RUNNEL_EXPORT
    CompletedProcess
    run(Expression const& expression, RunOptions const& options);

// Without options, in the library: where it is called, options cost more code than
// the call.
[[nodiscard(
    "a failure would be lost: write check(e), or if (run(e))")]] RUNNEL_EXPORT
    CompletedProcess
    run(Expression const& expression);

RUNNEL_REFUSED("run takes an expression, then options: write run(cmd(\"ls\", "
               "\"-l\")), run(sh(\"ls | wc\")), run(a, {.timeout = 2s})",
               CompletedProcess)
run(...) RUNNEL_DELETED;

/// The same, but a failure throws `CalledProcessError`.
RUNNEL_EXPORT CompletedProcess check(Expression const& expression,
                                     RunOptions const& options);
RUNNEL_EXPORT CompletedProcess check(Expression const& expression);

RUNNEL_REFUSED(
    "check takes an expression, then options: write check(cmd(\"ls\", "
    "\"-l\")), check(sh(\"ls | wc\")), check(a, {.timeout = 2s})",
    CompletedProcess)
check(...) RUNNEL_DELETED;

/// Runs the expression as `check` does, and returns its stdout without the
/// newlines at the end, as `$(...)`. Stdin that is not connected is inherited.
[[nodiscard(
    "the output would be lost: write check(e) to run it alone")]] RUNNEL_EXPORT
    std::string
    read(Expression const& expression, RunOptions const& options);
[[nodiscard(
    "the output would be lost: write check(e) to run it alone")]] RUNNEL_EXPORT
    std::string
    read(Expression const& expression);

RUNNEL_REFUSED("read takes an expression, then options: write read(cmd(\"ls\", "
               "\"-l\")), read(sh(\"ls | wc\")), read(a, {.timeout = 2s})",
               std::string)
read(...) RUNNEL_DELETED;

} // namespace runnel::inline v0
