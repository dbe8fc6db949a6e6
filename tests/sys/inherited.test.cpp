// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The tests themselves: they do not depend on how they are started.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <string>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

void spoil_state()
{
    for (int const signal : {SIGINT, SIGCHLD, SIGPIPE, SIGTERM, SIGRTMAX})
        ::signal(signal, SIG_IGN);
    ::umask(0777);
    ::rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 16;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::alarm(1000);
}

} // namespace

TEST_CASE("a test begins in the same state whoever starts it",
          "[sys][inherited][guard]")
{
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
        CAPTURE(signal);
        struct sigaction action {};
        if (::sigaction(signal, nullptr, &action) == 0)
            CHECK(action.sa_handler != SIG_IGN);
    }
    ::sigset_t blocked;
    ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
    CHECK(::sigisemptyset(&blocked) == 1);
    CHECK(::alarm(0) == 0);
    ::mode_t const mask = ::umask(022);
    CHECK(mask == 022);
    CHECK(::getenv("LC_ALL") == nullptr);
    CHECK(::getenv("LC_NUMERIC") == nullptr);
    CHECK(::getenv("LANG") == nullptr);
    ::rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    CHECK((limit.rlim_cur >= 1024 || limit.rlim_cur == limit.rlim_max));
    char byte;
    CHECK(::read(0, &byte, 1) == 0);
    CHECK(::fcntl(2, F_GETFD) >= 0);
    CHECK(::fcntl(12, F_GETFD) < 0);
}

TEST_CASE("a test program resets what it inherits", "[sys][inherited][guard]")
{
    NoLeaks const no_leaks;
    auto const inherited = make_pipe();
    // The pipe as stdin would never end; descriptor 12 is one too many.
    auto const twelfth = copy_fd(inherited.read_end.get(), 12, true);
    Environment const locale = Environment()
                                   .set("LC_ALL", "de_DE.UTF-8")
                                   .set("LC_NUMERIC", "de_DE.UTF-8")
                                   .set("LANG", "de_DE.UTF-8");
    Popen program({"self", "a test begins in the same state whoever starts it",
                   "--warn", "NoTests"},
                  {.executable = "/proc/self/exe",
                   .in = inherited.read_end.get(),
                   .out = Stdio::pipe,
                   .err = Stdio::out,
                   .env = locale,
                   .close_fds = false,
                   .restore_signals = false,
                   .signal_mask = {SIGUSR1, SIGALRM},
                   .preexec_fn = [] { spoil_state(); }});
    auto const [out, err] = program.communicate();
    CAPTURE(out.str());
    CHECK(program.returncode() == 0);
}
