// Signals: what keeps them away from this thread, their names.
#pragma once

#include "sys/no_wait.hpp"
#include "sys/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace runnel::inline v0::sys {

/// While it lives, writing to a pipe without a reader gives
/// `errc::broken_pipe` in this thread and no SIGPIPE, writing beyond the limit
/// of a file's size `errc::file_too_large` and no SIGXFSZ; afterwards the
/// signal mask and the set of pending signals are as before. Nothing
/// process-wide is touched. Guards may be nested.
class SigpipeGuard {
public:
    SigpipeGuard() noexcept;
    SigpipeGuard(SigpipeGuard const&) = delete;
    SigpipeGuard& operator=(SigpipeGuard const&) = delete;
    ~SigpipeGuard();

    /// Some of the bytes. The only way to write: it needs a guard.
    Result<std::size_t> write_some(int fd, std::string_view bytes,
                                   Way way = Way::plain) noexcept;

    /// The kernel copies what is in one pipe into another, and leaves it there.
    /// At most `most` bytes; 0 means the end of `from`.
    Result<std::size_t> tee_some(int from, int to, std::size_t most) noexcept;

    /// The kernel moves bytes from a pipe to a pipe or a file. Where it cannot,
    /// `errc::invalid_argument`.
    Result<std::size_t> splice_some(int from, int to,
                                    std::size_t most) noexcept;

private:
    Result<std::size_t> outcome(long count) noexcept;

    unsigned long long old_mask_ = 0;
    unsigned long long pending_before_ = 0;
    unsigned long long raised_ = 0;
};

/// While it lives, no signal is handled in this thread, nor in one that it
/// starts.
class SignalsBlocked {
public:
    enum class Whose : bool {
        all, ///< for a moment: even the C library's own
        others, ///< all that need not be handled by the thread that runs
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

/// False for a number that no signal has; 0 is none.
bool is_signal(int number) noexcept;

/// False for SIGKILL and SIGSTOP, which reach every process.
bool can_be_ignored(int signal) noexcept;

/// True if a process that does nothing about this signal is ended by it.
bool ends_process(int signal) noexcept;

/// The exit code by which a shell reports that a signal has ended a command.
constexpr int shell_code(int signal) noexcept
{
    return 128 + signal;
}

namespace signals {
extern int const kill;
extern int const terminate;
extern int const broken_pipe;
} // namespace signals

} // namespace runnel::inline v0::sys
