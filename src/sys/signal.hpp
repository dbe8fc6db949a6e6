// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Signals: keeping them away from a thread, their names and default actions.
#pragma once

#include "sys/no_wait.hpp"
#include "sys/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace runnel::inline v0::sys {

/// While a guard lives, a write of this thread to a pipe without a reader fails
/// with `errc::broken_pipe` and raises no SIGPIPE; so does one to the full
/// controller of a pseudo-terminal that no program has open. A write beyond the
/// file size limit fails with `errc::file_too_large` and raises no SIGXFSZ.
/// Afterwards the signal mask and the set of pending signals are as before. Nothing
/// process-wide is touched. Guards may be nested.
class SigpipeGuard {
public:
    SigpipeGuard() noexcept;
    SigpipeGuard(SigpipeGuard const&) = delete;
    SigpipeGuard& operator=(SigpipeGuard const&) = delete;
    ~SigpipeGuard();

    /// Writes some of the bytes. This is the only way to write, so that every
    /// write has a guard.
    Result<std::size_t> write_some(int fd, std::string_view bytes,
                                   Way way = Way::plain) noexcept;

    /// The kernel copies at most `most` bytes from one pipe to another; the
    /// bytes stay in `from`. 0: the end of `from`, or another process filled
    /// `to`.
    Result<std::size_t> tee_some(int from, int to, std::size_t most) noexcept;

    /// The kernel moves bytes from a pipe to a pipe or a file;
    /// `errc::invalid_argument` if it cannot.
    Result<std::size_t> splice_some(int from, int to,
                                    std::size_t most) noexcept;

private:
    Result<std::size_t> outcome(long count) noexcept;

    unsigned long long old_mask_ = 0;
    unsigned long long pending_before_ = 0;
    unsigned long long raised_ = 0;
};

/// While it lives, neither this thread nor a thread that it starts handles
/// these signals.
class SignalsBlocked {
public:
    enum class Whose : bool {
        all, ///< every signal, even the C library's own; for a moment
        others, ///< every signal that another thread can handle
    };
    explicit SignalsBlocked(Whose whose = Whose::all) noexcept;
    SignalsBlocked(SignalsBlocked const&) = delete;
    SignalsBlocked& operator=(SignalsBlocked const&) = delete;
    ~SignalsBlocked();

private:
    unsigned long long old_mask_ = 0;
};

/// `SIGPIPE`, `SIGRTMIN+1`, `signal 99`.
std::string signal_name(int signal);

/// False for a number that no signal has, such as 0.
bool is_signal(int number) noexcept;

/// False for SIGKILL and SIGSTOP, which reach every process.
bool can_be_ignored(int signal) noexcept;

/// True if the default action of this signal ends the process.
bool ends_process(int signal) noexcept;

/// The exit code by which a shell reports that a signal has ended a command.
constexpr int shell_code(int signal) noexcept
{
    return 128 + signal;
}

namespace signals {
extern int const kill;
extern int const terminate;
extern int const interrupt;
extern int const quit;
extern int const hang_up;
extern int const broken_pipe;
} // namespace signals

} // namespace runnel::inline v0::sys
