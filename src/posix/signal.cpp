#include "posix/calls.hpp"
#include "posix/code.hpp"
#include "sys.hpp"

#include <string.h>

namespace runnel::inline v0::sys {

using namespace posix;

namespace signals {
int const kill = SIGKILL;
int const terminate = SIGTERM;
int const broken_pipe = SIGPIPE;
} // namespace signals

namespace {
constexpr SignalSet sigpipe = signal_bit(SIGPIPE);
}

SigpipeGuard::SigpipeGuard() noexcept
{
    SignalSet pending = 0;
    calls().sigpending(&pending);
    was_pending_ = (pending & sigpipe) != 0;
    calls().sigprocmask(SIG_BLOCK, &sigpipe, &old_mask_);
}

// The signal that our own write raised is taken off the queue before it is let
// through again. One that was pending before stays.
SigpipeGuard::~SigpipeGuard()
{
    if (raised_ && !was_pending_) {
        ::timespec const at_once{};
        uninterrupted([&] { return calls().sigtimedwait(&sigpipe, &at_once); });
    }
    calls().sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
}

Result<std::size_t> SigpipeGuard::write_some(int fd,
                                             std::string_view bytes) noexcept
{
    return outcome(uninterrupted(
        [&] { return calls().write(fd, bytes.data(), bytes.size()); }));
}

Result<std::size_t> SigpipeGuard::tee_some(int from, int to,
                                           std::size_t most) noexcept
{
    return outcome(uninterrupted([&] { return calls().tee(from, to, most); }));
}

Result<std::size_t> SigpipeGuard::splice_some(int from, int to,
                                              std::size_t most) noexcept
{
    return outcome(
        uninterrupted([&] { return calls().splice(from, to, most); }));
}

Result<std::size_t> SigpipeGuard::outcome(long count) noexcept
{
    if (count == -EPIPE)
        raised_ = true;
    if (count < 0)
        return {code(count), 0};
    return {{}, static_cast<std::size_t>(count)};
}

SignalsBlocked::SignalsBlocked() noexcept
{
    calls().sigprocmask(SIG_SETMASK, &all_signals, &old_mask_);
}

SignalsBlocked::~SignalsBlocked()
{
    calls().sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
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

std::string describe(std::error_code error)
{
    return error.message();
}

} // namespace runnel::inline v0::sys
