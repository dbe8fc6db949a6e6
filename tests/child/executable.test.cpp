// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A program under another name, and scripts for a shell.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

using namespace runnel;
using namespace runnel::test;

TEST_CASE("executable runs, and sees args[0] as its name",
          "[popen][executable][row:P15]")
{
    NoLeaks const no_leaks;
    CHECK(output_of({"another name"}, {.executable = child("print_argv0")})
          == "another name\n");
    CHECK(output_of({"", "x"}, {.executable = child("print_args")}) == "<x>\n");
}

TEST_CASE("executable is a path or a name to look up",
          "[popen][executable][row:P15][row:P16]")
{
    NoLeaks const no_leaks;
    std::filesystem::path const program = child("print_argv0");
    CHECK(output_of({"n"}, {.executable = program}) == "n\n");
    auto const directory = program.parent_path().string();
    CHECK(output_of({"n"},
                    {.executable = "print_argv0", .env = {{"PATH", directory}}})
          == "n\n");
}

TEST_CASE("an error names the executable, not args[0]", "[popen][executable]")
{
    NoLeaks const no_leaks;
    CHECK(message_of<SpawnError>(
              [] { Popen p({"name"}, {.executable = "/no/such/program"}); })
          == "cannot start \"/no/such/program\": No such file or directory");
}

TEST_CASE("no shell runs unless it is asked for",
          "[popen][shell][row:P10][fault:I15]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const canary = directory / "canary";
    CHECK_THROWS_AS(Popen(child("print_args") + " ; touch " + canary),
                    SpawnError);
    CHECK(output_of({child("print_args"), "; touch " + canary})
          == "<; touch " + canary + ">\n");
    CHECK(!std::filesystem::exists(canary));
}

TEST_CASE("with shell one string is a script", "[popen][shell][row:P11]")
{
    NoLeaks const no_leaks;
    Popen p("echo \"a  b\" | tr a c; exit 5",
            {.shell = true, .out = Stdio::pipe});
    CHECK(p.communicate().out == "c  b\n");
    CHECK(p.returncode() == 5);
}

TEST_CASE("with shell further words are the parameters of the script",
          "[popen][shell][row:P12]")
{
    NoLeaks const no_leaks;
    CHECK(output_of({"printf '%s|' \"$0\" \"$@\"", "zero", "one two", "*"},
                    {.shell = true})
          == "zero|one two|*|");
}

TEST_CASE("the shell is /bin/sh whatever PATH and SHELL say", "[popen][shell]")
{
    NoLeaks const no_leaks;
    CHECK(output_of({"echo $0"},
                    {.shell = true,
                     .env = {{"PATH", "/nowhere"}, {"SHELL", "/no/shell"}}})
          == "/bin/sh\n");
}

TEST_CASE("executable with shell is the shell", "[popen][shell][row:P16]")
{
    NoLeaks const no_leaks;
    auto const shell = child("print_args");
    CHECK(output_of({"script", "a"}, {.executable = shell, .shell = true})
          == "<-c>\n<script>\n<a>\n");
    CHECK(output_of({"script"},
                    {.executable = child("print_argv0"), .shell = true})
          == child("print_argv0") + '\n');
}

TEST_CASE("a missing command in a script is a status, a missing shell an error",
          "[popen][shell][row:E08]")
{
    NoLeaks const no_leaks;
    CHECK(returncode_of({"no-such-command"},
                        {.shell = true, .err = Stdio::devnull})
          == 127);
    CHECK_THROWS_AS(Popen("true", {.executable = "/no/shell", .shell = true}),
                    SpawnError);
}

TEST_CASE("with shell the pid is that of the shell", "[popen][shell][row:A06]")
{
    NoLeaks const no_leaks;
    Popen p("echo $$", {.shell = true, .out = Stdio::pipe});
    CHECK(p.communicate().out == std::to_string(p.pid()) + '\n');
}
