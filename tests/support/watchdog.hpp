// Ends a test program that hangs.
#pragma once

#include <signal.h>

namespace runnel::test {

/// While it lives, the program has `seconds` to destroy it; then it says so
/// and aborts. May be nested; the innermost counts.
class Watchdog {
public:
    explicit Watchdog(unsigned seconds = 20);
    Watchdog(Watchdog const&) = delete;
    Watchdog& operator=(Watchdog const&) = delete;
    ~Watchdog();

private:
    unsigned outer_;
    struct sigaction old_ {};
};

} // namespace runnel::test
