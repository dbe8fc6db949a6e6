// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Children that end when their parent does, however that ends.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include "sys/linux/calls.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cerrno>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

/// Which of these signals a thread of this process other than this one would
/// handle.
std::string handled_by_others(std::initializer_list<int> signals)
{
    std::string handled;
    for (auto const& task :
         std::filesystem::directory_iterator("/proc/self/task")) {
        if (task.path().filename() == std::to_string(::getpid()))
            continue;
        auto const status = read_file(task.path() / "status");
        if (status.find("SigBlk") == status.npos) // it has just ended
            continue;
        auto const blocked =
            std::stoull(field_of(status, "SigBlk"), nullptr, 16);
        for (int const signal : signals)
            if ((blocked >> (signal - 1) & 1) == 0)
                handled += std::to_string(signal) + ' ';
    }
    return handled;
}

/// Starts a child in a process that is then killed. True if the child, which
/// holds a pipe open, ends with it.
bool ends_with_parent(void (*start)(PopenOptions const&), bool forked)
{
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    auto const wrong = in_private_process([&](Complaints const&) {
        ::close(ends[0]);
        start({.out = Stdio::pipe,
               .pass_fds = {ends[1]},
               .die_with_parent = SIGKILL,
               .preexec_fn = hook_if(forked)});
        ::kill(::getpid(), SIGKILL);
    });
    ::close(ends[1]);
    char byte;
    bool const is_gone = ::read(ends[0], &byte, 1) == 0;
    ::close(ends[0]);
    CHECK(wrong == "the private process died: Killed\n");
    return is_gone;
}

void start_sleeper(PopenOptions const& options)
{
    Popen p({child("sleep_until_killed")}, options);
    if (!is_ready(p))
        ::_exit(1);
    p.detach();
}

/// Starts a child that waits for a line, on a thread that then ends.
std::unique_ptr<Popen> start_on_thread(PopenOptions options)
{
    std::unique_ptr<Popen> started;
    options.in = Stdio::pipe;
    options.out = Stdio::pipe;
    std::thread([&] {
        started = std::make_unique<Popen>(
            std::initializer_list<Word>{child("copy")}, options);
    }).join();
    return started;
}

} // namespace

TEST_CASE("a child ends when its parent is killed",
          "[child][settings][die_with_parent]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    CHECK(ends_with_parent(start_sleeper, forked));
}

TEST_CASE("a child of a thread ends when the process is killed",
          "[child][settings][die_with_parent]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    CHECK(ends_with_parent(
        [](PopenOptions const& options) {
            std::thread([&] { start_sleeper(options); }).join();
        },
        forked));
}

TEST_CASE("a child outlives the thread that started it",
          "[child][settings][die_with_parent]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const p = start_on_thread(
        {.die_with_parent = SIGKILL, .preexec_fn = hook_if(forked)});
    // The kernel would have killed it at the end of the thread, before join.
    CHECK(p->communicate("still here").out == "still here");
    CHECK(p->returncode() == 0);
}

TEST_CASE("a pipeline outlives the thread that started it",
          "[child][settings][die_with_parent]")
{
    NoLeaks const no_leaks;
    auto const copy = cmd(child("copy"));
    auto const e =
        ((copy | copy).die_with_parent() < Stdio::pipe) > Stdio::pipe;
    std::optional<Job> job;
    std::thread([&] { job.emplace(start(e)); }).join();
    job->in().write("still here");
    job->in().close();
    CHECK(job->out().read() == "still here");
    CHECK(job->wait());
}

TEST_CASE("a child that cannot be executed is an error on a thread as well",
          "[child][settings][die_with_parent]")
{
    NoLeaks const no_leaks;
    std::string message;
    std::thread([&] {
        message = message_of<SpawnError>(
            [] { Popen p({"/no/such"}, {.die_with_parent = SIGKILL}); });
    }).join();
    CHECK(message == "cannot start \"/no/such\": No such file or directory");
}

namespace {

long parent_seen = 0;

/// A system in which children are forked and have the parent `parent_seen`.
struct OtherParent {
    explicit OtherParent(long parent)
    {
        parent_seen = parent;
        table = posix::native_calls();
        table.clone3 = [](clone_args*, int (*)(void*), void*) -> long {
            return -ENOSYS;
        };
        table.child_syscall = [](long number, long a, long b, long c, long d) {
            return number == SYS_getppid
                     ? parent_seen
                     : posix::native_calls().child_syscall(number, a, b, c, d);
        };
        posix::replace_calls(&table);
    }
    OtherParent(OtherParent const&) = delete;
    OtherParent& operator=(OtherParent const&) = delete;
    ~OtherParent() { posix::replace_calls(nullptr); }

    posix::Calls table;
};

int returncode_with(int signal)
{
    return returncode_of({child("exit_with"), "7"},
                         {.die_with_parent = signal});
}

} // namespace

TEST_CASE("a child whose parent has gone already gets its signal at once",
          "[child][settings][die_with_parent]")
{
    NoLeaks const no_leaks;
    OtherParent const gone(1);
    CHECK(returncode_with(SIGKILL) == -SIGKILL);
    CHECK(returncode_with(SIGTERM) == -SIGTERM);
    CHECK(returncode_with(SIGCHLD) == 7);
}

TEST_CASE("a parent in another process namespace is taken to be there",
          "[child][settings][die_with_parent]")
{
    NoLeaks const no_leaks;
    OtherParent const unseen(0);
    CHECK(returncode_with(SIGKILL) == 7);
}

TEST_CASE("the thread that children live by handles no signal of the program",
          "[popen][die_with_parent][threads][guard]")
{
    NoLeaks const no_leaks;
    auto const p = start_on_thread({.die_with_parent = SIGKILL});
    CHECK(handled_by_others({SIGINT, SIGTERM, SIGUSR1, SIGCHLD}) == "");
    p->kill();
    p->wait();
}
