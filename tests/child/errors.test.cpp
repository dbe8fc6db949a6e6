// What an error of starting tells.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <system_error>
#include <type_traits>

using namespace runnel;
using namespace runnel::test;

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
