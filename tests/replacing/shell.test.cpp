// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Replacing $(...), pipelines of a shell, and the contract of all old
// functions; docs/replacing.md shows the same.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>

#include <signal.h>
#include <sys/wait.h>

using namespace runnel;
using namespace runnel::test;

TEST_CASE("a missing program is an error, where the old functions go on",
          "[replacing][row:Q00]")
{
    NoLeaks const no_leaks;

    int const status = std::system("no-such-program 2>/dev/null");
    CHECK(WEXITSTATUS(status) == 127); // as if a program had said so
    std::FILE* const pipe = ::popen("no-such-program 2>/dev/null", "r");
    REQUIRE(pipe != nullptr);
    CHECK(std::fgetc(pipe) == EOF); // as if it had nothing to say
    ::pclose(pipe);

    auto const missing = cmd("no-such-program", "argument");
    for (int i = 0; i < 3; ++i) {
        try {
            if (i == 0)
                static_cast<void>(run(missing));
            else if (i == 1)
                static_cast<void>(read(missing));
            else
                Popen({"no-such-program"});
            FAIL("it was started");
        } catch (SpawnError const& error) {
            CHECK(error.code() == std::errc::no_such_file_or_directory);
            CHECK(error.program() == "no-such-program");
        }
    }

    auto const failing = cmd(child("write_to"), 1, "so far", 77, "no such fd");
    try {
        static_cast<void>(read(failing));
        FAIL("it succeeded");
    } catch (CalledProcessError const& error) {
        CHECK(error.out() == "so far");
        CHECK(error.returncode() == EBADF);
    }
}

TEST_CASE("one call gives what a command says", "[replacing][row:Q01]")
{
    NoLeaks const no_leaks;
    auto const command = cmd(child("print"), "one $HOME\ntwo\n\n");
    CHECK(read(command) == "one $HOME\ntwo"); // as $(...)
    CHECK(check_output(command) == "one $HOME\ntwo\n\n"); // every byte

    std::string said;
    std::FILE* const pipe = ::popen("echo one", "r");
    REQUIRE(pipe != nullptr);
    for (int c; (c = std::fgetc(pipe)) != EOF;)
        said += static_cast<char>(c);
    CHECK(::pclose(pipe) == 0);
    CHECK(said == check_output(cmd("echo", "one")));
}

TEST_CASE("a producer gets SIGPIPE when its consumer ends first",
          "[replacing][row:Q02]")
{
    NoLeaks const no_leaks;

    SECTION("in an expression")
    {
        auto const said = run(cmd(child("write_forever"))
                              | cmd(child("take_lines"), 1) | capture);
        CHECK(said);
        CHECK(said.out == "y\n");
        CHECK(said.stages[0].status.signal() == SIGPIPE);
        CHECK(said.stages[0].forgiven);
        CHECK(said.stages[1].status.success());
    }
    SECTION("by hand, for the copy of this process is closed")
    {
        Popen producer({child("write_forever")}, {.out = Stdio::pipe});
        Popen consumer({child("take_lines"), 1},
                       {.in = producer.out().fd(), .out = Stdio::pipe});
        producer.out().close(); // or the producer never gets SIGPIPE
        auto const [out, err] = consumer.communicate();
        CHECK(out == "y\n");
        CHECK(producer.wait() == -SIGPIPE);
    }
}

TEST_CASE("a script for a shell takes what is not trusted as a parameter",
          "[replacing][row:Q03]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const log = directory / "log";
    write_file(log, "hda: 1\nsda: 2\nhda: 3\n");

    CHECK(read(sh("cat \"$1\" | grep hda | wc -l", "sh", log)) == "2");

    std::string const hostile = "x; touch '" + (directory / "gotcha") + "'";
    CHECK(read(sh("echo \"$1\"", "sh", hostile)) == hostile);
    CHECK(read(sh("echo " + quote(hostile))) == hostile);
    CHECK(!std::filesystem::exists(directory / "gotcha"));
}
