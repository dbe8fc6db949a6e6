// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Children whose status somebody else collects.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/kernel.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <thread>

#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

TEST_CASE("the status of a child that other code reaped is known, or unknown",
          "[popen][foreign_reaping][fault:W06][promise:P11][found:A10]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 7});
    int status = 0;
    REQUIRE(::waitpid(p.pid(), &status, 0) == p.pid());
    SECTION("for wait")
    {
        CHECK(p.wait() == surviving(7));
    }
    SECTION("for wait with a limit")
    {
        CHECK(p.wait(10s) == surviving(7));
    }
    SECTION("for poll")
    {
        CHECK(p.poll() == surviving(7));
    }
    SECTION("for communicate")
    {
        p.communicate();
    }
    CHECK(p.status()
          == (statuses_survive() ? ExitStatus::of_code(7)
                                 : ExitStatus::unknown()));
    CHECK(p.returncode() == surviving(7));
}

TEST_CASE("no signal goes to a pid that other code has freed",
          "[popen][foreign_reaping][fault:W05][fault:W06][promise:P10]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 0});
    REQUIRE(::waitpid(p.pid(), nullptr, 0) == p.pid());
    p.kill();
    p.terminate();
    CHECK(p.wait() == surviving(0));
}

TEST_CASE("a wait that is under way ends when other code reaps the child",
          "[popen][foreign_reaping][threads][fault:W06]")
{
    NoLeaks const no_leaks;
    bool const limited = GENERATE(false, true);
    Popen p({child("copy")}, {.in = Stdio::pipe});
    int result = -1;
    std::thread waiter([&] { result = limited ? p.wait(15s) : p.wait(); });
    p.in().close();
    static_cast<void>(::waitpid(p.pid(), nullptr, 0)); // either may win
    waiter.join();
    CHECK((result == 0 || result == 255));
}

namespace {

/// A forked child may be gone before its pidfd is open: then nothing is known.
bool survived_or_is_unknown(Popen const& child, int code, bool forked)
{
    auto const status = *child.status();
    bool const must_survive = statuses_survive() && !forked;
    return status == ExitStatus::of_code(code)
        || (!must_survive && status.is_unknown());
}

} // namespace

TEST_CASE(
    "with SIGCHLD ignored nothing hangs, and statuses survive or are unknown",
    "[popen][foreign_reaping][fault:W06][found:A10]")
{
    NoLeaks const no_leaks;
    bool const flag = GENERATE(false, true);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        struct sigaction action {};
        action.sa_handler = flag ? SIG_DFL : SIG_IGN;
        action.sa_flags = flag ? SA_NOCLDWAIT : 0;
        ::sigaction(SIGCHLD, &action, nullptr);
        for (bool const forked : {false, true}) {
            Popen p({child("print"), "text"},
                    {.out = Stdio::pipe, .preexec_fn = hook_if(forked)});
            EXPECT_IN(complaints, p.communicate().out == "text");
            EXPECT_IN(complaints, survived_or_is_unknown(p, 0, forked));

            Popen q({child("exit_with"), 7}, {.preexec_fn = hook_if(forked)});
            q.wait(10s);
            EXPECT_IN(complaints, survived_or_is_unknown(q, 7, forked));
            q.kill();

            complaints.expect_equal(
                message_of<SpawnError>([&] {
                    Popen r({"/no/such/program"},
                            {.preexec_fn = hook_if(forked)});
                }),
                "cannot start \"/no/such/program\": No such file or "
                "directory",
                "message");
        }
    });
    CHECK(wrong == "");
}

namespace {

/// A sleeping child of this process with that very pid; -1 if it is not to be
/// had, which takes the rights of root.
pid_t fork_with_pid(pid_t pid)
{
    clone_args args{};
    args.exit_signal = SIGCHLD;
    args.set_tid = reinterpret_cast<__u64>(&pid);
    args.set_tid_size = 1;
    auto const made =
        static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
    if (made == 0)
        for (;;)
            ::pause();
    return made;
}

} // namespace

TEST_CASE("a process that got the pid of our child is not our child",
          "[popen][foreign_reaping][fault:W05][promise:P10]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    CAPTURE(forked);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        Popen p({child("exit_with"), 0}, {.preexec_fn = hook_if(forked)});
        EXPECT_IN(complaints, ::waitpid(p.pid(), nullptr, 0) == p.pid());
        pid_t const stranger = fork_with_pid(p.pid());
        if (stranger < 0)
            return;
        p.terminate();
        complaints.expect_equal(std::to_string(p.poll().value_or(-99)),
                                std::to_string(surviving(0)), "status");
        ::kill(stranger, SIGUSR1);
        int status = 0;
        EXPECT_IN(complaints, ::waitpid(stranger, &status, 0) == stranger);
        EXPECT_IN(complaints, WTERMSIG(status) == SIGUSR1);
    });
    CHECK(wrong == "");
}
