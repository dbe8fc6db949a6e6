// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/process.hpp"

#include <system_error>

#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace runnel::test {

std::unique_ptr<sys::Process>
start_process(std::vector<std::string> const& args,
              std::span<sys::FdMove const> moves)
{
    sys::SpawnRequest request;
    request.args = args;
    request.program = args.front();
    request.moves = moves;
    sys::Launch launch;
    if (auto const failure = launch.start(request))
        throw std::system_error(failure->error, args.front());
    return launch.take();
}

void wait_for_end(int pid)
{
    ::siginfo_t info{};
    ::waitid(P_PID, static_cast<::id_t>(pid), &info, WEXITED | WNOWAIT);
}

int make_process_with_pid(int pid)
{
    ::pid_t const wanted = pid;
    clone_args args{};
    args.exit_signal = SIGCHLD;
    args.set_tid = reinterpret_cast<__u64>(&wanted);
    args.set_tid_size = 1;
    long const made = ::syscall(SYS_clone3, &args, sizeof args);
    if (made == 0)
        for (;;)
            ::pause();
    return static_cast<int>(made);
}

bool is_unharmed(int stranger)
{
    ::kill(stranger, SIGUSR1);
    int status = 0;
    return ::waitpid(stranger, &status, 0) == stranger && WIFSIGNALED(status)
        && WTERMSIG(status) == SIGUSR1;
}

} // namespace runnel::test
