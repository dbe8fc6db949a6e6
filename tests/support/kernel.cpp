// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/kernel.hpp"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace runnel::test {

namespace {

struct Info {
    unsigned long long mask;
    unsigned long long other[6];
    unsigned last_id;
    int exit_code;
};
static_assert(sizeof(Info) == 64);

constexpr unsigned long long with_exit = 1 << 3;

/// If SIGCHLD is ignored, the child could be gone before its pidfd is open.
class ChildrenAreKept {
public:
    ChildrenAreKept()
    {
        struct sigaction usual {};
        usual.sa_handler = SIG_DFL;
        ::sigaction(SIGCHLD, &usual, &before_);
    }
    ~ChildrenAreKept() { ::sigaction(SIGCHLD, &before_, nullptr); }
    ChildrenAreKept(ChildrenAreKept const&) = delete;
    ChildrenAreKept& operator=(ChildrenAreKept const&) = delete;

private:
    struct sigaction before_ {};
};

bool try_it()
{
    ChildrenAreKept const kept;
    pid_t const pid = ::fork();
    if (pid == 0)
        ::_exit(7);
    int const pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    ::waitpid(pid, nullptr, 0);
    Info info{};
    info.mask = with_exit;
    bool const known = ::ioctl(pidfd, _IOWR(0xff, 11, Info), &info) == 0
                    && (info.mask & with_exit) != 0
                    && WEXITSTATUS(info.exit_code) == 7;
    ::close(pidfd);
    return known;
}

} // namespace

bool statuses_survive()
{
    static bool const survive = try_it();
    return survive;
}

} // namespace runnel::test
