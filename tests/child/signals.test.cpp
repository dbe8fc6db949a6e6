// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Signals around the start of a child: its own, and those of this process.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <iterator>
#include <string>

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

unsigned long long bit(int signal)
{
    return 1ULL << (signal - 1);
}

/// A set of /proc/PID/status, as the child print_signals shows it.
unsigned long long set_of(std::string const& text, char const* field)
{
    return std::stoull(field_of(text, field), nullptr, 16);
}

std::string signals_of_child(PopenOptions options = {})
{
    return output_of({child("print_signals")}, std::move(options));
}

void block(int how, std::initializer_list<int> signals)
{
    ::sigset_t set;
    ::sigemptyset(&set);
    for (int const signal : signals)
        ::sigaddset(&set, signal);
    ::pthread_sigmask(how, &set, nullptr);
}

} // namespace

TEST_CASE("a child blocks no signal, whatever this thread blocks",
          "[popen][signals][fault:S08]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    block(SIG_BLOCK, {SIGUSR1, SIGTERM, SIGCHLD, SIGRTMIN});
    auto const text = signals_of_child({.preexec_fn = hook_if(forked)});
    block(SIG_UNBLOCK, {SIGUSR1, SIGTERM, SIGCHLD, SIGRTMIN});
    CHECK(set_of(text, "SigBlk") == 0);
}

TEST_CASE("handlers of this process are not those of a child",
          "[popen][signals][promise:P5]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    struct sigaction handler {};
    struct sigaction old {};
    handler.sa_handler = [](int) {};
    ::sigaction(SIGUSR2, &handler, &old);
    auto const text = signals_of_child({.preexec_fn = hook_if(forked)});
    ::sigaction(SIGUSR2, &old, nullptr);
    CHECK(set_of(text, "SigCgt") == 0);
    CHECK((set_of(text, "SigIgn") & bit(SIGUSR2)) == 0);
}

TEST_CASE("an ignored signal stays ignored in the child, as nohup wants",
          "[popen][signals][fault:S08]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        for (int const signal : {SIGINT, SIGQUIT, SIGHUP, SIGUSR1})
            ::signal(signal, SIG_IGN);
        auto const ignored =
            set_of(signals_of_child({.preexec_fn = hook_if(forked)}), "SigIgn");
        for (int const signal : {SIGINT, SIGQUIT, SIGHUP, SIGUSR1})
            EXPECT_IN(complaints, (ignored & bit(signal)) != 0);
    });
    CHECK(wrong == "");
}

TEST_CASE("SIGPIPE and SIGXFSZ have their default action in the child",
          "[popen][signals][row:P44][promise:P5]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        ::signal(SIGPIPE, SIG_IGN);
        ::signal(SIGXFSZ, SIG_IGN);
        auto const ignored =
            set_of(signals_of_child({.preexec_fn = hook_if(forked)}), "SigIgn");
        EXPECT_IN(complaints, (ignored & (bit(SIGPIPE) | bit(SIGXFSZ))) == 0);
        struct sigaction now {};
        ::sigaction(SIGPIPE, nullptr, &now);
        EXPECT_IN(complaints, now.sa_handler == SIG_IGN);
    });
    CHECK(wrong == "");
}

TEST_CASE("without restore_signals SIGPIPE and SIGXFSZ stay ignored",
          "[popen][signals][row:P44]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        ::signal(SIGPIPE, SIG_IGN);
        ::signal(SIGXFSZ, SIG_IGN);
        auto const ignored =
            set_of(signals_of_child({.restore_signals = false,
                                     .preexec_fn = hook_if(forked)}),
                   "SigIgn");
        EXPECT_IN(complaints, (ignored & bit(SIGPIPE)) != 0);
        EXPECT_IN(complaints, (ignored & bit(SIGXFSZ)) != 0);
    });
    CHECK(wrong == "");
}

TEST_CASE("a child that loses its reader ends by SIGPIPE",
          "[popen][signals][row:P44]")
{
    NoLeaks const no_leaks;
    Popen p({child("write_forever")}, {.out = Stdio::pipe});
    CHECK(p.out().readline() == "y\n");
    p.out().close();
    CHECK(p.wait() == -SIGPIPE);
}

TEST_CASE("starting children changes no signal of this process",
          "[popen][signals][fault:T04]")
{
    NoLeaks const no_leaks;
    auto const wrong = in_private_process([](Complaints const& complaints) {
        ::signal(SIGPIPE, SIG_DFL);
        ::signal(SIGCHLD, SIG_DFL);
        block(SIG_BLOCK, {SIGUSR1, SIGRTMAX});
        auto const before = ProcessState::now();
        for (bool const forked : {false, true}) {
            Popen p({child("copy")}, {.in = Stdio::pipe,
                                      .out = Stdio::pipe,
                                      .preexec_fn = hook_if(forked)});
            EXPECT_IN(complaints, p.communicate("x").out == "x");
            static_cast<void>(message_of<SpawnError>(
                [&] { Popen q({"/no"}, {.preexec_fn = hook_if(forked)}); }));
        }
        complaints.expect_equal(before.changed_to(ProcessState::now()), "",
                                "state");
    });
    CHECK(wrong == "");
}

TEST_CASE("no thread is made to run a child", "[popen][fault:T04]")
{
    NoLeaks const no_leaks;
    auto const threads = [] {
        return std::distance(
            std::filesystem::directory_iterator("/proc/self/task"), {});
    };
    auto const before = threads();
    Popen p({child("copy")}, {.in = Stdio::pipe, .out = Stdio::pipe});
    CHECK(threads() == before);
    CHECK(p.communicate("x", std::chrono::seconds(5)).out == "x");
    CHECK(threads() == before);
}

namespace {

/// Which process ran the handler, and how often another than ours did.
struct Sightings {
    std::atomic<int> parent;
    std::atomic<int> ours;
    std::atomic<int> strangers;
};

Sightings* sightings = nullptr;

void note(int)
{
    (::getpid() == sightings->parent ? sightings->ours : sightings->strangers)
        .fetch_add(1);
}

/// Sends SIGUSR1 to a process group until it is killed itself.
pid_t start_pest(pid_t group)
{
    pid_t const pest = ::fork();
    if (pest == 0)
        for (;;) {
            ::setpgid(0, 0);
            ::kill(-group, SIGUSR1);
            ::usleep(50);
        }
    return pest;
}

} // namespace

TEST_CASE("a signal on the way to exec runs no handler of ours in the child",
          "[popen][signals][fault:S03]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        auto* const memory =
            ::mmap(nullptr, sizeof(Sightings), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        sightings = new (memory) Sightings{::getpid(), 0, 0};
        ::setpgid(0, 0);
        struct sigaction action {};
        action.sa_handler = note;
        ::sigaction(SIGUSR1, &action, nullptr);
        pid_t const pest = start_pest(::getpid());
        for (int i = 0; i < 50; ++i) {
            Popen p({child("exit_with"), 0}, {.preexec_fn = hook_if(forked)});
            int const ended = p.wait();
            EXPECT_IN(complaints, ended == 0 || ended == -SIGUSR1);
        }
        ::kill(pest, SIGKILL);
        ::waitpid(pest, nullptr, 0);
        EXPECT_IN(complaints, sightings->ours > 0);
        EXPECT_IN(complaints, sightings->strangers == 0);
    });
    CHECK(wrong == "");
}
