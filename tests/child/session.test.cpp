// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Sessions and process groups.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <string>

#include <signal.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

TEST_CASE("a child is of our session and process group by default",
          "[popen][session]")
{
    NoLeaks const no_leaks;
    auto const text = output_of({child("print_ids")});
    CHECK(field_of(text, "sid") == std::to_string(::getsid(0)));
    CHECK(field_of(text, "pgid") == std::to_string(::getpgrp()));
    CHECK(field_of(text, "ppid") == std::to_string(::getpid()));
}

TEST_CASE("start_new_session makes the child the leader of a session",
          "[popen][session][row:P45][fault:T02]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    Popen p({child("print_ids")}, {.out = Stdio::pipe,
                                   .start_new_session = true,
                                   .preexec_fn = hook_if(forked)});
    auto const text = p.communicate().out.str();
    auto const pid = std::to_string(p.pid());
    CHECK(field_of(text, "pid") == pid);
    CHECK(field_of(text, "sid") == pid);
    CHECK(field_of(text, "pgid") == pid);
}

TEST_CASE("process group 0 is a group of the child's own",
          "[popen][session][row:P46]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    Popen p({child("print_ids")}, {.out = Stdio::pipe,
                                   .process_group = 0,
                                   .preexec_fn = hook_if(forked)});
    auto const text = p.communicate().out.str();
    CHECK(field_of(text, "pgid") == std::to_string(p.pid()));
    CHECK(field_of(text, "sid") == std::to_string(::getsid(0)));
}

TEST_CASE("a child can join the group of another", "[popen][session][row:P46]")
{
    NoLeaks const no_leaks;
    Popen leader({child("copy")}, {.in = Stdio::pipe, .process_group = 0});
    auto const text =
        output_of({child("print_ids")}, {.process_group = leader.pid()});
    CHECK(field_of(text, "pgid") == std::to_string(leader.pid()));
}

TEST_CASE("a group that does not exist is refused by the system",
          "[popen][session][row:P46][fault:S07]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    Popen gone({child("exit_with"), 0}, {.process_group = 0});
    gone.wait();
    try {
        Popen p({child("exit_with"), 0},
                {.process_group = gone.pid(), .preexec_fn = hook_if(forked)});
        FAIL("started");
    } catch (SpawnError const& error) {
        CHECK(error.step() == SpawnStep::process_group);
        CHECK(error.code() == std::errc::operation_not_permitted);
        CHECK(error.what()
              == "cannot start \"" + child("exit_with")
                     + "\": cannot set the process group: "
                       "Operation not permitted");
    }
}

TEST_CASE("the group can be signalled as soon as the child is started",
          "[popen][session][fault:S07]")
{
    NoLeaks const no_leaks;
    for (int i = 0; i < 20; ++i) {
        Popen p({child("sleep_until_killed")},
                {.out = Stdio::devnull, .process_group = 0});
        CHECK(::kill(-p.pid(), SIGTERM) == 0);
        CHECK(p.wait() == -SIGTERM);
    }
}

TEST_CASE("a group is killed with all that its leader started",
          "[popen][session][fault:W12]")
{
    NoLeaks const no_leaks;
    Popen p({child("leave_grandchild"), "stay"},
            {.out = Stdio::pipe, .process_group = 0});
    REQUIRE(is_ready(p));
    CHECK(::kill(-p.pid(), SIGKILL) == 0);
    CHECK(p.out().read() == ""); // the grandchild holds it no more
    CHECK(p.wait() == -SIGKILL);
}
