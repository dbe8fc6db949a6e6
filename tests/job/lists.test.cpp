// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// &&, ||, !, seq and groups: what runs, what decides.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/limits.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <sys/resource.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

Command ends(int code)
{
    return cmd(child("exit_with"), code);
}

Command says(std::string_view text)
{
    return cmd(child("print"), text);
}

Command missing()
{
    return cmd("no-such-program");
}

/// What the commands that ran have written, one after the other.
std::string output(Expression const& e)
{
    return run(e, {.capture_output = true}).out.str();
}

} // namespace

TEST_CASE("&& goes on after success, || after failure", "[language][list]")
{
    NoLeaks const no_leaks;
    CHECK(output(says("a") && says("b")) == "ab");
    CHECK(output(ends(1) && says("b")) == "");
    CHECK(output(says("a") || says("b")) == "a");
    CHECK(output(ends(1) || says("b")) == "b");
    CHECK(output((ends(1) && says("x")) || says("c")) == "c");
    CHECK(output((says("a") || says("x")) && says("c")) == "ac");
    CHECK(output(seq(says("a"), ends(3), says("c"))) == "ac");
}

TEST_CASE("the last command that ran decides a list", "[language][list]")
{
    NoLeaks const no_leaks;
    CHECK(run(ends(0) && ends(0)));
    CHECK(run(ends(2) && ends(0)).returncode == 2);
    CHECK(run(ends(0) && ends(3)).returncode == 3);
    CHECK(run(ends(2) || ends(0)));
    CHECK(run(ends(2) || ends(4)).returncode == 4);
    CHECK(run(seq(ends(2), ends(0))));
    CHECK(run(seq(ends(0), ends(2))).returncode == 2);
    auto const done = run(ends(2) && ends(0));
    CHECK(done.decided_by == 0);
    CHECK(done.stages[0].failed);
    CHECK_FALSE(done.stages[1].was_started());
    CHECK_FALSE(done.stages[1].failed);
}

TEST_CASE("! turns an outcome round", "[language][list]")
{
    NoLeaks const no_leaks;
    CHECK(run(!ends(1)));
    CHECK(run(!ends(1)).returncode == 0);
    CHECK(run(!ends(0)).returncode == 1);
    CHECK(run(!!ends(0)));
    CHECK(run(!(ends(0) && ends(1))));
    CHECK(run(!(ends(3) | ends(0))));
    CHECK(output(!ends(1) && says("b")) == "b");
    auto const message =
        message_of<CalledProcessError>([] { check(!ends(0)); });
    CHECK(message.find("succeeded, where ! asks for a failure, after")
          != std::string::npos);
}

TEST_CASE("accepted codes and unchecked commands decide lists, too",
          "[language][list][status]")
{
    NoLeaks const no_leaks;
    CHECK(output(ends(1).accept({0, 1}) && says("b")) == "b");
    CHECK(output(ends(1).unchecked() && says("b")) == "b");
    CHECK(output(ends(0).accept({1}) && says("b")) == "");
}

TEST_CASE("a command that cannot be started counts as failed in a list",
          "[language][list][fault:D01]")
{
    NoLeaks const no_leaks;
    CHECK(output(missing() || says("fallback")) == "fallback");
    auto const done = run(missing() || ends(0));
    CHECK(done);
    CHECK(done.stages[0].failed);
    CHECK(done.stages[0].status == ExitStatus::of_code(127));
    CHECK_FALSE(done.stages[0].was_started());
    CHECK(done.stages[0].refusal
          == "cannot start \"no-such-program\" (stage 1 of 2): No such file or "
             "directory");
    TemporaryDirectory const folder;
    write_file(folder / "data", "no program", 0644);
    auto const not_executable = run(cmd(folder / "data") || ends(0));
    CHECK(not_executable.stages[0].status == ExitStatus::of_code(126));
    CHECK(output(seq(missing(), says("b"))) == "b");
    CHECK(output(!missing() && says("b")) == "b");
}

TEST_CASE("one that cannot be started is thrown where it decides",
          "[language][list][fault:D01]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(run(missing() && ends(0)), SpawnError);
    CHECK_THROWS_AS(run(ends(0) && missing()), SpawnError);
    CHECK_THROWS_AS(run(ends(1) || missing()), SpawnError);
    CHECK_THROWS_AS(run(missing() || missing()), SpawnError);
    CHECK_THROWS_AS(run(seq(ends(0), missing())), SpawnError);
    CHECK_THROWS_AS(run(!missing()), SpawnError);
    try {
        (void)run(ends(0) && (says("x") | missing() | ends(0)));
        FAIL("nothing was thrown");
    } catch (SpawnError const& error) {
        CHECK(error.stage() == 3);
        CHECK(error.stages() == 4);
    }
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("a list may be a stage of a pipeline", "[language][list]")
{
    NoLeaks const no_leaks;
    auto const copy = cmd(child("copy"));
    CHECK(output((says("a") && says("b")) | copy) == "ab");
    CHECK(output(says("in") | seq(copy, says("!"))) == "in!");
    CHECK(output(seq(says("a"), ends(4), says("b")) | copy | copy) == "ab");
    CHECK(output(says("x") | grouped(!(ends(0))) | says("y")) == "y");
    auto const nested =
        seq(says("1"), seq(says("2"), says("3") | copy) | copy) | copy;
    CHECK(output(nested) == "123");
    auto const done = run((ends(1) || ends(5)) | ends(0));
    CHECK(done.returncode == 5);
    CHECK(done.decided_by == 1);
}

TEST_CASE("a list that feeds a pipe lets go of it with its last command",
          "[language][list]")
{
    NoLeaks const no_leaks;
    auto const forever = cmd(child("write_forever"));
    auto const some = cmd(child("take_lines"), 2);
    auto const done = run(seq(forever, forever) | some | capture);
    CHECK(done);
    CHECK(done.stages[0].forgiven);
    CHECK(done.stages[1].forgiven);
}

TEST_CASE("a list's commands share its streams", "[language][list]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "f";
    check((says("a") && says("b")) > file);
    CHECK(read_file(file) == "ab");
    auto const copy = cmd(child("copy"));
    auto const fed = run(seq(copy, copy) | capture, {.input = "all of it"});
    CHECK(fed.out == "all of it");
    auto const own = (says("a") > folder / "own") && says("b");
    check(own > file);
    CHECK(read_file(folder / "own") == "a");
    CHECK(read_file(file) == "b");
}

TEST_CASE("a list opens the files of a command when its turn comes",
          "[language][list][fault:F09]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const file = folder / "f";
    auto const copy = cmd(child("copy"));
    check((says("x") > file) && (copy<file> folder / "g"));
    CHECK(read_file(folder / "g") == "x");
    auto const never = ends(1) && (says("x") > folder / "never");
    CHECK_FALSE(run(never));
    CHECK_FALSE(std::filesystem::exists(folder / "never"));
    CHECK(output((says("x") > "/no/such/folder/f") || says("b")) == "b");
}

TEST_CASE("a list can be long", "[language][list]")
{
    NoLeaks const no_leaks;
    Pipeline all = ends(0);
    for (int i = 0; i < 100; ++i)
        all = all && ends(0);
    CHECK(run(all).stages.size() == 101);
    Pipeline refused = missing();
    for (int i = 0; i < 300; ++i)
        refused = refused || missing();
    CHECK(output(refused || says("at last")) == "at last");
}

TEST_CASE("a timeout ends the command of a list that runs, and the list",
          "[language][list][timeout][fault:W03]")
{
    NoLeaks const no_leaks;
    auto const e =
        seq(says("before"), cmd(child("sleep_until_killed")), says("after"));
    CHECK(at_some_limit([&](Timeout limit) {
        try {
            (void)run(e, {.capture_output = true, .timeout = limit});
            FAIL("nothing was thrown");
        } catch (TimeoutExpired const& error) {
            CHECK(error.out().view().find("after") == std::string_view::npos);
            return error.out().view().starts_with("before");
        }
        return false;
    }));
}

TEST_CASE("a long list of captures needs few descriptors",
          "[language][list][limits][fault:F01]")
{
    auto const complaints = in_private_process([](Complaints const& told) {
        ::rlimit old{};
        ::getrlimit(RLIMIT_NOFILE, &old);
        ::rlimit const limit{64, old.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &limit);
        Pipeline all = says("x") > err(capture);
        for (int i = 1; i < 100; ++i)
            all = all && ((says("x") < text("in")) > err(capture));
        auto const captured = all > capture;
        told.expect_equal(run(captured).out, std::string(100, 'x'), "output");
    });
    CHECK(complaints == "");
}

TEST_CASE("a closed descriptor is refused to a later command, too",
          "[language][list][fault:I11]")
{
    auto const complaints = in_private_process([](Complaints const& told) {
        for (int fd = 3; fd < 8; ++fd)
            ::close(fd);
        for (int fd = 3; fd < 8; ++fd) {
            auto const e = seq(ends(0), says("x") > err(Stdio(fd))) > capture;
            bool refused = false;
            try {
                (void)run(e);
            } catch (SpawnError const& error) {
                refused = error.code() == std::errc::bad_file_descriptor
                       && error.stage() == 2;
            }
            told.expect(refused, "refused " + std::to_string(fd));
        }
    });
    CHECK(complaints == "");
}

TEST_CASE("an expression can be nested deep, but not without end",
          "[language][list]")
{
    NoLeaks const no_leaks;
    Pipeline e = ends(0);
    for (int i = 0; i < 500; ++i)
        e = grouped(!e);
    CHECK(run(e));
    CHECK_THROWS_AS(
        [&] {
            for (int i = 0; i < 1000; ++i)
                e = grouped(!e);
        }(),
        std::invalid_argument);
}
