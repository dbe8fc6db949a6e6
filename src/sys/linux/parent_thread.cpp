// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/linux/parent_thread.hpp"

#include "sys/linux/calls.hpp"
#include "sys/linux/raw_syscall.hpp"
#include "sys/signal.hpp"

#include <exception>
#include <future>
#include <thread>

#include <sys/wait.h>

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

// Does not reap the child: the `Process` of the child does that. If the child
// was reaped before, the kernel says that there is no such child.
void wait_for_end(int pid) noexcept
{
    ::siginfo_t info{};
    uninterrupted([&] {
        return calls().waitid(P_PID, pid, &info, WEXITED | WNOWAIT, nullptr);
    });
}

} // namespace

bool is_main_thread() noexcept
{
    return raw_syscall(SYS_gettid) == raw_syscall(SYS_getpid);
}

void on_parent_thread(std::function<int()> const& make)
{
    std::promise<void> made;
    auto is_made = made.get_future();
    auto stay = [&make, made = std::move(made)]() mutable {
        int pid = -1;
        try {
            pid = make();
            made.set_value(); // from here on `make` may be destroyed
        } catch (...) {
            made.set_exception(std::current_exception());
        }
        if (pid > 0)
            wait_for_end(pid);
    };
    {
        SignalsBlocked const block(SignalsBlocked::Whose::others);
        std::thread(std::move(stay)).detach();
    }
    is_made.get();
}

} // namespace runnel::inline v0::sys
