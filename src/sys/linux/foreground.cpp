// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/foreground.hpp"

#include "sys/fd.hpp"
#include "sys/linux/calls.hpp"

#include <utility>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace runnel::inline v0::sys {

namespace {

using namespace posix;

/// The terminal that controls this process, if one does.
Fd controlling_terminal() noexcept
{
    return Fd(uninterrupted([] {
        return calls().open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
    }));
}

int foreground_of(Fd const& terminal) noexcept
{
    int group = 0;
    calls().ioctl(terminal.get(), TIOCGPGRP, reinterpret_cast<long>(&group));
    return group;
}

} // namespace

ForegroundLoan ForegroundLoan::begin() noexcept
{
    ForegroundLoan loan;
    auto const terminal = controlling_terminal();
    if (terminal && foreground_of(terminal) == ::getpgrp())
        loan.group_ = ::getpgrp();
    return loan;
}

// From the background, the call would stop this process by SIGTTOU, unless that
// is blocked.
void ForegroundLoan::give_back() noexcept
{
    int const group = std::exchange(group_, 0);
    if (group == 0)
        return;
    auto const terminal = controlling_terminal();
    if (!terminal || foreground_of(terminal) == group)
        return;
    SignalSet const blocked = signal_bit(SIGTTOU);
    SignalSet before = 0;
    calls().sigprocmask(SIG_BLOCK, &blocked, &before);
    calls().ioctl(terminal.get(), TIOCSPGRP, reinterpret_cast<long>(&group));
    calls().sigprocmask(SIG_SETMASK, &before, nullptr);
}

} // namespace runnel::inline v0::sys
