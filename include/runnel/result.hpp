// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The result of an expression, and of each of its stages.
//
//     auto done = run(cmd("dmesg") | cmd("grep", "hda") > capture);
//     if (!done) report(done.stages.back().status);
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/containment.hpp>
#include <runnel/detail/format.hpp>
#include <runnel/detail/refused.hpp>
#include <runnel/exit_status.hpp>
#include <runnel/output.hpp>
#include <runnel/secrets.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// The resources that a child used, as the kernel counted them. They include
/// those of the child's own children that ended and were waited for.
struct ResourceUsage {
    std::chrono::microseconds user_time{0};
    std::chrono::microseconds system_time{0};
    /// The largest resident set, in KiB. On Linux it is never less than that
    /// of the process that started the child.
    long max_rss_kib = 0;
    /// How many bytes it has read and written by read(2), write(2) and their kin:
    /// all of its files, pipes and terminals together, also what the loader read of
    /// libraries. Bytes that it moved with splice(2) or mapped into memory are not
    /// among them. Empty if they were not counted (see `RunOptions::count_bytes`), or
    /// the kernel did not tell: the program had other rights than this process.
    std::optional<std::uint64_t> bytes_read{};
    std::optional<std::uint64_t> bytes_written{};
};

/// The result of one command.
struct StageResult {
    std::vector<std::string> args{}; ///< argv, program first; secrets masked
    std::string command{}; ///< as shell text
    ExitStatus status{}; ///< 127 or 126 if it could not be started
    int pid = -1; ///< of the ended child; -1 if it was not started
    std::string refusal{}; ///< why it could not be started, else empty
    std::chrono::system_clock::time_point started_at{};
    /// From the call that made the process until its program executed.
    std::chrono::nanoseconds start_time{0};
    /// From that call until the end of the process was seen.
    std::chrono::nanoseconds wall_time{0};
    ResourceUsage usage{};
    Output out{}; ///< its stdout, if that was captured
    Output err{};
    bool failed = false; ///< by the rules of the status, see docs/status.md
    bool forgiven = false; ///< ended only because its reader had enough
    bool timed_out = false; ///< ended by its own time limit
    /// If an idle limit ended it, its own or that of the whole: when the last byte
    /// moved through its streams; the start, if none did.
    std::optional<std::chrono::system_clock::time_point> silent_since{};
    /// The whole was ended, by a time limit or a stop, while this command ran.
    bool ended_early = false;
    /// What the command ran in; never `best`.
    Containment containment = Containment::none;
    /// If the command was ended in a `group` or a `session`: the pids of processes
    /// that descend from it, had left that group or session before, and still ran
    /// when this result was made. See `Containment`.
    std::vector<int> escaped{};
    /// The exit codes that are no failure, if `accept` was called.
    std::optional<std::vector<int>> accepted{};
    /// What must not be shown of its words and variables, and of the texts that
    /// the expression reads. Messages hide it in the lines of stderr that they
    /// quote.
    Secrets secrets{};

    /// False if it could not be started, or its turn in a list never came.
    bool was_started() const noexcept { return pid >= 0; }
};

/// A stream that the expression captured: `> capture`, `tee(capture)`.
struct CapturedStream {
    static constexpr auto no_stage = static_cast<std::size_t>(-1);

    /// The command that wrote it, directly or through a tee, as an index into
    /// `CompletedProcess::stages`. `no_stage`: an in-process stage wrote it.
    std::size_t stage = no_stage;
    int stream = 1; ///< 1 for stdout, 2 for stderr
    Output bytes{}; ///< not captured if its turn in a list never came
};

struct CompletedProcess;

/// The result in one line, with quotes and escapes as in C++ and with captured
/// output:
/// `CompletedProcess(args=["date", "+%Y"], returncode=0, out="2026\n")`. For a
/// pipeline, `stages=["dmesg", "grep hda"]` in place of `args`. Secrets of the
/// commands are masked, also in the output.
RUNNEL_EXPORT std::string to_string(CompletedProcess const& result);

/// The result of an expression that has ended.
///
/// Origin: `subprocess.CompletedProcess` of Python 3.12, with a record of
/// every stage.
struct CompletedProcess {
    int returncode = 0; ///< by the rules of docs/status.md
    /// Stdout of the whole, if that was captured. Else stdout of the rightmost
    /// stage whose stdout was captured, also by a tee. Output captured in a
    /// branch of a tee, or inside of `from` and `into`, is in its stage and in
    /// `captures` only.
    Output out{};
    Output err{}; ///< likewise
    std::vector<StageResult> stages{}; ///< in the order written
    /// All that the expression captured, in the order written.
    std::vector<CapturedStream> captures{};
    bool failed = false; ///< by the same rules
    std::size_t decided_by = 0; ///< index of the stage that gave `returncode`
    /// False: all commands had ended, but an outside process that they left
    /// behind still held a pipe when `RunOptions::drain` or the time limit
    /// passed. The output captured until then is here.
    bool drained = true;

    /// True for success: in a pipeline no stage failed, in a list the last
    /// command that ran succeeded.
    explicit operator bool() const noexcept { return !failed; }

    template <class T RUNNEL_REFUSED_BECAUSE(
        "a result is more: write .returncode for the exit code, .out for "
        "captured output, or read(e)")>
        requires(std::same_as<T, int> || std::same_as<T, std::string>)
    RUNNEL_REFUSED_MEMBER("a result is more: write .returncode for the exit "
                          "code, .out for captured output, or read(e)")
    operator T() const RUNNEL_DELETED;

    /// argv of the stage that gave `returncode`; of a single command, its argv.
    RUNNEL_EXPORT std::vector<std::string> const& args() const noexcept;

    /// Throws `CalledProcessError` if the expression failed.
    RUNNEL_EXPORT void check_returncode() const;

    /// Prints the text of `to_string`.
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

#ifdef RUNNEL_HAS_FORMAT
/// Formats the text of `to_string`.
template <>
struct std::formatter<runnel::CompletedProcess>
    : std::formatter<std::string_view> {
    template <class Context>
    auto format(runnel::CompletedProcess const& result, Context& context) const
    {
        return std::formatter<std::string_view>::format(to_string(result),
                                                        context);
    }
};
#endif
