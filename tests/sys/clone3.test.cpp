// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the fast path promises beyond what the other tests see.
#include "child/abandoned.hpp"
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "sys/linux/calls.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <linux/sched.h>
#include <memory>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace runnel;
using namespace runnel::test;

TEST_CASE("a plain child is started by clone3 alone",
          "[posix][clone3][row:P56]")
{
    NoLeaks const no_leaks;
    Faults faults;
    CHECK(returncode_of({child("exit_with"), "7"}) == 7);
    CHECK(faults.count("clone3") == 1);
    CHECK(faults.count("fork") == 0);
    CHECK(faults.count("pipe2") == 0);
}

TEST_CASE("changed ids and preexec_fn go through fork",
          "[posix][fork][row:P56]")
{
    NoLeaks const no_leaks;
    Faults faults;
    CHECK(returncode_of({child("exit_with"), "7"}, {.preexec_fn = [] {}}) == 7);
    CHECK(faults.count("clone3") == 0);
    CHECK(faults.count("fork") == 1);
}

TEST_CASE("a missing program is an error whichever way a child is made",
          "[posix][clone3][fork][row:P55]")
{
    NoLeaks const no_leaks;
    auto const reason = [](PopenOptions const& options) {
        try {
            Popen p({"/no/such/program"}, options);
        } catch (SpawnError const& error) {
            return error.code() == std::errc::no_such_file_or_directory
                && error.step() == SpawnStep::exec;
        }
        return false;
    };
    CHECK(reason({}));
    CHECK(reason({.preexec_fn = [] {}}));
    Faults faults;
    for (int const refused : {ENOSYS, EPERM}) { // old kernels, sandboxes
        faults.fail_always("clone3", refused);
        CHECK(reason({}));
        CHECK(returncode_of({child("exit_with"), 7}) == 7);
        CHECK(faults.count("fork") == 2);
        faults.reset();
    }
}

TEST_CASE("a parent with 10,000 descriptors has them closed by one call",
          "[posix][clone3][limits]")
{
    NoLeaks const no_leaks;
    ::rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 10'100)
        return;
    std::vector<int> open;
    while (open.size() < 10'000)
        open.push_back(::dup(0));
    Faults faults;
    auto const seen = output_of({child("print_open_fds")});
    for (int const fd : open)
        ::close(fd);
    CHECK(seen == "0 1 2\n");
    CHECK(faults.count("close_range") <= 3);
    CHECK(faults.count("child_close") == 0);
}

namespace {

/// The flags of clone3 that start `e` as a job.
std::uint64_t clone_flags_of(Command const& e)
{
    static std::uint64_t flags;
    auto table = posix::native_calls();
    table.clone3 = [](clone_args* args, int (*child)(void*), void* plan) {
        flags = args->flags;
        return posix::native_calls().clone3(args, child, plan);
    };
    posix::replace_calls(&table);
    JobSet jobs;
    jobs.add(e);
    CHECK(jobs.next());
    posix::replace_calls(nullptr);
    return flags;
}

bool gets_a_copy_of_the_table(std::uint64_t flags)
{
    return (flags & CLONE_FILES) == 0;
}

bool is_waited_for(std::uint64_t flags)
{
    return (flags & CLONE_VFORK) != 0;
}

/// Children that live as long as this object.
class Waiting {
public:
    explicit Waiting(unsigned count)
    {
        while (children_.size() < count)
            children_.push_back(std::make_unique<Popen>(
                std::vector<Word>{"cat"},
                PopenOptions{.in = Stdio(gate_.read_end.get())}));
    }
    Waiting(Waiting const&) = delete;
    Waiting& operator=(Waiting const&) = delete;
    ~Waiting() { gate_.write_end.close(); }

private:
    std::vector<std::unique_ptr<Popen>> children_;
    OwnPipe gate_ = make_pipe();
};

} // namespace

TEST_CASE(
    "beside many children a job starts without a copy of the descriptor table",
    "[posix][clone3][limits]")
{
    NoLeaks const no_leaks;
    auto const job = cmd(child("exit_with"), 0);
    auto const flags_beside = [&](unsigned count) {
        Waiting const waiting(count);
        return clone_flags_of(job);
    };
    CHECK(gets_a_copy_of_the_table(flags_beside(10)));
    CHECK_FALSE(gets_a_copy_of_the_table(flags_beside(300)));
    CHECK(gets_a_copy_of_the_table(flags_beside(10)));
}

TEST_CASE("a job that keeps all descriptors is not waited for, however many",
          "[posix][clone3][limits]")
{
    NoLeaks const no_leaks;
    Waiting const waiting(300);
    auto const job = cmd(child("exit_with"), 0);
    CHECK(is_waited_for(clone_flags_of(job)));
    CHECK_FALSE(is_waited_for(clone_flags_of(job.with({.close_fds = false}))));
}

TEST_CASE("detached children do not count, for they hold no descriptor",
          "[posix][clone3][limits]")
{
    NoLeaks const no_leaks;
    {
        auto const gate = make_pipe();
        for (int i = 0; i < 300; ++i)
            Popen({"cat"}, {.in = Stdio(gate.read_end.get())}).detach();
        auto const job = cmd(child("exit_with"), 0);
        CHECK(gets_a_copy_of_the_table(clone_flags_of(job)));
    }
    while (!no_leaks.left_behind().empty()) {
        reap_abandoned();
        std::this_thread::yield();
    }
}

namespace {

int ticks = 0;
int tick_pid = 0;

extern "C" void count_tick(int)
{
    if (::getpid() != tick_pid)
        ::_exit(99);
    ticks = ticks + 1;
}

} // namespace

TEST_CASE("signals that arrive while children start are handled once, here",
          "[posix][clone3][signals][fault:S03]")
{
    NoLeaks const no_leaks;
    tick_pid = ::getpid();
    ticks = 0;
    struct sigaction action {
    }, old{};
    action.sa_handler = count_tick;
    ::sigaction(SIGUSR1, &action, &old);
    for (int i = 0; i < 50; ++i) {
        ::kill(::getpid(), SIGUSR1);
        CHECK(returncode_of({child("exit_with"), "0"}) == 0);
    }
    ::sigaction(SIGUSR1, &old, nullptr);
    CHECK(ticks == 50);
}

TEST_CASE("a timer that interrupts every call disturbs nothing",
          "[posix][signals][interruptions][fault:X08][fault:S03]")
{
    NoLeaks const no_leaks;
    tick_pid = ::getpid();
    struct sigaction action {
    }, old{};
    action.sa_handler = count_tick; // without SA_RESTART
    ::sigaction(SIGALRM, &action, &old);
    ::sigset_t block, before;
    sigemptyset(&block);
    sigaddset(&block, SIGPROF);
    ::pthread_sigmask(SIG_BLOCK, &block, &before);
    ::itimerval const every_ms{{0, 1000}, {0, 1000}};
    ::itimerval const off{};
    ::itimerval watchdog{};
    ::setitimer(ITIMER_REAL, &every_ms, &watchdog);
    std::string wrong;
    for (int i = 0; i < 20; ++i) {
        auto const copied = cmd(child("copy")) < text("ping");
        auto const captured = copied | cmd(child("copy")) | capture;
        if (run(captured).out != "ping")
            wrong = "lost bytes";
    }
    ::setitimer(ITIMER_REAL, &off, nullptr);
    ::sigaction(SIGALRM, &old, nullptr);
    ::setitimer(ITIMER_REAL, &watchdog, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    CHECK(wrong == "");
}

// --- reused pids -------------------------------------------------------------------

namespace {

/// A process of ours with exactly that pid, which waits to be killed; -1 if
/// the kernel does not let us choose.
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

} // namespace

TEST_CASE("a stranger with a reused pid is never signalled",
          "[posix][kill][fault:W05]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), "0"});
    int status = 0;
    REQUIRE(::waitpid(p.pid(), &status, 0) == p.pid()); // somebody else reaps
    int const stranger = make_process_with_pid(p.pid());
    if (stranger < 0) {
        WARN("set_tid needs privileges: not tested");
        return;
    }
    p.kill();
    int const returncode = p.wait(); // from Linux 6.15 on it is known
    CHECK(
        (returncode == 0 || returncode == ExitStatus::unknown().returncode()));
    CHECK(::kill(stranger, SIGTERM) == 0);
    CHECK(::waitpid(stranger, &status, 0) == stranger);
    CHECK(WTERMSIG(status) == SIGTERM); // not SIGKILL
}

TEST_CASE("a child that was waited for is never signalled again",
          "[posix][kill][fault:W05]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), "0"});
    int const pid = p.pid();
    p.wait();
    int const stranger = make_process_with_pid(pid);
    if (stranger < 0) {
        WARN("set_tid needs privileges: not tested");
        return;
    }
    p.kill();
    p.terminate();
    CHECK(::kill(stranger, SIGUSR1) == 0);
    int status = 0;
    CHECK(::waitpid(stranger, &status, 0) == stranger);
    CHECK(WTERMSIG(status) == SIGUSR1);
}
