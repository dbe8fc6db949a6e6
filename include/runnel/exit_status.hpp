// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How a child process ended: with an exit code, by a signal, or unknown.
// Smallest use:
//
//     ExitStatus status = done.stages[0].status;
//     if (status.success()) ...
//     else if (status.signal() == SIGKILL) ...
#pragma once

#include <runnel/detail/config.hpp>

#include <optional>
#include <string>

namespace runnel::inline v0 {

/// The end of one child process: exit code, signal, or unknown, kept apart.
///
/// A small value, safe to copy and to share between threads.
class ExitStatus {
public:
    /// Unknown.
    constexpr ExitStatus() noexcept = default;

    /// The child called `exit(code)`; `code` is 0 to 255.
    static constexpr ExitStatus of_code(int code) noexcept
    {
        return ExitStatus(Kind::code, code, false);
    }

    /// Signal number `signal` ended the child.
    static constexpr ExitStatus of_signal(int signal,
                                          bool core_dumped = false) noexcept
    {
        return ExitStatus(Kind::signal, signal, core_dumped);
    }

    /// The child has ended, but its status is lost: other code of this process
    /// collected it, or SIGCHLD is ignored, so that the kernel kept none.
    static constexpr ExitStatus unknown() noexcept { return {}; }

    /// The exit code, if the child exited.
    constexpr std::optional<int> code() const noexcept
    {
        return kind_ == Kind::code ? std::optional(value_) : std::nullopt;
    }

    /// The number of the signal, if one ended the child.
    constexpr std::optional<int> signal() const noexcept
    {
        return kind_ == Kind::signal ? std::optional(value_) : std::nullopt;
    }

    constexpr bool is_unknown() const noexcept
    {
        return kind_ == Kind::unknown;
    }

    /// True if a signal ended the child and the kernel wrote a core dump.
    constexpr bool core_dumped() const noexcept { return core_dumped_; }

    /// True for exit code 0 and nothing else.
    constexpr bool success() const noexcept
    {
        return kind_ == Kind::code && value_ == 0;
    }

    /// One number, as Python's `returncode`: the exit code, or `-N` if signal
    /// N ended the child. An unknown status gives 255, which is no success.
    constexpr int returncode() const noexcept
    {
        switch (kind_) {
        case Kind::code: return value_;
        case Kind::signal: return -value_;
        case Kind::unknown: break;
        }
        return 255;
    }

    friend constexpr bool operator==(ExitStatus const&,
                                     ExitStatus const&) noexcept = default;

private:
    enum class Kind : unsigned char { unknown, code, signal };

    constexpr ExitStatus(Kind kind, int value, bool core_dumped) noexcept
        : kind_(kind), core_dumped_(core_dumped), value_(value)
    {
    }

    Kind kind_ = Kind::unknown;
    bool core_dumped_ = false;
    int value_ = 0;
};

/// The status in words: `exit code 2`, `killed by SIGSEGV (core dumped)`,
/// `unknown exit status`.
RUNNEL_EXPORT std::string to_string(ExitStatus status);

/// The name of a signal, such as `SIGPIPE` or `SIGRTMIN+3`; `signal 99` for a
/// number that has none.
RUNNEL_EXPORT std::string signal_name(int signal);

} // namespace runnel::inline v0
