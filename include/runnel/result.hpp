// What is known of a pipeline after its end.
//
//     auto done = run(cmd("dmesg") | cmd("grep", "hda") > capture);
//     if (!done) report(done.stages.back().status);
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/exit_status.hpp>
#include <runnel/output.hpp>

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// What a child took from the machine, as the kernel counted it. It covers
/// the child's own children as far as they ended and were waited for.
struct ResourceUsage {
    std::chrono::microseconds user_time{0};
    std::chrono::microseconds system_time{0};
    /// The largest resident set, in KiB. On Linux it is never less than that
    /// of the process that started the child.
    long max_rss_kib = 0;
};

/// One command of a pipeline, as it went.
struct StageResult {
    std::vector<std::string> args; ///< argv, program first
    std::string command; ///< as shell text
    ExitStatus status; ///< 127 or 126 if it could not be started
    int pid = -1; ///< of a child that is gone; -1 if there was none
    std::string refusal; ///< why it could not be started, if it could not
    std::chrono::system_clock::time_point started_at{};
    std::chrono::nanoseconds wall_time{0}; ///< until its end was seen
    ResourceUsage usage;
    Output out; ///< captured here, if it was
    Output err;
    bool failed = false; ///< by the rules of the status, see docs/status.md
    bool forgiven = false; ///< ended by SIGPIPE since its reader had enough
    bool timed_out = false; ///< ended by its own time limit
    /// The exit codes that are no failure, if `accept` was called.
    std::optional<std::vector<int>> accepted;

    /// False if it could not be started, or its turn in a list never came.
    bool was_started() const noexcept { return pid >= 0; }
};

/// A stream that the expression captured: `> capture`, `tee(capture)`.
struct CapturedStream {
    static constexpr auto no_stage = static_cast<std::size_t>(-1);

    /// Whose it is, as an index into `CompletedProcess::stages`: the command
    /// that wrote it, also to a tee. `no_stage`: C++ in the pipeline.
    std::size_t stage = no_stage;
    int stream = 1; ///< 1 for stdout, 2 for stderr
    Output bytes; ///< not captured if its turn in a list never came
};

struct CompletedProcess;

/// In one line, with quotes and escapes as in C++ and what was captured:
/// `CompletedProcess(args=["date", "+%Y"], returncode=0, out="2026\n")`; of a
/// pipeline, `stages=["dmesg", "grep hda"]` in place of `args`.
RUNNEL_EXPORT std::string to_string(CompletedProcess const& result);

/// The outcome of an expression that has ended.
///
/// Origin: `subprocess.CompletedProcess` of Python 3.12, with a record of
/// every stage.
struct CompletedProcess {
    int returncode = 0; ///< by the rules of docs/status.md
    /// Stdout of the whole, if that was captured; else that of the rightmost
    /// stage whose stdout was, be it by a tee. What a branch of a tee captures,
    /// or what stands for a word, is in its stage only.
    Output out;
    Output err; ///< likewise
    std::vector<StageResult> stages; ///< in the order written
    /// All that the expression captured, in the order written.
    std::vector<CapturedStream> captures;
    bool failed = false; ///< by the same rules
    std::size_t decided_by = 0; ///< index of the stage that gave `returncode`
    /// False: all commands had ended, but a process that they left behind still
    /// held a pipe when `RunOptions::drain` or the time limit passed. What was
    /// captured until then is here.
    bool drained = true;

    /// True for success: no stage of a pipeline failed, the last command of a
    /// list that ran succeeded.
    explicit operator bool() const noexcept { return !failed; }

    /// What was run: argv of the stage that gave `returncode`; of one
    /// command, its.
    RUNNEL_EXPORT std::vector<std::string> const& args() const noexcept;

    /// Throws `CalledProcessError` if it failed.
    RUNNEL_EXPORT void check_returncode() const;

    /// Prints it as `to_string` gives it.
    template <class Traits>
    friend std::basic_ostream<char, Traits>&
    operator<<(std::basic_ostream<char, Traits>& stream,
               CompletedProcess const& result)
    {
        auto const line = to_string(result);
        return stream.write(line.data(),
                            static_cast<std::ptrdiff_t>(line.size()));
    }
};

} // namespace runnel::inline v0
