// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Replacing system(); docs/replacing.md shows the same.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/wait.h>

using namespace runnel;
using namespace runnel::test;

namespace {

bool has_default_action(int signal)
{
    struct sigaction now {};
    ::sigaction(signal, nullptr, &now);
    return now.sa_handler == SIG_DFL;
}

/// A realistic use: each kind of end has its own words.
std::string how_it_went(Command const& command)
{
    try {
        int const code = call(command);
        if (code < 0)
            return "terminated by signal " + std::to_string(-code);
        return "returned " + std::to_string(code);
    } catch (SpawnError const& error) {
        return std::string("failed to start: ") + error.what();
    }
}

} // namespace

TEST_CASE("a command runs with a shell, or better without",
          "[replacing][row:Q04]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const named = directory / "a name; with $(blanks)";

    CHECK(call(sh("test 1 -lt 2 && exit 4")) == 4);
    CHECK(call(cmd("touch", named)) == 0);
    CHECK(std::filesystem::exists(named));
    CHECK(run(cmd("rm", named)));
    CHECK(!std::filesystem::exists(named));
}

TEST_CASE("a returncode is the exit code itself, not a wait status",
          "[replacing][row:Q05]")
{
    NoLeaks const no_leaks;

    int const status = std::system("exit 3");
    CHECK(status == 3 << 8);
    CHECK(WEXITSTATUS(status) == 3);
    CHECK(call(sh("exit 3")) == 3);

    int const killed = std::system("kill -KILL $$");
    CHECK(WIFSIGNALED(killed));
    CHECK(WTERMSIG(killed) == SIGKILL);
    CHECK(call(sh("kill -KILL $$")) == -SIGKILL);

    // A shell that runs a program which is killed tells it as an exit code.
    CHECK(call(sh("exec 2>/dev/null; sh -c 'kill -KILL $$'; exit $?"))
          == 128 + SIGKILL);
    auto const done = run(cmd(child("kill_self"), SIGKILL));
    CHECK(done.stages[0].status.signal() == SIGKILL);
    CHECK(!done.stages[0].status.code());
}

TEST_CASE("SIGINT and SIGQUIT while waiting are the caller's matter",
          "[replacing][row:Q06]")
{
    NoLeaks const no_leaks;

    SECTION("run leaves them as they are")
    {
        auto const wrong = in_private_process([](Complaints const& complaints) {
            ::signal(SIGINT, SIG_DFL);
            ::signal(SIGQUIT, SIG_DFL);
            // What this process ignores and catches while it waits.
            auto const status =
                read(sh("grep -E 'SigIgn|SigCgt' /proc/$PPID/status"));
            for (auto const* field : {"SigIgn", "SigCgt"}) {
                auto const set =
                    std::stoull(field_of(status, field), nullptr, 16);
                EXPECT_IN(complaints, (set & 1ULL << (SIGINT - 1)) == 0);
                EXPECT_IN(complaints, (set & 1ULL << (SIGQUIT - 1)) == 0);
            }
        });
        CHECK(wrong == "");
    }
    SECTION("caught, they are passed on and do not end this process")
    {
        auto const wrong = in_private_process([](Complaints const& complaints) {
            ::signal(SIGINT, SIG_DFL);
            ::signal(SIGQUIT, SIG_DFL);
            {
                Interrupts const interrupts{SIGINT, SIGQUIT};
                auto const done = run(sh(
                    "n=0; trap 'n=$((n+1))' QUIT INT; kill -QUIT $PPID; "
                    "kill -INT $PPID; while [ $n != 2 ]; do :; done; exit 5"));
                EXPECT_IN(complaints, done.returncode == 5);
                EXPECT_IN(complaints, interrupts.count() == 2);
            }
            EXPECT_IN(complaints, has_default_action(SIGINT));
            EXPECT_IN(complaints, has_default_action(SIGQUIT));
        });
        CHECK(wrong == "");
    }
    SECTION("ignored already, they are ignored by the child, too")
    {
        auto const wrong = in_private_process([](Complaints const& complaints) {
            ::signal(SIGINT, SIG_IGN);
            Interrupts const interrupts{SIGINT};
            auto const done = run(sh("kill -INT $$; exit 5"));
            EXPECT_IN(complaints, done.returncode == 5);
        });
        CHECK(wrong == "");
    }
}

TEST_CASE("a negative returncode is a signal, a failed start is caught apart",
          "[replacing][row:Q07]")
{
    NoLeaks const no_leaks;
    CHECK(how_it_went(cmd(child("exit_with"), 0)) == "returned 0");
    CHECK(how_it_went(cmd(child("exit_with"), 7)) == "returned 7");
    CHECK(how_it_went(cmd(child("exit_with"), 127)) == "returned 127");
    CHECK(how_it_went(cmd(child("kill_self"), SIGTERM))
          == "terminated by signal 15");
    CHECK(how_it_went(cmd("no-such-program"))
          == "failed to start: cannot start \"no-such-program\": No such file "
             "or directory");
}
