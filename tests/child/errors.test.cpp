// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What an error of starting tells.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <system_error>
#include <type_traits>

#include <sched.h>
#include <sys/mount.h>

using namespace runnel;
using namespace runnel::test;

namespace {

/// The hint of the error that starting `program` throws.
std::string hint_for(std::string const& program)
{
    try {
        Popen p({program, "x"});
    } catch (SpawnError const& error) {
        return error.details().hint;
    }
    return "started";
}

} // namespace

TEST_CASE("a missing program is an error that tells what and why",
          "[popen][errors][row:E06][row:E07][promise:P1]")
{
    NoLeaks const no_leaks;
    ScopedVariable const path("PATH", "/usr/bin:/bin");
    try {
        Popen p({"no-such-program", "x"});
        FAIL("started");
    } catch (SpawnError const& error) {
        CHECK(
            error.what()
            == std::string("cannot start \"no-such-program\": No such file or "
                           "directory"));
        CHECK(error.code() == std::errc::no_such_file_or_directory);
        CHECK(error.code().category() == std::generic_category());
        CHECK(error.program() == "no-such-program");
        CHECK(error.step() == SpawnStep::exec);
        CHECK(error.stage() == 1);
        CHECK(error.stages() == 1);
        CHECK(error.details().subject == "");
        CHECK(error.details().hint == "");
    }
}

// This file is compiled with -Wextra -Werror: no field may be missed.
TEST_CASE("an error of a start can be made of its program alone",
          "[popen][errors][found:F10]")
{
    auto const code = std::make_error_code(std::errc::permission_denied);
    SpawnError const error(code, {.program = "x"});
    CHECK(error.what() == std::string("cannot start \"x\": Permission denied"));
    CHECK(error.step() == SpawnStep::exec);
    CHECK(error.stage() == 1);
    auto const details = SpawnError::Details{.program = "x"};
    CHECK(details.hint == "");
}

TEST_CASE("a command line given as one word gets a hint",
          "[popen][errors][row:P02]")
{
    NoLeaks const no_leaks;
    ScopedVariable const path("PATH", "/usr/bin:/bin");
    CHECK(message_of<SpawnError>([] { Popen p("ls -l"); })
          == "cannot start \"ls -l\": No such file or directory (the name "
             "holds a "
             "space: give each argument as a word of its own)");
}

TEST_CASE("a word of the shell that is no program gets a hint",
          "[popen][errors][found:C2]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const nothing;
    ScopedVariable const path("PATH", nothing.path().c_str());
    std::string const word = "it is a word of the shell, no program: ";
    std::string const script = word + "write it in a script: sh(\"...\")";
    CHECK(hint_for("cd") == word + "use .cwd(\"...\") of the command");
    CHECK(hint_for("export")
          == word + "use .env(\"NAME\", \"value\") of the command");
    CHECK(hint_for("alias") == word + "write the words of the alias out");
    CHECK(hint_for("ulimit") == word + "use .limit(...) of the command");
    for (auto const* const program : {"source", ".", "eval", "set", "if"})
        CHECK(hint_for(program) == script);
    CHECK(hint_for("~/x") == "only a shell expands ~: use home(\"~/x\")");
    CHECK(hint_for("$HOME/x") == "only a shell expands $: use getenv(\"...\")");
    CHECK(hint_for("A=1")
          == "only a shell takes this as a variable: use .env(\"A\", ...)");
    CHECK(hint_for("ls|wc")
          == "only a shell takes |, <, >, ; and & apart: use the operators, or "
             "sh(\"...\")");
    CHECK(hint_for("./a=b") == "");
    CHECK(hint_for("no-such-program") == "");
}

TEST_CASE("a file that may not be executed gets a hint",
          "[popen][errors][found:C3]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    std::string const no_bit = "its mode does not let it be executed: chmod +x";
    write_file(folder / "f", "#!/bin/sh\n");
    CHECK(hint_for(folder / "f") == no_bit);
    CHECK(hint_for(folder.str()) == "it is a directory");
    CHECK(hint_for("/dev/null") == "it is no regular file");
    ScopedVariable const path("PATH", folder.path().c_str());
    CHECK(hint_for("f") == no_bit);
}

TEST_CASE("a program on a file system that is mounted noexec gets a hint",
          "[popen][errors][found:C3]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const wrong = in_private_process([&](Complaints const& complaints) {
        if (::unshare(CLONE_NEWNS) != 0
            || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0
            || ::mount("none", folder.str().c_str(), "tmpfs", MS_NOEXEC,
                       nullptr)
                   != 0)
            return; // not allowed here
        copy_child("print", folder / "f");
        complaints.expect_equal(
            hint_for(folder / "f"),
            "its file system is mounted noexec: nothing on it may be executed",
            "hint");
    });
    CHECK(wrong == "");
}

TEST_CASE("a NUL byte does not cut a message off", "[errors][found:F15]")
{
    NoLeaks const no_leaks;
    LineTooLong const error(20, std::string_view("a\0b\0c", 5));
    CHECK_THAT(error.what(), Catch::Contains("it begins"));
    CHECK_THAT(error.what(), Catch::Contains("a\\0b\\0c"));
    SubprocessError const any(std::make_error_code(std::errc::io_error),
                              std::string("x\0y", 3));
    CHECK(any.what() == std::string("x\\0y"));
    auto const message = message_of<LineTooLong>([] {
        auto const e = cmd("printf", "a\\0bcdef\\n");
        for (auto const line : e | lines({.max_line = 3}))
            static_cast<void>(line);
    });
    CHECK_THAT(message, Catch::Contains("a\\0b"));
}

TEST_CASE("too many bytes of arguments get a hint",
          "[popen][limits][errors][fault:I08]")
{
    NoLeaks const no_leaks;
    CHECK(message_of<SpawnError>([] {
              Popen p({child("print"), std::string(200'000, 'x')});
          })
          == "cannot start \"" + child("print")
                 + "\": Argument list too long (the arguments and the "
                   "environment are too long for the kernel)");
}

TEST_CASE("a descriptor that cannot be passed on is told by its number",
          "[popen][errors]")
{
    NoLeaks const no_leaks;
    int const fd = closed_fd();
    auto const wanted = "cannot start \"" + child("print")
                      + "\": cannot pass descriptor " + std::to_string(fd)
                      + " on: Bad file descriptor";
    CHECK(message_of<SpawnError>(
              [&] { Popen p({child("print")}, {.pass_fds = {fd}}); })
          == wanted);
    CHECK(
        message_of<SpawnError>([&] { Popen p({child("print")}, {.out = fd}); })
        == wanted);
}

TEST_CASE("code that knows nothing of runnel can catch its errors",
          "[errors][row:E01]")
{
    NoLeaks const no_leaks;
    STATIC_REQUIRE(std::is_base_of_v<std::system_error, SubprocessError>);
    STATIC_REQUIRE(std::is_base_of_v<SubprocessError, SpawnError>);
    STATIC_REQUIRE(std::is_base_of_v<SubprocessError, TimeoutExpired>);
    STATIC_REQUIRE(std::is_base_of_v<SubprocessError, CalledProcessError>);
    STATIC_REQUIRE(std::is_nothrow_copy_constructible_v<SpawnError>);
    STATIC_REQUIRE(std::is_nothrow_copy_constructible_v<TimeoutExpired>);
    STATIC_REQUIRE(std::is_nothrow_copy_constructible_v<CalledProcessError>);
    CHECK_THROWS_AS(Popen("/no/such/program"), std::system_error);
    CHECK_THROWS_AS(Popen("/no/such/program"), SubprocessError);
}

TEST_CASE("an error copied out of its handler stays whole", "[errors]")
{
    std::optional<SpawnError> kept;
    try {
        Popen p("/no/such/program");
    } catch (SpawnError const& error) {
        kept = error;
    }
    REQUIRE(kept);
    CHECK(kept->program() == "/no/such/program");
    CHECK(std::string(kept->what()).find("/no/such/program")
          != std::string::npos);
}

TEST_CASE("a message names the stage of a pipeline", "[errors]")
{
    SpawnError::Details details;
    details.program = "grpe";
    details.stage = 2;
    details.stages = 3;
    SpawnError const error(
        std::make_error_code(std::errc::no_such_file_or_directory), details);
    CHECK(
        error.what()
        == std::string("cannot start \"grpe\" (stage 2 of 3): No such file or "
                       "directory"));
}

TEST_CASE("each step has its words", "[errors]")
{
    auto const message = [](SpawnStep step) {
        SpawnError::Details details;
        details.program = "p";
        details.step = step;
        details.subject = "s";
        return std::string(
            SpawnError(std::make_error_code(std::errc::invalid_argument),
                       details)
                .what());
    };
    auto const wanted = [](std::string const& doing) {
        return "cannot start \"p\": " + doing + ": Invalid argument";
    };
    CHECK(message(SpawnStep::open) == wanted("cannot open \"s\""));
    CHECK(message(SpawnStep::pipe) == wanted("cannot make a pipe"));
    CHECK(message(SpawnStep::fork) == wanted("cannot make a process"));
    CHECK(message(SpawnStep::dup) == wanted("cannot pass descriptor s on"));
    CHECK(message(SpawnStep::cwd)
          == wanted("cannot enter the directory \"s\""));
    CHECK(message(SpawnStep::umask) == wanted("cannot set the umask"));
    CHECK(message(SpawnStep::signals) == wanted("cannot reset the signals"));
    CHECK(message(SpawnStep::session) == wanted("cannot start a session"));
    CHECK(message(SpawnStep::process_group)
          == wanted("cannot set the process group"));
    CHECK(message(SpawnStep::extra_groups)
          == wanted("cannot set the extra groups"));
    CHECK(message(SpawnStep::group) == wanted("cannot set the group"));
    CHECK(message(SpawnStep::user) == wanted("cannot set the user"));
    CHECK(message(SpawnStep::preexec) == wanted("preexec_fn threw"));
    CHECK(message(SpawnStep::close_fds) == wanted("cannot close descriptors"));
    CHECK(message(SpawnStep::exec) == wanted("\"s\""));
    CHECK(to_string(SpawnStep::process_group) == "process group");
    CHECK(to_string(SpawnStep::exec) == "exec");
}
