// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/watchdog.hpp"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace runnel::test {

namespace {

char const* volatile message_of_innermost;
int volatile fd_of_innermost = 2;

void write_to(int fd, char const* text)
{
    static_cast<void>(!::write(fd, text, ::strlen(text)));
}

void bark(int)
{
    if (char const* const message = message_of_innermost)
        write_to(fd_of_innermost, message);
    write_to(fd_of_innermost, "\nthis case takes too long: aborted\n");
    ::abort();
}

} // namespace

unsigned patient(unsigned seconds)
{
    static char const* const text = ::getenv("RUNNEL_TEST_PATIENCE");
    int const times = text != nullptr ? ::atoi(text) : 1;
    return seconds * unsigned(times > 0 ? times : 1);
}

Watchdog::Watchdog(unsigned seconds, char const* message, int fd)
    : outer_(::alarm(0)), outer_message_(message_of_innermost),
      outer_fd_(fd_of_innermost)
{
    message_of_innermost = message;
    fd_of_innermost = fd;
    struct sigaction action {};
    action.sa_handler = bark;
    ::sigaction(SIGALRM, &action, &old_);
    ::alarm(patient(seconds));
}

Watchdog::~Watchdog()
{
    ::alarm(0);
    message_of_innermost = outer_message_;
    fd_of_innermost = outer_fd_;
    ::sigaction(SIGALRM, &old_, nullptr);
    ::alarm(outer_);
}

} // namespace runnel::test
