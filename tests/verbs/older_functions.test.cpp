// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// call, check_call, check_output, getoutput and getstatusoutput.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

// --- call and check_call -------------------------------------------------------

TEST_CASE("call waits and gives the returncode", "[language][older][row:O01]")
{
    NoLeaks const no_leaks;
    CHECK(call(cmd(child("exit_with"), 0)) == 0);
    CHECK(call(cmd(child("exit_with"), 42)) == 42);
    CHECK(call(cmd(child("kill_self"), SIGKILL)) == -SIGKILL);
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("call that takes too long kills the child and throws",
          "[language][older][timeout][row:O01]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("sleep_until_killed")) > devnull;
    CHECK_THROWS_AS(call(e, {.timeout = 10ms}), TimeoutExpired);
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("check_call gives 0 or throws", "[language][older][row:O02]")
{
    NoLeaks const no_leaks;
    CHECK(check_call(cmd(child("exit_with"), 0)) == 0);
    CHECK(message_of<CalledProcessError>([] {
              check_call(cmd(child("exit_with"), 3));
          }).find("ended with exit code 3")
          != std::string::npos);
}

TEST_CASE("call and check_call throw if the program is missing",
          "[language][older][row:O02][row:O01]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(call(cmd("no-such-program")), SpawnError);
    CHECK_THROWS_AS(check_call(cmd("no-such-program")), SpawnError);
}

TEST_CASE("check_call gives a code that its command accepts",
          "[language][older][row:O02]")
{
    NoLeaks const no_leaks;
    CHECK(check_call(cmd(child("exit_with"), 1).accept({0, 1})) == 1);
}

TEST_CASE("a pipe that nobody reads is refused, and nothing is started",
          "[language][older][row:O06][row:E09][fault:I13]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const trace = directory / "trace";
    auto const e = sh("echo x > \"$1\"", "sh", trace);
    CHECK_THROWS_AS(call(e > Stdio::pipe), std::invalid_argument);
    CHECK_THROWS_AS(call(e > err(Stdio::pipe)), std::invalid_argument);
    CHECK_THROWS_AS(check_call(e > Stdio::pipe), std::invalid_argument);
    CHECK_THROWS_AS(check_call(e.with({.err = Stdio::pipe})),
                    std::invalid_argument);
    CHECK_FALSE(std::filesystem::exists(trace));
}

TEST_CASE("a command is silenced with devnull, however much it writes",
          "[language][older][row:O06]")
{
    NoLeaks const no_leaks;
    auto const loud = cmd(child("fill"), 1'000'000, 1'000'000);
    CHECK(call(loud > both(devnull)) == 0);
    CHECK(check_call(loud > both(devnull)) == 0);
}

TEST_CASE("what a child is started with passes through",
          "[language][older][row:O07]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const there = sh("test \"$(pwd)\" = \"$A\" && test $(umask) = 0070")
                           .with({.cwd = directory.path(),
                                  .env = {{"A", directory.str()}},
                                  .umask = 0070});
    CHECK(call(there) == 0);
    CHECK(check_call(there) == 0);
    CHECK(check_output(cmd(child("print_cwd")).cwd(directory.path()))
          == directory.str() + '\n');
    CHECK(call(cmd("exit 5").with({.shell = true})) == 5);
}

// --- check_output --------------------------------------------------------------

TEST_CASE("check_output gives stdout, its newlines included",
          "[language][older][row:O03]")
{
    NoLeaks const no_leaks;
    CHECK(check_output(cmd(child("print"), "a\nb\n\n")) == "a\nb\n\n");
    CHECK(check_output(cmd(child("exit_with"), 0)) == "");
}

TEST_CASE("check_output throws with the output attached",
          "[language][older][row:O03]")
{
    NoLeaks const no_leaks;
    try {
        (void)check_output(sh("echo so far; exit 4"));
        FAIL("nothing was thrown");
    } catch (CalledProcessError const& error) {
        CHECK(error.returncode() == 4);
        CHECK(error.out() == "so far\n");
        CHECK_FALSE(error.err().captured());
    }
}

TEST_CASE("check_output is a checked run with its stdout captured",
          "[language][older][row:O03]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("copy"));
    CHECK(check_output(e, {.input = "in"})
          == run(e > capture, {.input = "in", .check = true}).out.str());
    CHECK_THROWS_AS(check_output(e > devnull), std::invalid_argument);
}

TEST_CASE("check_output without input reads nothing, not our stdin",
          "[language][older][row:O04]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& told) {
              TemporaryDirectory const directory;
              write_file(directory / "in", "ours");
              auto const ours = open_fd(directory / "in", O_RDONLY);
              ::dup2(ours.get(), 0);
              auto const e = cmd(child("copy"));
              told.expect_equal(check_output(e), "", "check_output");
              told.expect_equal(read(e), "ours", "read");
          })
          == "");
}

TEST_CASE("check_output leaves a stdin that is connected",
          "[language][older][row:O04]")
{
    NoLeaks const no_leaks;
    auto const copy = cmd(child("copy"));
    CHECK(check_output(copy < text("given")) == "given");
    CHECK(check_output(copy, {.input = "given"}) == "given");
    CHECK(check_output(cmd(child("print"), "x") | copy) == "x");
}

TEST_CASE("check_output gives bytes, and text if asked for",
          "[language][older][row:O05]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "\xe4\r\n");
    CHECK(check_output(e) == "\xe4\r\n");
    CHECK(check_output(e, {.encoding = "latin-1"}) == "\xc3\xa4\n");
    CHECK_THROWS_AS(check_output(e, {.encoding = "utf-8"}), TextError);
    CHECK(check_output(e, {.encoding = "utf-8", .errors = TextErrors::ignore})
          == "\n");
}

TEST_CASE("check_output takes stderr in", "[language][older][row:O05]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("write_to"), 1, "a", 2, "b", 1, "c");
    CHECK(check_output(e > err_to_out) == "abc");
}

// --- getoutput and getstatusoutput ---------------------------------------------

TEST_CASE("getstatusoutput gives a script's code and both of its outputs",
          "[language][older][row:L01]")
{
    NoLeaks const no_leaks;
    CHECK(getstatusoutput("echo a; echo b >&2; echo c; exit 3")
          == StatusOutput{3, "a\nb\nc"});
    CHECK(getstatusoutput("printf x | tr x y") == StatusOutput{0, "y"});
}

TEST_CASE("getstatusoutput removes one newline, and no more",
          "[language][older][row:L02]")
{
    NoLeaks const no_leaks;
    CHECK(getstatusoutput("printf 'a\\n'").output == "a");
    CHECK(getstatusoutput("printf 'a\\n\\n'").output == "a\n");
    CHECK(getstatusoutput("printf a").output == "a");
    CHECK(getstatusoutput("printf '\\n'").output == "");
    CHECK(getstatusoutput("true").output == "");
}

TEST_CASE("the status of a script is a returncode",
          "[language][older][row:L03]")
{
    NoLeaks const no_leaks;
    CHECK(getstatusoutput("no-such-command").status == 127);
    CHECK(getstatusoutput("kill -9 $$").status == -9);
    CHECK(getstatusoutput("exit 255").status == 255);
    auto const [status, output] = getstatusoutput("no-such-command");
    CHECK(output.find("not found") != std::string::npos);
}

TEST_CASE("getoutput gives the output however the script ended",
          "[language][older][row:L04]")
{
    NoLeaks const no_leaks;
    CHECK(getoutput("echo out; echo err >&2; exit 1") == "out\nerr");
    CHECK(getoutput("echo dying; kill -9 $$") == "dying");
}

TEST_CASE("the output of a script is text, of the encoding asked for",
          "[language][older][row:L05]")
{
    NoLeaks const no_leaks;
    auto const script = "printf '\\344\\r\\n'";
    CHECK(getoutput(script, {.encoding = "latin-1"}) == "\xc3\xa4");
    CHECK(
        getoutput(script, {.encoding = "utf-8", .errors = TextErrors::replace})
        == "\xef\xbf\xbd");
    CHECK_THROWS_AS(getstatusoutput(script, {.encoding = "utf-8"}), TextError);
    CHECK(getstatusoutput(script, {.encoding = "cp1252"})
          == StatusOutput{0, "\xc3\xa4"});
}

TEST_CASE("without an encoding a script's output is of the user's locale",
          "[language][older][row:L05]")
{
    NoLeaks const no_leaks;
    ScopedVariable const locale("LC_ALL", "C");
    CHECK(getoutput("printf '\\303\\244\\r\\n'") == "\xc3\xa4");
}

TEST_CASE("what is put into a script is run, unless it is quoted",
          "[language][older][row:L06]")
{
    NoLeaks const no_leaks;
    std::string const name = "x; echo more";
    CHECK(getoutput("echo " + name) == "x\nmore");
    CHECK(getoutput("echo " + quote(name)) == name);
}

TEST_CASE("a script's missing command is a status, not an error",
          "[language][older][row:L06][row:E08]")
{
    NoLeaks const no_leaks;
    CHECK_NOTHROW(getoutput("no-such-command"));
    CHECK_NOTHROW(getstatusoutput("cd /nowhere"));
}
