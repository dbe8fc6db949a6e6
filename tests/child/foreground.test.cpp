// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The foreground of the terminal: lent to a child, and taken back.
#include "support/children.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"
#include "support/terminal.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <string>

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

/// Runs `test` in a process that leads a session, in the foreground of a terminal.
/// The terminal hangs up at the end.
std::string
on_terminal(std::function<void(Complaints const&, int terminal)> const& test)
{
    return in_private_process([&](Complaints const& complaints) {
        ::setsid();
        ::signal(SIGHUP, [](int) {});
        Terminal const terminal;
        ::ioctl(terminal.line.get(), TIOCSCTTY, 0);
        int const line = terminal.line.get();
        EXPECT_IN(complaints, ::tcgetpgrp(line) == ::getpgrp());
        test(complaints, line);
    });
}

Command teller()
{
    return cmd(child("tell_foreground"));
}

} // namespace

TEST_CASE("a child has the foreground of the terminal until it has ended",
          "[foreground]")
{
    CHECK(on_terminal([](Complaints const& complaints, int terminal) {
              for (bool const forked : {false, true}) {
                  auto const told = output_of(
                      {child("tell_foreground")},
                      {.foreground = true, .preexec_fn = hook_if(forked)});
                  EXPECT_IN(complaints, told == "foreground\n");
                  EXPECT_IN(complaints, ::tcgetpgrp(terminal) == ::getpgrp());
              }
          })
          == "");
}

TEST_CASE("a command has the foreground, alone or in a container",
          "[foreground][containment]")
{
    CHECK(on_terminal([](Complaints const& complaints, int terminal) {
              for (auto const level : {Containment::none, Containment::group}) {
                  auto const told =
                      read(teller().foreground(), {.containment = level});
                  EXPECT_IN(complaints, told == "foreground");
                  EXPECT_IN(complaints, ::tcgetpgrp(terminal) == ::getpgrp());
              }
              EXPECT_IN(complaints, read(teller().contained(Containment::group))
                                        == "background");
              EXPECT_IN(complaints, read(teller()) == "foreground");
          })
          == "");
}

TEST_CASE("Ctrl-C reaches the child in the foreground only", "[foreground]")
{
    CHECK(on_terminal([](Complaints const& complaints, int) {
              // This process would be ended by it.
              auto const done =
                  run(sh("kill -INT 0; exec sleep 60").foreground());
              EXPECT_IN(complaints, done.returncode == -SIGINT);
          })
          == "");
}

TEST_CASE("the foreground comes back from a child that could not be started",
          "[foreground][guard]")
{
    CHECK(on_terminal([](Complaints const& complaints, int terminal) {
              EXPECT_IN(complaints, message_of<SpawnError>([] {
                                        Popen({"/no/such/program"},
                                              {.foreground = true});
                                    }) != "nothing was thrown");
              EXPECT_IN(complaints, ::tcgetpgrp(terminal) == ::getpgrp());
              EXPECT_IN(complaints, message_of<SpawnError>([] {
                                        check(sh("exec sleep 60").foreground()
                                              | cmd("/no/such/program"));
                                    }) != "nothing was thrown");
              EXPECT_IN(complaints, ::tcgetpgrp(terminal) == ::getpgrp());
          })
          == "");
}

TEST_CASE("a process in the background does not take the foreground",
          "[foreground][guard][fault:T01]")
{
    CHECK(on_terminal([](Complaints const& complaints, int terminal) {
              Popen other(
                  {child("sleep_until_killed")},
                  {.foreground = true, .on_destroy = OnDestroy::teardown});
              EXPECT_IN(complaints, ::tcgetpgrp(terminal) == other.pid());
              EXPECT_IN(complaints,
                        read(teller().foreground()) == "background");
              EXPECT_IN(complaints, ::tcgetpgrp(terminal) == other.pid());
          })
          == "");
}

TEST_CASE("without a terminal, there is no foreground to have", "[foreground]")
{
    CHECK(in_private_process([](Complaints const& complaints) {
              ::setsid();
              EXPECT_IN(complaints,
                        read(teller().foreground()) == "no terminal");
          })
          == "");
}

TEST_CASE("the foreground and a session or another group exclude each other",
          "[foreground]")
{
    NoLeaks const no_leaks;
    auto const refused = [](PopenOptions const& options) {
        return message_of<std::invalid_argument>(
            [&] { Popen({"true"}, options); });
    };
    CHECK(refused({.start_new_session = true, .foreground = true})
              .starts_with("foreground excludes"));
    CHECK(refused({.process_group = 5, .foreground = true})
              .starts_with("foreground excludes"));
    CHECK(refused({.pty = Pty{}, .foreground = true})
              .starts_with("foreground excludes"));
    for (auto const level : {Containment::session, Containment::best}) {
        CHECK(refused({.foreground = true, .containment = level})
                  .starts_with("foreground is given"));
        CHECK_THROWS_AS(run(teller().foreground(), {.containment = level}),
                        std::invalid_argument);
    }
    CHECK(to_string(teller().foreground()).find("foreground = true")
          != std::string::npos);
}

TEST_CASE("two commands that run at the same time cannot have the foreground",
          "[foreground]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(run((teller() | teller()).foreground()),
                    std::invalid_argument);
    CHECK(run(seq(teller(), teller()).foreground() > devnull));
}

TEST_CASE("a job in the foreground gives it back when it ends",
          "[foreground][guard]")
{
    CHECK(on_terminal([](Complaints const& complaints, int terminal) {
              auto job = start(cmd(child("print"), "x").foreground() > devnull);
              EXPECT_IN(complaints, message_of<std::logic_error>([&] {
                                        job.detach();
                                    }).find("foreground")
                                        != std::string::npos);
              while (::tcgetpgrp(terminal) != ::getpgrp())
                  ::usleep(1000); // its thread sees the end
              EXPECT_IN(complaints, bool(job.wait()));
          })
          == "");
}
