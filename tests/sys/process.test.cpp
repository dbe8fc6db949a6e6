// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A child from its start to its collection: signals, descriptors, strangers.
#include "support/process.hpp"
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include "sys/fd.hpp"
#include "sys/pipe.hpp"
#include "sys/process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

sys::Deadline soon()
{
    return sys::Clock::now() + 15s; // a hang ends
}

/// Lets other code of this process collect `child` when it has ended.
void collect_behind_the_back(sys::Process const& child)
{
    ::waitpid(child.pid(), nullptr, 0);
}

/// A child that ends when the pipe is closed.
struct Held {
    sys::Pipe pipe = std::move(sys::open_pipe().value);
    sys::FdMove const moves[1] = {{pipe.read_end.get(), 0}};
    std::unique_ptr<sys::Process> process =
        start_process({child("copy")}, moves);

    void let_go()
    {
        pipe.read_end.reset();
        pipe.write_end.reset();
    }
};

} // namespace

// --- descriptors -------------------------------------------------------------------

TEST_CASE("a child that was collected holds no descriptor",
          "[sys][process][found:B8]")
{
    NoLeaks const no_leaks;
    auto const way = GENERATE(as<std::string>(), "wait", "timed", "poll");
    CAPTURE(way);
    auto const process = start_process({child("exit_with"), "7"});
    CHECK(process->watchable() >= 0);
    if (way == "wait")
        process->wait(sys::never);
    else if (way == "timed")
        process->wait(soon());
    else
        while (!process->wait(sys::Deadline::min()))
            std::this_thread::yield();
    CHECK(process->seen()->status == ExitStatus::of_code(7));
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("threads that wait for one child leave no descriptor, in any order",
          "[sys][process][threads][found:B8]")
{
    NoLeaks const no_leaks;
    Held held;
    std::atomic<int> right{0};
    auto const wait = [&](sys::Deadline deadline) {
        auto const exit = held.process->wait(deadline);
        if (exit && exit->status == ExitStatus::of_code(0))
            ++right;
    };
    std::thread first(wait, sys::never);
    std::thread second(wait, soon());
    held.let_go();
    wait(soon());
    first.join();
    second.join();
    CHECK(right == 3);
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("a descriptor that is in use is given back when it no longer is",
          "[sys][process][threads][found:B5]")
{
    NoLeaks const no_leaks;
    Held held;
    {
        sys::Process::Watch const watch(*held.process);
        int const fd = watch.fd();
        REQUIRE(fd >= 0);
        held.process->shed();
        CHECK(sys::is_open(fd));
    }
    CHECK(held.process->watchable() == -1);
    CHECK(held.process->pollable() >= 0);
    held.let_go();
    CHECK(held.process->wait(soon())->status == ExitStatus::of_code(0));
}

TEST_CASE("giving a descriptor back is safe beside signals and waits",
          "[sys][process][threads][found:B5]")
{
    NoLeaks const no_leaks;
    auto const process = start_process({child("sleep_until_killed")});
    std::atomic<bool> done{false};
    std::atomic<int> wrong{0};
    std::thread shedder([&] {
        while (!done) {
            process->shed();
            process->pollable();
        }
    });
    std::thread forwarder([&] {
        while (!done)
            process->forward(SIGCONT);
    });
    // On a loaded machine, each signal may wait for a turn of both threads.
    for (int i = 0; i < 300; ++i)
        if (auto const sent = process->signal(SIGCONT); !sent || !sent.value)
            ++wrong;
    CHECK(process->signal(SIGKILL).value);
    CHECK(process->wait(soon())->status == ExitStatus::of_signal(SIGKILL));
    done = true;
    shedder.join();
    forwarder.join();
    CHECK(wrong == 0);
    CHECK(no_leaks.left_behind() == "");
}

// --- strangers ---------------------------------------------------------------------

TEST_CASE("no signal reaches a process that has got the pid of a child",
          "[sys][process][found:B4]")
{
    NoLeaks const no_leaks;
    bool const is_shed = GENERATE(false, true);
    bool const forwards = GENERATE(false, true);
    CAPTURE(is_shed, forwards);
    auto const process = start_process({child("exit_with"), "7"});
    if (is_shed)
        process->shed();
    collect_behind_the_back(*process);
    int const stranger = make_process_with_pid(process->pid());
    if (stranger < 0) {
        WARN("set_tid needs privileges: not tested");
        return;
    }
    if (forwards)
        process->forward(SIGKILL);
    else
        CHECK_FALSE(process->signal(SIGKILL).value);
    CHECK(is_unharmed(stranger));
    CHECK(process->wait(soon()));
}

TEST_CASE(
    "no descriptor is opened for a process that has got the pid of a child",
    "[sys][process][found:B4]")
{
    NoLeaks const no_leaks;
    auto const process = start_process({child("exit_with"), "7"});
    process->shed();
    collect_behind_the_back(*process);
    int const stranger = make_process_with_pid(process->pid());
    if (stranger < 0) {
        WARN("set_tid needs privileges: not tested");
        return;
    }
    CHECK(process->pollable() == -1);
    CHECK(is_unharmed(stranger));
    CHECK(process->wait(soon())->status.is_unknown());
}

TEST_CASE("a stranger that is nobody's child of ours is never signalled by pid",
          "[sys][process][found:B4]")
{
    NoLeaks const no_leaks;
    Faults faults;
    faults.fail_always("pidfd_open", EMFILE);
    auto const process = start_process({child("exit_with"), "7"});
    process->shed();
    collect_behind_the_back(*process);
    faults.fail_once("kill", ESRCH); // must not even be tried
    process->forward(SIGKILL);
    CHECK_FALSE(process->signal(SIGKILL).value);
    CHECK(faults.count("kill") == 0);
    CHECK(process->wait(soon())->status.is_unknown());
}

TEST_CASE("a child that gave its descriptor back gets its signals",
          "[sys][process][found:B4]")
{
    NoLeaks const no_leaks;
    bool const forwards = GENERATE(false, true);
    bool const short_of_descriptors = GENERATE(false, true);
    CAPTURE(forwards, short_of_descriptors);
    Faults faults;
    auto const process = start_process({child("sleep_until_killed")});
    process->shed();
    if (short_of_descriptors)
        faults.fail_always("pidfd_open", EMFILE);
    if (forwards)
        process->forward(SIGTERM);
    else
        CHECK(process->signal(SIGTERM).value);
    CHECK(process->wait(soon())->status == ExitStatus::of_signal(SIGTERM));
    CHECK(faults.count("kill") == (short_of_descriptors ? 1 : 0));
}

namespace {

std::atomic<bool> is_forwarding;
std::atomic<bool> may_go_on;
std::atomic<bool> was_freed;

/// Held between what `forward` read and what it does with it.
int held_send(int, int)
{
    is_forwarding = true;
    while (!may_go_on)
        std::this_thread::yield();
    return -ESRCH;
}

int held_kill(int pid, int)
{
    return held_send(pid, 0);
}

/// Collecting frees the pid for others.
int seen_waitid(int kind, int id, ::siginfo_t* info, int options,
                ::rusage* usage)
{
    if (is_forwarding && !may_go_on && (options & WNOWAIT) == 0)
        was_freed = true;
    return posix::native_calls().waitid(kind, id, info, options, usage);
}

/// Closing frees the number for others.
int seen_close(int fd)
{
    if (is_forwarding && !may_go_on)
        was_freed = true;
    return posix::native_calls().close(fd);
}

void hold_forwarding(posix::Calls& table)
{
    table.pidfd_send_signal = held_send;
    table.kill = held_kill;
    table.waitid = seen_waitid;
    table.close = seen_close;
}

} // namespace

TEST_CASE("a child is not collected while a signal is on its way to it",
          "[sys][process][threads][guard][found:H]")
{
    NoLeaks const no_leaks;
    bool const is_shed = GENERATE(false, true);
    CAPTURE(is_shed);
    is_forwarding = may_go_on = was_freed = false;
    auto const process = start_process({child("exit_with"), "7"});
    if (is_shed)
        process->shed();
    OtherCalls const calls(hold_forwarding);
    std::thread forwarder([&] { process->forward(SIGTERM); });
    while (!is_forwarding)
        std::this_thread::yield();
    std::thread collector([&] { process->wait(soon()); });
    // Time for the collector to be wrong; none is needed to be right.
    std::this_thread::sleep_for(50ms);
    CHECK_FALSE(was_freed);
    may_go_on = true;
    forwarder.join();
    collector.join();
    CHECK(process->seen()->status == ExitStatus::of_code(7));
}

TEST_CASE("no descriptor is given back while a signal goes through it",
          "[sys][process][threads][guard]")
{
    NoLeaks const no_leaks;
    is_forwarding = may_go_on = was_freed = false;
    auto const process = start_process({child("exit_with"), "7"});
    {
        OtherCalls const calls(hold_forwarding);
        std::thread forwarder([&] { process->forward(SIGTERM); });
        while (!is_forwarding)
            std::this_thread::yield();
        std::thread shedder([&] { process->shed(); });
        // Time for the shedder to be wrong; none is needed to be right.
        std::this_thread::sleep_for(50ms);
        CHECK_FALSE(was_freed);
        may_go_on = true;
        forwarder.join();
        shedder.join();
    }
    CHECK(process->watchable() == -1);
    CHECK(process->wait(soon())->status == ExitStatus::of_code(7));
}

// --- waiting -----------------------------------------------------------------------

TEST_CASE("the status survives other code that collects, from Linux 6.15 on",
          "[sys][process][found:A10]")
{
    NoLeaks const no_leaks;
    bool const blocks = GENERATE(false, true);
    auto const args =
        GENERATE(as<std::vector<std::string>>(),
                 std::vector{child("exit_with"), std::string("7")},
                 std::vector{child("kill_self"), std::string("9")});
    auto const process = start_process(args);
    collect_behind_the_back(*process);
    Faults faults;
    auto const exit = process->wait(blocks ? sys::never : soon());
    REQUIRE(exit);
    CHECK(faults.count("pidfd_exit_status") == 1);
    if (exit->status.is_unknown())
        WARN("this kernel does not keep statuses");
    else
        CHECK(exit->status
              == (args.front() == child("exit_with")
                      ? ExitStatus::of_code(7)
                      : ExitStatus::of_signal(SIGKILL)));
}

TEST_CASE("the status of a child that others collect just now is waited for",
          "[sys][process][found:A10]")
{
    NoLeaks const no_leaks;
    static int refusals;
    static int error;
    refusals = 3;
    error = GENERATE(ESRCH, ENODATA);
    auto const process = start_process({child("exit_with"), "7"});
    collect_behind_the_back(*process);
    auto table = posix::native_calls();
    table.pidfd_exit_status = [](int, int* status) {
        *status = 7 << 8;
        return refusals-- > 0 ? -error : 0;
    };
    posix::replace_calls(&table);
    auto const exit = process->wait(soon());
    posix::replace_calls(nullptr);
    REQUIRE(exit);
    CHECK(exit->status == ExitStatus::of_code(7));
}

TEST_CASE("without that ioctl a status that other code took is unknown",
          "[sys][process][found:A10]")
{
    NoLeaks const no_leaks;
    int const error = GENERATE(ENOTTY, EINVAL, ESRCH, ENODATA, EPERM);
    auto const process = start_process({child("exit_with"), "7"});
    collect_behind_the_back(*process);
    Faults faults;
    faults.fail_always("pidfd_exit_status", error);
    CHECK(process->wait(soon())->status.is_unknown());
}

TEST_CASE("an error about an unknown status says what may have taken it",
          "[sys][process][found:A10]")
{
    NoLeaks const no_leaks;
    auto const wrong = in_private_process([](Complaints const& complaints) {
        ::signal(SIGCHLD, SIG_IGN);
        Faults faults;
        faults.fail_always("pidfd_exit_status", ENOTTY);
        auto const message =
            message_of<CalledProcessError>([] { check(cmd("true")); });
        EXPECT_IN(complaints, message.find("SIGCHLD") != message.npos);
        EXPECT_IN(complaints, message.find("waited") != message.npos);
    });
    CHECK(wrong == "");
}

namespace {

int refusal; ///< what waiting by pidfd gives

int waitid_by_pid_only(int kind, int id, ::siginfo_t* info, int options,
                       ::rusage* usage)
{
    if (kind == P_PIDFD)
        return -refusal;
    return posix::native_calls().waitid(kind, id, info, options, usage);
}

} // namespace

TEST_CASE("where waiting by pidfd is refused, children are waited for by pid",
          "[sys][process][found:B10]")
{
    NoLeaks const no_leaks;
    refusal = GENERATE(EINVAL, ENOSYS, EPERM, EACCES);
    auto const limit = GENERATE(as<sys::Deadline>(), sys::never, soon());
    CAPTURE(refusal);
    OtherCalls const calls(
        [](posix::Calls& table) { table.waitid = waitid_by_pid_only; });
    auto const process = start_process({child("exit_with"), "7"});
    CHECK(process->wait(limit)->status == ExitStatus::of_code(7));
    CHECK(no_leaks.left_behind() == "");
}

namespace {

/// A process that holds the end of `traced` back until it ends itself, which it
/// does when `until_closed` is. -1 if it may not.
pid_t start_tracer(pid_t traced, int until_closed, int ready)
{
    pid_t const tracer = ::fork();
    if (tracer != 0)
        return tracer;
    for (int fd = 3; fd < 256; ++fd) // among them the ends that are waited for
        if (fd != until_closed && fd != ready)
            ::close(fd);
    bool const traces = ::ptrace(PTRACE_SEIZE, traced, nullptr, nullptr) == 0;
    char byte = traces ? 'y' : 'n';
    if (::write(ready, &byte, 1) == 1)
        while (::read(until_closed, &byte, 1) > 0) {}
    ::_exit(0);
}

} // namespace

TEST_CASE("a child whose end a tracer holds back is waited for in time, asleep",
          "[sys][process][found:B11]")
{
    NoLeaks const no_leaks;
    auto until_closed = std::move(sys::open_pipe().value);
    auto ready = std::move(sys::open_pipe().value);
    Held held;
    auto const tracer =
        start_tracer(held.process->pid(), until_closed.read_end.get(),
                     ready.write_end.get());
    until_closed.read_end.reset();
    char byte = 'n';
    REQUIRE(::read(ready.read_end.get(), &byte, 1) == 1);
    held.let_go();

    if (byte == 'y') {
        Faults faults;
        auto const start = sys::Clock::now();
        CHECK_FALSE(held.process->wait(start + 200ms));
        CHECK(sys::Clock::now() >= start + 200ms);
        CHECK(faults.count("waitid") < 100);
        CHECK(faults.count("ppoll") < 100);
        CHECK_FALSE(held.process->wait(sys::Deadline::min()));
    } else
        WARN("tracing is not allowed here: not tested");

    until_closed.write_end.reset();
    CHECK(held.process->wait(byte == 'y' ? sys::never : soon())->status
          == ExitStatus::of_code(0));
    CHECK(::waitpid(tracer, nullptr, 0) == tracer);
}

TEST_CASE("no signal is sent to a child that could not be started",
          "[containment][guard]")
{
    NoLeaks const no_leaks;
    static int sent = 0;
    sent = 0;
    static auto table = posix::native_calls();
    table.kill = [](int, int) {
        ++sent;
        return -ESRCH;
    };
    posix::replace_calls(&table);
    for (auto const level : {Containment::group, Containment::session})
        CHECK_THROWS_AS(Popen({"/no/such/program"}, {.containment = level}),
                        SpawnError);
    posix::replace_calls(nullptr);
    CHECK(sent == 0); // its pid may be that of another process now
}
