// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/inherited.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace runnel::test {

namespace {

// An exec keeps only SIG_IGN. A handler is one that a sanitizer has set.
void reset_signals()
{
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
        struct sigaction action {};
        if (::sigaction(signal, nullptr, &action) == 0
            && action.sa_handler == SIG_IGN)
            ::signal(signal, SIG_DFL);
    }
    ::sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::alarm(0);
}

void reset_locale()
{
    std::vector<std::string> names;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        std::string_view const variable(*entry);
        if (variable.starts_with("LC_") || variable.starts_with("LANG"))
            names.emplace_back(variable.substr(0, variable.find('=')));
    }
    for (auto const& name : names)
        ::unsetenv(name.c_str());
}

// A test that reads the terminal would be stopped in the background.
void reset_descriptors()
{
    int const null = ::open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2; ++fd)
        if (fd != null && (fd == 0 || ::fcntl(fd, F_GETFD) < 0))
            ::dup2(null, fd);
    ::syscall(SYS_close_range, 3, ~0U, 0);
}

void allow_descriptors()
{
    constexpr ::rlim_t enough = 16'384;
    constexpr ::rlim_t least = 1024;
    ::rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::max(limit.rlim_cur, std::min(enough, limit.rlim_max));
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < least)
        std::fputs("the tests need 1024 descriptors, which the hard limit does "
                   "not allow\n",
                   stderr);
}

} // namespace

void reset_inherited()
{
    reset_signals();
    reset_locale();
    reset_descriptors();
    allow_descriptors();
    ::umask(022);
}

} // namespace runnel::test
