#include "support/watchdog.hpp"

#include <stdlib.h>
#include <unistd.h>

namespace runnel::test {

namespace {

void bark(int)
{
    constexpr char message[] = "\nthis case takes too long: aborted\n";
    static_cast<void>(!::write(2, message, sizeof message - 1));
    ::abort();
}

} // namespace

Watchdog::Watchdog(unsigned seconds) : outer_(::alarm(seconds))
{
    struct sigaction action {};
    action.sa_handler = bark;
    ::sigaction(SIGALRM, &action, &old_);
}

Watchdog::~Watchdog()
{
    ::alarm(0);
    ::sigaction(SIGALRM, &old_, nullptr);
    ::alarm(outer_);
}

} // namespace runnel::test
