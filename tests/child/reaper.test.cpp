// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Orphans of which this process is the new parent, and its own children beside them.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"
#include "support/tree.hpp"

#include <runnel/reaper.hpp>
#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// Without a thread: only `reap` looks.
Timeout const by_hand;

/// Makes a process whose parents have ended, and returns its pid.
int make_orphan()
{
    return std::stoi(
        read(sh("(\"$0\" >/dev/null & echo $!)", child("sleep_until_killed"))));
}

/// Waits until a child of this process has ended, and leaves its status.
void wait_for_end(int pid)
{
    ::siginfo_t info{};
    ::waitid(P_PID, static_cast<::id_t>(pid), &info, WEXITED | WNOWAIT);
}

void end_orphan(int pid)
{
    ::kill(pid, SIGKILL);
    wait_for_end(pid);
}

bool exists(int pid)
{
    return ::kill(pid, 0) == 0;
}

int is_subreaper()
{
    int is = 0;
    ::prctl(PR_GET_CHILD_SUBREAPER, &is);
    return is;
}

/// A child that other code makes, and that ends with `code`.
int foreign_child(int code)
{
    int const pid = ::fork();
    if (pid == 0)
        ::_exit(code);
    wait_for_end(pid);
    return pid;
}

int status_of(int pid)
{
    int status = 0;
    return ::waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : -1;
}

void reap_one_orphan(Complaints const& it)
{
    OrphanReaper reaper(by_hand);
    int const orphan = make_orphan();
    EXPECT_IN(it, reaper.reap() == 0); // it runs
    end_orphan(orphan);
    EXPECT_IN(it, reaper.reap() == 1);
    EXPECT_IN(it, reaper.reaped() == 1);
    EXPECT_IN(it, !exists(orphan));
}

} // namespace

TEST_CASE("an orphan that has ended is reaped", "[reaper]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process(reap_one_orphan) == "");
}

TEST_CASE("more orphans than are looked at in one step are reaped", "[reaper]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& it) {
              OrphanReaper reaper(by_hand);
              auto const e = sh("i=0; while [ $i -lt 150 ]; do "
                                "(exec \"$0\" 0 &); i=$((i+1)); done",
                                child("exit_with"));
              EXPECT_IN(it, bool(run(e)));
              while (reaper.reaped() < 150)
                  reaper.reap();
              EXPECT_IN(it, reaper.reaped() == 150);
          })
          == "");
}

TEST_CASE("a thread of the reaper looks for orphans", "[reaper]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& it) {
              OrphanReaper const reaper(1ms);
              end_orphan(make_orphan());
              while (reaper.reaped() == 0)
                  std::this_thread::sleep_for(1ms);
              EXPECT_IN(it, reaper.reaped() == 1);
          })
          == "");
}

TEST_CASE("the end of the reaper reaps once more, and restores what was",
          "[reaper]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& it) {
              EXPECT_IN(it, is_subreaper() == 0);
              int orphan = 0;
              {
                  OrphanReaper const reaper(by_hand);
                  EXPECT_IN(it, is_subreaper() == 1);
                  orphan = make_orphan();
                  end_orphan(orphan);
              }
              EXPECT_IN(it, !exists(orphan));
              EXPECT_IN(it, is_subreaper() == 0);
              ::prctl(PR_SET_CHILD_SUBREAPER, 1);
              {
                  OrphanReaper const reaper(by_hand);
              }
              EXPECT_IN(it, is_subreaper() == 1);
          })
          == "");
}

TEST_CASE("the statuses of commands are left alone", "[reaper]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& it) {
              OrphanReaper reaper(by_hand);
              std::atomic<bool> done{false};
              std::thread busy([&] {
                  while (!done)
                      reaper.reap();
              });
              int wrong = 0;
              for (int i = 0; i < 150; ++i) {
                  auto const code = i % 100;
                  auto const e = cmd(child("exit_with"), code);
                  auto const both = run(e | cmd(child("exit_with"), 1));
                  wrong += both.stages[0].status.code() != code;
                  wrong += both.stages[1].status.code() != 1;
              }
              done = true;
              busy.join();
              EXPECT_IN(it, wrong == 0);
          })
          == "");
}

TEST_CASE("children that nobody has waited for yet are left alone",
          "[reaper][guard]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& it) {
              OrphanReaper reaper(by_hand);
              for (auto const level : containments()) {
                  Popen p({child("exit_with"), 7}, {.containment = level});
                  wait_for_end(p.pid());
                  EXPECT_IN(it, reaper.reap() == 0);
                  EXPECT_IN(it, p.wait() == 7);
                  EXPECT_IN(it, reaper.reap() == 0); // it may lead a group
              }
              int const orphan = make_orphan();
              Popen p({child("exit_with"), 7});
              wait_for_end(p.pid());
              end_orphan(orphan);
              EXPECT_IN(it, reaper.reap() == 1);
              EXPECT_IN(it, p.wait() == 7);
          })
          == "");
}

namespace {

OrphanReaper* reaper_in_a_birth = nullptr;
int reaped_in_a_birth = 0;

/// The child has ended before its parent has learned its pid.
long clone_ended(clone_args* args, int (*run)(void*), void* argument)
{
    long const pid = posix::native_calls().clone3(args, run, argument);
    if (pid > 0) {
        wait_for_end(static_cast<int>(pid));
        reaped_in_a_birth += static_cast<int>(reaper_in_a_birth->reap());
    }
    return pid;
}

int fork_ended()
{
    int const pid = posix::native_calls().fork();
    if (pid > 0) {
        wait_for_end(pid);
        reaped_in_a_birth += static_cast<int>(reaper_in_a_birth->reap());
    }
    return pid;
}

} // namespace

TEST_CASE("a child that ends while it is being born keeps its status",
          "[reaper][guard]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& it) {
              OrphanReaper reaper(by_hand);
              reaper_in_a_birth = &reaper;
              OtherCalls const slow_parent([](posix::Calls& table) {
                  table.clone3 = clone_ended;
                  table.fork = fork_ended;
              });
              EXPECT_IN(it, run(cmd(child("exit_with"), 7)).returncode == 7);
              auto const forked =
                  cmd(child("exit_with"), 8).with({.preexec_fn = [] {}});
              EXPECT_IN(it, run(forked).returncode == 8);
              EXPECT_IN(it, reaped_in_a_birth == 0);
          })
          == "");
}

TEST_CASE("children of other code are left alone while there is a pause",
          "[reaper]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& it) {
              OrphanReaper reaper(by_hand);
              {
                  OrphanReaper::Pause const pause;
                  int const pid = foreign_child(5);
                  EXPECT_IN(it, reaper.reap() == 0);
                  EXPECT_IN(it, reaper.reap() == 0);
                  EXPECT_IN(it, status_of(pid) == 5);
              }
              end_orphan(make_orphan());
              EXPECT_IN(it, reaper.reap() == 1);
          })
          == "");
}

TEST_CASE("pauses that overlap without an end still let births be seen as over",
          "[reaper]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& it) {
              OrphanReaper reaper(by_hand);
              end_orphan(make_orphan());
              // Each begins before the one before it ends.
              auto before = std::make_unique<OrphanReaper::Pause>();
              for (int i = 0; i < 4; ++i) {
                  reaper.reap(); // the next pause is in the other phase
                  before = std::make_unique<OrphanReaper::Pause>();
              }
              EXPECT_IN(it, reaper.reaped() == 0);
              before.reset();
              EXPECT_IN(it, reaper.reap() == 1);
          })
          == "");
}

TEST_CASE("there is at most one reaper", "[reaper][misuse]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& it) {
              OrphanReaper const reaper;
              try {
                  OrphanReaper const second;
                  it.complain("a second one was made");
              } catch (std::logic_error const&) {
              }
          })
          == "");
    CHECK_THROWS_AS(OrphanReaper(std::chrono::steady_clock::now()),
                    std::invalid_argument);
    CHECK_THROWS_AS(OrphanReaper(std::chrono::seconds(0)),
                    std::invalid_argument);
}

TEST_CASE("a system that refuses orphans is an error", "[reaper]")
{
    NoLeaks const no_leaks;
    OtherCalls const refusing([](posix::Calls& table) {
        table.prctl = [](int, void*, unsigned long) { return -EPERM; };
    });
    CHECK_THROWS_AS(OrphanReaper(by_hand), std::system_error);
}

namespace {

/// Makes this process the parent of a process 1 that runs `test` with a /proc of
/// its own. False if the system does not permit it.
bool as_process_1(Complaints const& it, void (*test)(Complaints const&))
{
    if (::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0)
        return false;
    int const pid = ::fork();
    if (pid == 0) {
        bool const is_ready =
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0
            && ::mount("proc", "/proc", "proc", 0, nullptr) == 0;
        EXPECT_IN(it, ::getpid() == 1);
        if (is_ready)
            test(it);
        ::_exit(is_ready ? 0 : 77);
    }
    return status_of(pid) == 0;
}

} // namespace

TEST_CASE("process 1 of a container reaps orphans", "[reaper]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& it) {
              if (!as_process_1(it, reap_one_orphan))
                  std::fputs("process 1: not permitted here\n", stderr);
          })
          == "");
}
