// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Arguments and options that no child can be started with.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <climits>
#include <filesystem>
#include <string>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

/// What is said about a child with these options; nothing may be started.
std::string refusal(PopenOptions options,
                    std::vector<std::string> args = {child("exit_with"), "0"})
{
    struct Witness : Observer {
        void starting(Starting const&) override { seen = true; }
        void refused(Refused const&) noexcept override { seen = true; }
        bool seen = false;
    } witness;
    options.observer = &witness;
    auto const message = message_of<std::invalid_argument>(
        [&] { Popen p(args, std::move(options)); });
    CHECK(!witness.seen);
    return message;
}

std::string with_nul(std::string const& before, std::string const& after)
{
    return before + '\0' + after;
}

} // namespace

TEST_CASE("an empty list of arguments is refused",
          "[popen][invalid][row:E09][fault:I01]")
{
    NoLeaks const no_leaks;
    CHECK(refusal({}, {})
          == "the list of arguments is empty: it begins with the program");
    CHECK(refusal({.executable = child("exit_with")}, {})
          == "the list of arguments is empty: it begins with the program");
}

TEST_CASE("a NUL byte is refused wherever it is",
          "[popen][invalid][fault:I02][promise:P16]")
{
    NoLeaks const no_leaks;
    auto const program = child("exit_with");
    CHECK(refusal({}, {program, with_nul("ab", "c")})
          == "argument \"ab\" holds a NUL byte");
    CHECK(refusal({}, {with_nul(program, "x")})
          == "argument \"" + program + "\" holds a NUL byte");
    CHECK(refusal({}, {with_nul("", "")}) == "argument \"\" holds a NUL byte");
    CHECK(refusal({.executable = with_nul(program, "")})
          == "the executable holds a NUL byte");
    CHECK(refusal({.cwd = with_nul("/", "x")}) == "cwd holds a NUL byte");
    CHECK(refusal({.in = with_nul("/dev/null", "x")})
          == "the file name for stdin holds a NUL byte");
    CHECK(refusal({.out = with_nul("/dev/null", "x")})
          == "the file name for stdout holds a NUL byte");
    CHECK(refusal({.err = with_nul("/dev/null", "x")})
          == "the file name for stderr holds a NUL byte");
    CHECK(refusal({.user = with_nul("root", "x")}) != "nothing was thrown");
    CHECK(refusal({.group = with_nul("root", "x")}) != "nothing was thrown");
}

TEST_CASE("a NUL byte in a script is refused", "[popen][invalid][fault:I02]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(Popen(with_nul("true", "x"), {.shell = true}),
                    std::invalid_argument);
}

TEST_CASE("Stdio::out is for stderr only",
          "[popen][invalid][row:V03][fault:I13]")
{
    NoLeaks const no_leaks;
    CHECK(refusal({.in = Stdio::out})
          == "Stdio::out is for stderr only, not for stdin");
    CHECK(refusal({.out = Stdio::out})
          == "Stdio::out is for stderr only, not for stdout");
}

TEST_CASE("stdin cannot append", "[popen][invalid][fault:I13]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    CHECK(refusal({.in = Stdio::append(directory / "f")})
          == "stdin cannot be read in append mode");
    CHECK(!std::filesystem::exists(directory / "f"));
}

TEST_CASE("the highest int is refused as the number of a redirection",
          "[popen][invalid][found:C4]")
{
    NoLeaks const no_leaks;
    std::string const wanted = "no descriptor can have the number 2147483647";
    auto const message = [](auto write) {
        return message_of<std::invalid_argument>(write);
    };
    CHECK(message([] { (void)(cmd("a") > fd(INT_MAX, "f")); }) == wanted);
    CHECK(message([] { (void)(cmd("a") < fd(INT_MAX, "f")); }) == wanted);
    CHECK(message([] { (void)(cmd("a") > fd(INT_MAX, devnull)); }) == wanted);
    CHECK_THROWS_AS(run(cmd("true") > fd(INT_MAX - 1, devnull)), SpawnError);
}

TEST_CASE("negative descriptors are refused", "[popen][invalid][fault:I10]")
{
    NoLeaks const no_leaks;
    CHECK(refusal({.in = -1}) == "descriptor -1 for stdin is negative");
    CHECK(refusal({.out = -7}) == "descriptor -7 for stdout is negative");
    CHECK(refusal({.err = INT_MIN})
          == "descriptor " + std::to_string(INT_MIN)
                 + " for stderr is negative");
    CHECK(refusal({.pass_fds = {0, -1}}) == "pass_fds holds a negative number");
}

TEST_CASE("a huge descriptor is one that is not open",
          "[popen][invalid][fault:I10]")
{
    NoLeaks const no_leaks;
    bool const forked = GENERATE(false, true);
    for (auto const& options :
         {PopenOptions{.out = INT_MAX, .preexec_fn = hook_if(forked)},
          PopenOptions{.pass_fds = {INT_MAX}, .preexec_fn = hook_if(forked)}})
        try {
            Popen p({child("exit_with"), 0}, options);
            FAIL_CHECK("started");
        } catch (SpawnError const& error) {
            CHECK(error.step() == SpawnStep::dup);
            CHECK(error.code() == std::errc::bad_file_descriptor);
        }
}

TEST_CASE("a session leader cannot join a group",
          "[popen][invalid][row:P45][row:P46][fault:I13]")
{
    NoLeaks const no_leaks;
    CHECK(
        refusal({.start_new_session = true, .process_group = 0})
        == "start_new_session and process_group exclude each other: the leader "
           "of a session cannot change its group");
}

TEST_CASE("a negative process group is refused",
          "[popen][invalid][row:P46][fault:I10]")
{
    NoLeaks const no_leaks;
    CHECK(refusal({.process_group = -1}) == "process_group is negative");
}

TEST_CASE("a umask above 0777 is refused",
          "[popen][invalid][row:P50][fault:I10]")
{
    NoLeaks const no_leaks;
    CHECK(refusal({.umask = 01000}) == "umask is above 0777");
    CHECK(refusal({.umask = INT_MAX}) == "umask is above 0777");
}

TEST_CASE("nothing is opened before the options are checked",
          "[popen][invalid]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    CHECK(refusal({.out = file, .umask = 01000}) == "umask is above 0777");
    CHECK(refusal({.out = file, .user = "no such one"})
          == "there is no user \"no such one\"");
    CHECK(!std::filesystem::exists(file));
}
