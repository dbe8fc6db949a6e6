// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Ends a test program that hangs.
#pragma once

#include <signal.h>

namespace runnel::test {

/// So many seconds; more where programs are slow: times the environment
/// variable RUNNEL_TEST_PATIENCE, if that is set.
unsigned patient(unsigned seconds);

/// If this object is not destroyed within `patient(seconds)`, says so and
/// aborts the program. May be nested; the innermost counts.
class Watchdog {
public:
    /// `message` is written to descriptor `fd` before the program aborts. It
    /// must stay valid while the watchdog lives.
    explicit Watchdog(unsigned seconds = 20, char const* message = nullptr,
                      int fd = 2);
    Watchdog(Watchdog const&) = delete;
    Watchdog& operator=(Watchdog const&) = delete;
    ~Watchdog();

private:
    unsigned outer_;
    char const* outer_message_;
    int outer_fd_;
    struct sigaction old_ {};
};

} // namespace runnel::test
