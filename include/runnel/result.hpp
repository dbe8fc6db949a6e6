// What is known of a pipeline after its end.
//
//     auto done = run(cmd("dmesg") | cmd("grep", "hda") > capture);
//     if (!done) report(done.stages.back().status);
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/exit_status.hpp>
#include <runnel/output.hpp>

#include <chrono>
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
    ExitStatus status;
    int pid = -1; ///< of a child that is gone; for logs only
    std::chrono::system_clock::time_point started_at{};
    std::chrono::nanoseconds wall_time{0}; ///< until its end was seen
    ResourceUsage usage;
    Output out; ///< captured here, if it was
    Output err;
    bool failed = false; ///< by the rules of the status, see docs/status.md
    bool forgiven = false; ///< ended by SIGPIPE since its reader had enough
};

/// The outcome of a command or a pipeline that has ended.
///
/// Origin: `subprocess.CompletedProcess` of Python 3.12, with a record of
/// every stage.
struct CompletedProcess {
    int returncode = 0; ///< of the rightmost failed stage, else of the last
    Output out; ///< of the last stage, if captured
    Output err; ///< of the last stage, if captured
    std::vector<StageResult> stages; ///< left to right

    /// True if no stage failed.
    explicit operator bool() const noexcept
    {
        for (auto const& stage : stages)
            if (stage.failed)
                return false;
        return true;
    }

    /// Throws `CalledProcessError` if a stage failed.
    RUNNEL_EXPORT void check_returncode() const;
};

} // namespace runnel::inline v0
