// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// One interface to watch what runnel does: logs, audits, traces, progress.
//
//     struct Pids : Observer {
//         void started(Started const& e) noexcept override { ... e.pid ... }
//     } pids;
//     run(cmd("make"), {.observer = &pids});
//
// `Log` (log.hpp) and `Trace` (trace.hpp) are observers, and use nothing but this
// interface. RUNNEL_VERBOSE and RUNNEL_TRACE turn them on without a change of the
// program; see docs/seeing.md.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/error.hpp>
#include <runnel/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

class Plan;
class Program;
class Environment;

/// Tells the runs of one process apart: 1, 2, 3, ... in the order of their begin.
/// 0 stands for no run: the child belongs to a `Popen` of its own.
using RunId = std::uint64_t;

/// The child process that an event is about.
struct ChildView {
    std::span<std::string const> args{}; ///< argv, program first
    std::string_view executable{}; ///< the program, if not `args[0]`
    std::size_t stage = 1; ///< counted from 1
    std::size_t stages = 1;
    RunId run = 0;
};

/// A part of a run that this process does itself: an in-process stage, a tee, or
/// the join of what the parts of `together` write.
struct HelperView {
    RunId run = 0;
    std::size_t helper = 0; ///< index into `Program::helpers`
    std::string_view
        label{}; ///< what it is: "stage", "first(3)", "tee", "join"
};

/// Receives the events of runs and of child processes, in the thread in which they
/// happen.
///
/// Arguments refer to data that is valid during the call only. Secrets are masked in
/// all of it. If several threads share an observer, several threads call it. An
/// observer must outlive what it watches. Without an observer, events cost nothing.
///
/// A run that this machine executes is told as: `planned`, `began`, the events of its
/// children and helpers, `ended`.
class RUNNEL_EXPORT Observer {
public:
    struct Starting {
        ChildView child;
        std::string_view cwd; ///< empty: that of this process
        Environment const& environment;
    };
    struct Started {
        ChildView child;
        int pid;
        std::chrono::system_clock::time_point at;
        /// From the call that made the process until its program executed.
        std::chrono::nanoseconds start_time;
    };
    struct Refused {
        ChildView child;
        SpawnStep step;
        std::error_code error;
        std::string_view message; ///< of the `SpawnError`
    };
    struct Exited {
        ChildView child;
        int pid;
        ExitStatus status;
        std::chrono::nanoseconds wall_time;
        ResourceUsage const& usage;
    };
    struct Killed {
        ChildView child;
        int pid;
        int signal;
    };
    struct Expired {
        std::string_view command; ///< as shell text
        Timeout timeout;
        RunId run = 0; ///< 0: not known
    };
    struct Began {
        RunId run;
        /// What is run: commands, helpers, and the endpoints between them.
        /// `to_string` of it is long; `command` says it in a line.
        Program const& program;
        std::string_view command; ///< as shell text, without redirections
    };
    struct HelperEnded {
        HelperView helper;
        /// The bytes that it read and wrote. Empty where they do not pass through
        /// a pipe of this process: an in-process stage reads a file by itself.
        std::optional<std::uint64_t> bytes_in;
        std::optional<std::uint64_t> bytes_out;
    };
    struct Moved {
        RunId run;
        /// Index into `Program::endpoints`. Of a pipe between two parts, it is the
        /// write end.
        std::size_t endpoint;
        std::uint64_t bytes; ///< since the beginning
    };
    struct Ended {
        RunId run;
        int returncode; ///< by the rules of docs/status.md
        bool failed;
        /// It was ended before its time: by a limit, a stop, an exception, or
        /// because a command could not be started.
        bool was_early;
        std::chrono::nanoseconds wall_time;
    };

    virtual ~Observer();

    /// A pipeline is about to be started.
    virtual void planned(Plan const&) noexcept {}

    /// A child is about to be started; there is no process yet. An exception
    /// from this function prevents the start: it reaches the caller, and stages
    /// of the same pipeline that run already are ended.
    virtual void starting(Starting const&) {}

    /// A child executes its program.
    virtual void started(Started const&) noexcept {}

    /// A child could not be started, or what it needs could not be opened: then there
    /// was no `starting`. Other children of the same pipeline that were announced by
    /// `starting` are given up without a further event, unless they had started.
    virtual void refused(Refused const&) noexcept {}

    /// A child has ended. Of a job or a `run`: called as soon as it has, by the
    /// thread that runs the event loop. That is a thread of the job, unless the
    /// caller chose `Pump::caller` or reads a range; then it is the next `step`
    /// or read. Of a `Popen`: called by the function that sees the end.
    virtual void exited(Exited const&) noexcept {}

    /// A signal was sent to a child.
    virtual void killed(Killed const&) noexcept {}

    /// A time limit passed.
    virtual void expired(Expired const&) noexcept {}

    /// A run begins, on this machine: its first children are about to be started.
    virtual void began(Began const&) noexcept {}

    /// A part of a run that this process does itself begins or ends. The end of one
    /// that was given up, because another part could not be started, is not told.
    virtual void helper_started(HelperView const&) noexcept {}
    virtual void helper_ended(HelperEnded const&) noexcept {}

    /// Bytes have moved through a pipe of which this process has an end: a captured
    /// stream, one that a tee or an in-process stage reads or writes, text and
    /// input. Called at most once for each turn of the event loop, by the thread
    /// that runs it. Pipes between two children are not told: their bytes do not
    /// pass through this process.
    virtual void moved(Moved const&) noexcept {}

    /// A run has ended: nothing of it runs any more. Called once, also if a command
    /// could not be started. Not called for a detached job.
    virtual void ended(Ended const&) noexcept {}
};

/// Sets the observer of every child of this process that is started without one
/// of its own, and returns the previous one. Null (the default): none. Thread
/// safe; takes effect for children started later. Origin: `sys.addaudithook`
/// and the `subprocess.Popen` audit event.
///
/// What RUNNEL_VERBOSE and RUNNEL_TRACE turn on watches beside every other observer,
/// and is neither set nor removed by this function.
RUNNEL_EXPORT Observer* set_default_observer(Observer* observer) noexcept;

} // namespace runnel::inline v0
