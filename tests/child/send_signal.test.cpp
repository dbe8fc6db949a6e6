// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Sending signals to a child, and to nobody else.
#include "support/children.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <system_error>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

TEST_CASE("terminate asks by SIGTERM", "[popen][send_signal][row:M14]")
{
    NoLeaks const no_leaks;
    Popen deaf({child("sleep_until_killed")}, {.out = Stdio::pipe});
    REQUIRE(is_ready(deaf));
    deaf.terminate();
    CHECK(deaf.wait() == -SIGTERM);

    Popen polite({child("exit_on_term")}, {.out = Stdio::pipe});
    REQUIRE(is_ready(polite));
    polite.terminate();
    CHECK(polite.wait() == 7);
}

TEST_CASE("kill forces by SIGKILL", "[popen][send_signal][row:M15]")
{
    NoLeaks const no_leaks;
    Popen p({child("ignore_term")}, {.out = Stdio::pipe});
    REQUIRE(is_ready(p));
    p.terminate();
    CHECK_THROWS_AS(p.wait(std::chrono::milliseconds(20)), TimeoutExpired);
    p.kill();
    CHECK(p.wait() == -SIGKILL);
}

TEST_CASE("any signal can be sent", "[popen][send_signal][row:M12]")
{
    NoLeaks const no_leaks;
    int const signal = GENERATE(SIGUSR1, SIGUSR2, SIGRTMIN + 2);
    Popen p({child("sleep_until_killed")}, {.out = Stdio::pipe});
    REQUIRE(is_ready(p));
    p.send_signal(0);
    CHECK(!p.poll());
    p.send_signal(signal);
    CHECK(p.wait() == -signal);
}

TEST_CASE("a signal to a child that has ended does nothing",
          "[popen][send_signal][row:M12]")
{
    NoLeaks const no_leaks;
    Popen p({child("exit_with"), 4});
    SECTION("and was waited for")
    {
        CHECK(p.wait() == 4);
    }
    SECTION("and was not yet")
    {
        ::siginfo_t info{};
        ::waitid(P_PID, static_cast<::id_t>(p.pid()), &info, WEXITED | WNOWAIT);
    }
    p.send_signal(SIGUSR1);
    p.terminate();
    p.kill();
    CHECK(p.wait() == 4);
}

TEST_CASE("a number that is no signal is refused, after the end too",
          "[popen][send_signal]")
{
    NoLeaks const no_leaks;
    Popen p({child("copy")}, {.in = Stdio::pipe});
    CHECK_THROWS_WITH(p.send_signal(999), "there is no signal 999");
    CHECK_THROWS_AS(p.send_signal(-1), std::invalid_argument);
    p.send_signal(0); // asks whether it exists
    p.in().close();
    CHECK(p.wait() == 0);
    CHECK_THROWS_AS(p.send_signal(999), std::invalid_argument);
}

TEST_CASE("a signal that is not permitted is an error", "[popen][send_signal]")
{
    if (::geteuid() != 0) {
        WARN("not run: it takes the rights of root");
        return;
    }
    NoLeaks const no_leaks;
    auto const wrong = in_private_process([](Complaints const& complaints) {
        Popen p({child("copy")}, {.in = Stdio::pipe});
        EXPECT_IN(complaints, ::setresuid(65534, 65534, 0) == 0);
        try {
            p.kill();
            complaints.complain("sent");
        } catch (std::system_error const& error) {
            EXPECT_IN(complaints,
                      error.code() == std::errc::operation_not_permitted);
        }
        EXPECT_IN(complaints, ::setresuid(0, 0, 0) == 0);
    });
    CHECK(wrong == "");
}
