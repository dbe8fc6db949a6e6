// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/signal.hpp"
#include "sys/linux/calls.hpp"
#include "sys/posix/code.hpp"
#include "sys/result.hpp"
#include "sys/terminal.hpp"

#include <cstring>

namespace runnel::inline v0::sys {

using namespace posix;

namespace signals {
int const kill = SIGKILL;
int const terminate = SIGTERM;
int const interrupt = SIGINT;
int const quit = SIGQUIT;
int const hang_up = SIGHUP;
int const broken_pipe = SIGPIPE;
} // namespace signals

namespace {

/// The signals that a write may raise: its pipe has no reader, its file may not
/// grow.
constexpr SignalSet of_writes = signal_bit(SIGPIPE) | signal_bit(SIGXFSZ);

/// The signals that every thread must get: those of its own faults, and those
/// below SIGRTMIN that the C library sends to change the ids of all threads.
SignalSet of_threads() noexcept
{
    SignalSet set = signal_bit(SIGSEGV) | signal_bit(SIGBUS)
                  | signal_bit(SIGFPE) | signal_bit(SIGILL)
                  | signal_bit(SIGTRAP) | signal_bit(SIGSYS)
                  | signal_bit(SIGABRT) | signal_bit(SIGPROF);
    for (int signal = SIGSYS + 1; signal < SIGRTMIN; ++signal)
        set |= signal_bit(signal);
    return set;
}

} // namespace

SigpipeGuard::SigpipeGuard() noexcept
{
    SignalSet pending = 0;
    calls().sigpending(&pending);
    pending_before_ = pending & of_writes;
    calls().sigprocmask(SIG_BLOCK, &of_writes, &old_mask_);
}

// A signal that a write of this guard raised, or may have raised, is removed
// from the queue before it is unblocked. A signal that was pending before the
// guard stays.
SigpipeGuard::~SigpipeGuard()
{
    SignalSet const ours = raised_ & ~pending_before_;
    for (int const signal : {SIGPIPE, SIGXFSZ})
        if (SignalSet const one = signal_bit(signal); (ours & one) != 0) {
            ::timespec const at_once{};
            uninterrupted([&] { return calls().sigtimedwait(&one, &at_once); });
        }
    calls().sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
}

Result<std::size_t> SigpipeGuard::write_some(int fd, std::string_view bytes,
                                             Way way) noexcept
{
    auto const call = way == Way::socket   ? calls().send
                    : way == Way::per_call ? calls().write_now
                                           : calls().write;
    long const count =
        uninterrupted([&] { return call(fd, bytes.data(), bytes.size()); });
    // The controller of a terminal that no program has open takes some bytes, and
    // is then full for ever.
    if ((count == -EIO || count == -EAGAIN) && is_controller(fd)
        && has_hung_up(fd))
        return {code(-EPIPE), 0};
    return outcome(count);
}

Result<std::size_t> SigpipeGuard::tee_some(int from, int to,
                                           std::size_t most) noexcept
{
    return outcome(uninterrupted([&] { return calls().tee(from, to, most); }));
}

Result<std::size_t> SigpipeGuard::splice_some(int from, int to,
                                              std::size_t most) noexcept
{
    long const count =
        uninterrupted([&] { return calls().splice(from, to, most); });
    // After the bytes it counts, splice may have met the file size limit.
    if (count > 0 && static_cast<std::size_t>(count) < most)
        raised_ |= signal_bit(SIGXFSZ);
    return outcome(count);
}

Result<std::size_t> SigpipeGuard::outcome(long count) noexcept
{
    if (count == -EPIPE)
        raised_ |= signal_bit(SIGPIPE);
    if (count == -EFBIG)
        raised_ |= signal_bit(SIGXFSZ);
    if (count < 0)
        return {code(count), 0};
    return {{}, static_cast<std::size_t>(count)};
}

SignalsBlocked::SignalsBlocked(Whose whose) noexcept
{
    SignalSet const mask =
        whose == Whose::all ? all_signals : all_signals & ~of_threads();
    calls().sigprocmask(SIG_SETMASK, &mask, &old_mask_);
}

SignalsBlocked::~SignalsBlocked()
{
    calls().sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
}

bool is_signal(int number) noexcept
{
    return number >= 1 && number <= SIGRTMAX;
}

bool can_be_ignored(int signal) noexcept
{
    return signal != SIGKILL && signal != SIGSTOP;
}

bool ends_process(int signal) noexcept
{
    switch (signal) {
    case SIGCHLD:
    case SIGCONT:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGURG:
    case SIGWINCH: return false;
    default: return is_signal(signal);
    }
}

std::string signal_name(int signal)
{
    if (signal >= SIGRTMIN && signal <= SIGRTMAX) {
        int const offset = signal - SIGRTMIN;
        return offset == 0 ? "SIGRTMIN" : "SIGRTMIN+" + std::to_string(offset);
    }
    char const* const name = ::sigabbrev_np(signal);
    return name != nullptr ? std::string("SIG") + name
                           : "signal " + std::to_string(signal);
}

} // namespace runnel::inline v0::sys
