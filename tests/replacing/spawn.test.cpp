// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Replacing posix_spawn and Python's os.spawn*; docs/replacing.md shows the
// same.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <ranges>
#include <string>
#include <vector>

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

TEST_CASE("a started child has a pid and is not waited for until asked",
          "[replacing][row:Q08]")
{
    NoLeaks const no_leaks;

    SECTION("while its object lives")
    {
        auto gate = make_pipe();
        Popen program({child("copy")},
                      {.in = gate.read_end.get(), .out = Stdio::devnull});
        CHECK(::kill(program.pid(), 0) == 0);
        CHECK(!program.poll());
        gate.write_end.close();
        CHECK(program.wait() == 0);
    }
    SECTION("a temporary is waited for at once")
    {
        int const pid = Popen({child("exit_with"), 0}).pid();
        CHECK(::kill(pid, 0) == -1);
        CHECK(errno == ESRCH);
    }
    SECTION("for good, if it is detached")
    {
        auto gate = make_pipe();
        auto done = make_pipe();
        int const pid =
            Popen({child("copy")}, {.in = gate.read_end.get(),
                                    .out = done.write_end.get(),
                                    .on_destroy = OnDestroy::detach})
                .pid();
        done.write_end.close();
        CHECK(::kill(pid, 0) == 0);
        CHECK(::write(gate.write_end.get(), "on", 2) == 2);
        gate.write_end.close();
        CHECK(read_all(done.read_end.get()) == "on");
        ::siginfo_t info{};
        CHECK(
            ::waitid(P_PID, static_cast<::id_t>(pid), &info, WEXITED | WNOWAIT)
            == 0);
        CHECK(call(cmd(child("exit_with"), 0)) == 0); // reaps it by the way
    }
}

TEST_CASE("a program that is run and waited for gives its returncode",
          "[replacing][row:Q09]")
{
    NoLeaks const no_leaks;
    CHECK(call(cmd(child("exit_with"), 6)) == 6);
    Popen program({child("exit_with"), 6});
    CHECK(program.wait() == 6);
}

TEST_CASE("a vector is a program and its arguments, and no name before them",
          "[replacing][row:Q10]")
{
    NoLeaks const no_leaks;
    std::vector<std::string> const args{"any name", "two words", "*"};
    auto const path = child("print_args");

    auto const tail = args | std::views::drop(1);
    CHECK(check_output(cmd(path, tail)) == "<two words>\n<*>\n");

    // Who needs args[0] to be another name than that of the program:
    Popen program(args, {.executable = path, .out = Stdio::pipe});
    CHECK(program.communicate().out == "<two words>\n<*>\n");
    Popen name(args, {.executable = child("print_argv0"), .out = Stdio::pipe});
    CHECK(std::string(name.communicate().out.trimmed()) == "any name");
}

TEST_CASE("a map is the whole environment of a child", "[replacing][row:Q11]")
{
    NoLeaks const no_leaks;
    ScopedVariable const inherited("REPLACING_INHERITED", "yes");
    std::map<std::string, std::string> const env{{"LC_ALL", "C"},
                                                 {"PATH", "/usr/bin"}};

    Popen program({child("print_env")}, {.out = Stdio::pipe, .env = env});
    CHECK(program.communicate().out == "LC_ALL=C\nPATH=/usr/bin\n");

    // A variable more is not the whole environment.
    auto const more =
        check_output(cmd(child("print_env")).env("REPLACING_MORE", "1"));
    CHECK(more.find("REPLACING_INHERITED=yes\n") != more.npos);
    CHECK(more.find("REPLACING_MORE=1\n") != more.npos);
    auto const exact = cmd(child("print_env")).clean_env().env("A", "b");
    CHECK(check_output(exact) == "A=b\n");
}
