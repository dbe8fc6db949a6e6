// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Tells in lines what runs: `set -x` for runs of this library.
//
//     Log log;                                         // on stderr
//     run(cmd("dmesg") | cmd("grep", "hda") > capture, {.observer = &log});
//
//     [1] + dmesg | grep hda
//     [1] = exit code 0 after 4.21 ms
//
// The number in brackets tells runs apart that go on at the same time. For all runs
// of a process: `set_default_observer(&log)`. Without a change of the program:
// `RUNNEL_VERBOSE=1`, or 2 for more. See docs/seeing.md.
//
// Not a part of runnel.hpp.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/function.hpp>
#include <runnel/observer.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace runnel::inline v0 {

/// How much a `Log` tells.
enum class LogLevel : unsigned char {
    /// Each run, its end, and what went wrong: commands that could not be started,
    /// signals that were sent, limits that passed.
    runs,
    /// Also the start and the end of each command and in-process part, with pids,
    /// durations, memory and bytes.
    commands,
};

/// Writes a line for each event. A line is in one piece (one call of write(2)),
/// also if several threads write at once. Secrets are masked; characters that would move
/// the cursor of a terminal are escaped. Thread safe.
///
/// Like every write to a terminal or a pipe, that of a line waits if the reader is
/// slow, and the run waits with it. If the line cannot be written, it is lost.
class RUNNEL_EXPORT Log final : public Observer {
public:
    /// On stderr.
    explicit Log(LogLevel level = LogLevel::runs) : level_(level) {}

    /// On descriptor `fd`, which must stay open as long as this object lives.
    explicit Log(int fd, LogLevel level = LogLevel::runs)
        : level_(level), fd_(fd)
    {
    }

    /// Calls `write` with each line, without a newline. Several threads may call it
    /// at once; it must not throw.
    explicit Log(detail::Function<void(std::string_view)> write,
                 LogLevel level = LogLevel::runs)
        : level_(level), write_(std::move(write))
    {
    }

    void began(Began const& e) noexcept override;
    void started(Started const& e) noexcept override;
    void refused(Refused const& e) noexcept override;
    void exited(Exited const& e) noexcept override;
    void killed(Killed const& e) noexcept override;
    void expired(Expired const& e) noexcept override;
    void helper_started(HelperView const& e) noexcept override;
    void helper_ended(HelperEnded const& e) noexcept override;
    void ended(Ended const& e) noexcept override;

private:
    template <class MakeLine>
    void put(MakeLine make) const noexcept;
    bool tells_commands() const noexcept
    {
        return level_ == LogLevel::commands;
    }

    LogLevel level_;
    int fd_ = 2;
    detail::Function<void(std::string_view)> write_{};
};

} // namespace runnel::inline v0
