// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How children end, and how that is said.
#include "support/children.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

#include <signal.h>

using namespace runnel;
using namespace runnel::test;

namespace {

/// Signals whose default action does not end a process.
std::set<int> const harmless = {SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP,
                                SIGTTIN, SIGTTOU, SIGURG,  SIGWINCH};

ExitStatus status_of(std::initializer_list<Word> args)
{
    Popen p(args);
    p.wait();
    return p.status().value();
}

} // namespace

TEST_CASE("every exit code is exact",
          "[popen][exit_status][row:C02][promise:P21]")
{
    NoLeaks const no_leaks;
    for (int code = 0; code < 256; ++code) {
        auto const status = status_of({child("exit_with"), code});
        if (status != ExitStatus::of_code(code))
            FAIL_CHECK("exit " << code << ": " << to_string(status));
    }
}

TEST_CASE("every signal is exact, the real-time ones as well",
          "[popen][exit_status][row:C03][promise:P21][fault:W13]")
{
    NoLeaks const no_leaks;
    for (int signal = 1; signal <= 64; ++signal) {
        if (harmless.contains(signal))
            continue;
        Popen p({child("kill_self"), signal});
        if (p.wait() != -signal || p.status() != ExitStatus::of_signal(signal))
            FAIL_CHECK("signal " << signal << ": " << to_string(*p.status()));
    }
}

TEST_CASE("exit code 128 + n is not signal n",
          "[popen][exit_status][fault:W13]")
{
    NoLeaks const no_leaks;
    auto const exited = status_of({child("exit_with"), 128 + SIGTERM});
    CHECK(exited.code() == 128 + SIGTERM);
    CHECK(!exited.signal());
    CHECK(exited.returncode() == 143);
    auto const killed = status_of({child("kill_self"), SIGTERM});
    CHECK(killed.signal() == SIGTERM);
    CHECK(!killed.code());
    CHECK(killed.returncode() == -15);
}

TEST_CASE("a status keeps code, signal and unknown apart", "[exit_status]")
{
    auto const code = ExitStatus::of_code(2);
    CHECK(code.code() == 2);
    CHECK(!code.signal());
    CHECK(!code.is_unknown());
    CHECK(!code.success());
    CHECK(code.returncode() == 2);

    auto const dumped = ExitStatus::of_signal(SIGSEGV, true);
    CHECK(dumped.signal() == SIGSEGV);
    CHECK(dumped.core_dumped());
    CHECK(!dumped.success());
    CHECK(dumped.returncode() == -SIGSEGV);
    CHECK(!(dumped == ExitStatus::of_signal(SIGSEGV)));

    auto const unknown = ExitStatus::unknown();
    CHECK(unknown.is_unknown());
    CHECK(!unknown.code());
    CHECK(!unknown.signal());
    CHECK(!unknown.success());
    CHECK(unknown.returncode() == 255);
    CHECK(unknown == ExitStatus());
    CHECK(!(unknown == ExitStatus::of_code(255)));

    CHECK(ExitStatus::of_code(0).success());
    STATIC_REQUIRE(ExitStatus::of_code(0).success());
}

TEST_CASE("a status says itself in words", "[exit_status]")
{
    CHECK(to_string(ExitStatus::of_code(0)) == "exit code 0");
    CHECK(to_string(ExitStatus::of_code(2)) == "exit code 2");
    CHECK(to_string(ExitStatus::of_signal(SIGPIPE)) == "killed by SIGPIPE");
    CHECK(to_string(ExitStatus::of_signal(SIGSEGV, true))
          == "killed by SIGSEGV (core dumped)");
    CHECK(to_string(ExitStatus::unknown()) == "unknown exit status");
}

TEST_CASE("signals have their names", "[exit_status]")
{
    CHECK(signal_name(SIGKILL) == "SIGKILL");
    CHECK(signal_name(SIGRTMIN) == "SIGRTMIN");
    CHECK(signal_name(SIGRTMIN + 3) == "SIGRTMIN+3");
    CHECK(signal_name(99) == "signal 99");
    CHECK(signal_name(-1) == "signal -1");
    CHECK(signal_name(0) == "signal 0");
}
