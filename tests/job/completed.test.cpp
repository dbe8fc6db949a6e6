// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Python's run(): what it takes, what it gives, what it throws.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <signal.h>
#include <time.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// What `command` writes with these options.
std::string written_with(Command const& command, PopenOptions const& options)
{
    return run(command.with(options) > capture).out.str();
}

/// The end of the one child that it watches.
struct Watch : Observer {
    void started(Started const& e) noexcept override
    {
        pid = e.pid;
        at = std::chrono::steady_clock::now();
    }
    void exited(Exited const& e) noexcept override { status = e.status; }

    int pid = -1;
    std::chrono::steady_clock::time_point at{};
    ExitStatus status;
};

} // namespace

TEST_CASE("run waits for the end and gives a result",
          "[language][run][row:R01][row:C02]")
{
    NoLeaks const no_leaks;
    CHECK(run(cmd(child("exit_with"), 0)).returncode == 0);
    auto const done = run(cmd(child("exit_with"), 3));
    CHECK(done.returncode == 3);
    CHECK_FALSE(done);
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("a result tells the signal that ended its command",
          "[language][run][row:C03]")
{
    NoLeaks const no_leaks;
    CHECK(run(cmd(child("kill_self"), SIGKILL)).returncode == -SIGKILL);
    CHECK(run(cmd(child("kill_self"), SIGTERM)).returncode == -SIGTERM);
}

// --- options -------------------------------------------------------------------

TEST_CASE("run takes how a child is started from its command",
          "[language][run][row:R02]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    CHECK(written_with(cmd("any", "x"), {.executable = child("print_args")})
          == "<x>\n");
    CHECK(written_with(cmd("echo $0"), {.shell = true}) == "/bin/sh\n");
    CHECK(written_with(cmd(child("print_cwd")), {.cwd = directory.path()})
          == directory.str() + '\n');
    CHECK(written_with(cmd(child("print_env")), {.env = {{"A", "1"}}})
          == "A=1\n");
    CHECK(written_with(cmd(child("write_to"), 2, "e"), {.err = Stdio::out})
          == "e");
    write_file(directory / "in", "from a file");
    CHECK(written_with(cmd(child("copy")), {.in = directory / "in"})
          == "from a file");
}

TEST_CASE("run takes the state of a child from its command",
          "[language][run][row:R02]")
{
    NoLeaks const no_leaks;
    auto const ids = written_with(cmd(child("print_ids")),
                                  {.start_new_session = true, .umask = 0123});
    CHECK(field_of(ids, "sid") == field_of(ids, "pid"));
    CHECK(field_of(ids, "umask") == "0123");
    auto const in_group =
        written_with(cmd(child("print_ids")), {.process_group = 0});
    CHECK(field_of(in_group, "pgid") == field_of(in_group, "pid"));
    auto const hooked = written_with(cmd(child("print_ids")),
                                     {.preexec_fn = [] { ::setsid(); }});
    CHECK(field_of(hooked, "sid") == field_of(hooked, "pid"));
    auto const pipe = make_pipe();
    auto const number = pipe.read_end.get();
    CHECK(written_with(cmd(child("print_open_fds")), {.pass_fds = {number}})
          == "0 1 2 " + std::to_string(number) + '\n');
}

TEST_CASE("capture_output keeps both streams apart", "[language][run][row:R04]")
{
    NoLeaks const no_leaks;
    auto const done = run(cmd(child("write_to"), 1, "out", 2, "err"),
                          {.capture_output = true});
    CHECK(done.out == "out");
    CHECK(done.err == "err");
}

TEST_CASE("capture_output is refused beside a connected stream",
          "[language][run][row:R04][row:E09][fault:I13]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const file = directory / "f";
    auto const command = cmd(child("print"), "x");
    RunOptions const options{.capture_output = true};
    CHECK_THROWS_AS(run(command > file, options), std::invalid_argument);
    CHECK_THROWS_AS(run(command > err(file), options), std::invalid_argument);
    CHECK_THROWS_AS(run(command > devnull, options), std::invalid_argument);
    CHECK_THROWS_AS(run(command > err_to_out, options), std::invalid_argument);
    CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("a merged capture is one stream, in the order of the writes",
          "[language][run][row:R05][row:C05]")
{
    NoLeaks const no_leaks;
    auto const e =
        cmd(child("write_to"), 1, "a", 2, "b", 1, "c", 2, "d") > both(capture);
    auto const done = run(e);
    CHECK(done.out == "abcd");
    CHECK_FALSE(done.err.captured());
}

TEST_CASE("what run took is in the result, unchanged",
          "[language][run][row:C01]")
{
    NoLeaks const no_leaks;
    std::vector<std::string> const words = {child("exit_with"), "0", "a b", "",
                                            "$x"};
    auto const done =
        run(cmd(words[0], words[1], words[2], words[3], words[4]));
    CHECK(done.args() == words);
}

TEST_CASE("the args of a script begin with the shell that runs it",
          "[language][run][row:C01][found:F5]")
{
    NoLeaks const no_leaks;
    using Words = std::vector<std::string>;
    CHECK(run(sh("exit 0", "x y")).args()
          == Words{"/bin/sh", "-c", "exit 0", "x y"});
    PopenOptions const in_bash{.executable = "/bin/bash", .shell = true};
    CHECK(run(cmd("exit 0").with(in_bash)).args()
          == Words{"/bin/bash", "-c", "exit 0"});
    auto const list = cmd(child("exit_with"), 1) && sh("exit 0");
    CHECK(run(list).stages[1].args == Words{"/bin/sh", "-c", "exit 0"});
    CHECK(make_plan(sh("exit 0")).stages[0]->argv()
          == Words{"/bin/sh", "-c", "exit 0"});
}

TEST_CASE("check_returncode throws if and only if it failed",
          "[language][run][row:C06]")
{
    NoLeaks const no_leaks;
    CHECK_NOTHROW(run(cmd(child("exit_with"), 0)).check_returncode());
    auto const failed =
        run(sh("echo out; echo err >&2; exit 9"), {.capture_output = true});
    try {
        failed.check_returncode();
        FAIL("nothing was thrown");
    } catch (CalledProcessError const& error) {
        CHECK(error.returncode() == 9);
        CHECK(error.args() == failed.args());
        CHECK(error.out() == "out\n");
        CHECK(error.err() == "err\n");
    }
}

// --- time ----------------------------------------------------------------------

TEST_CASE("when a timeout is thrown the child has been killed and reaped",
          "[language][run][timeout][row:R07]")
{
    NoLeaks const no_leaks;
    Watch watch;
    try {
        (void)run(cmd(child("sleep_until_killed"), "ready") | capture,
                  {.timeout = 20ms, .observer = &watch});
        FAIL("nothing was thrown");
    } catch (TimeoutExpired const& error) {
        CHECK(watch.status.signal() == SIGKILL);
        CHECK(no_leaks.left_behind() == "");
        CHECK(error.timeout().limit() == 20ms);
    }
}

TEST_CASE("a start is not interrupted, and its timeout comes later",
          "[language][run][timeout][row:R08]")
{
    NoLeaks const no_leaks;
    auto const slow_start =
        cmd(child("sleep_until_killed")).with({.preexec_fn = [] {
            ::timespec const time{0, 200'000'000};
            ::nanosleep(&time, nullptr);
        }});
    Watch watch;
    auto const begin = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(
        run(slow_start > devnull, {.timeout = 1ms, .observer = &watch}),
        TimeoutExpired);
    CHECK(watch.pid > 0);
    CHECK(watch.at - begin >= 200ms);
}

// --- errors --------------------------------------------------------------------

TEST_CASE("the error of a command has its code and its arguments",
          "[language][run][errors][row:E04]")
{
    NoLeaks const no_leaks;
    auto const error_of = [](Command const& command) {
        try {
            check(command);
        } catch (CalledProcessError const& error) {
            return error;
        }
        throw std::logic_error("it succeeded");
    };
    auto const by_code = error_of(cmd(child("exit_with"), 200));
    CHECK(by_code.returncode() == 200);
    CHECK(by_code.args()
          == std::vector{child("exit_with"), std::string("200")});
    auto const by_signal = error_of(cmd(child("kill_self"), SIGABRT));
    CHECK(by_signal.returncode() == -SIGABRT);
    CHECK(by_signal.result().stages[0].status.signal() == SIGABRT);
}

TEST_CASE("whoever checks throws CalledProcessError",
          "[language][run][errors][row:E10]")
{
    NoLeaks const no_leaks;
    auto const bad = cmd(child("exit_with"), 2);
    CHECK_THROWS_AS(check(bad), CalledProcessError);
    CHECK_THROWS_AS(run(bad, {.check = true}), CalledProcessError);
    CHECK_THROWS_AS(read(bad), CalledProcessError);
    CHECK_THROWS_AS(check_call(bad), CalledProcessError);
    CHECK_THROWS_AS(check_output(bad), CalledProcessError);
    CHECK(run(bad).returncode == 2);
    CHECK(call(bad) == 2);
}

TEST_CASE("whoever takes a timeout throws TimeoutExpired",
          "[language][run][errors][timeout][row:E10][row:E02]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("sleep_until_killed"));
    auto const quiet = e > devnull;
    RunOptions const options{.timeout = 5ms};
    CHECK_THROWS_AS(run(quiet, options), TimeoutExpired);
    CHECK_THROWS_AS(check(quiet, options), TimeoutExpired);
    CHECK_THROWS_AS(read(e, options), TimeoutExpired);
    CHECK_THROWS_AS(call(quiet, options), TimeoutExpired);
    CHECK_THROWS_AS(check_call(quiet, options), TimeoutExpired);
    CHECK_THROWS_AS(check_output(e, options), TimeoutExpired);
    CHECK_THROWS_AS(getoutput("exec sleep 100", options), TimeoutExpired);
    CHECK_THROWS_AS(getstatusoutput("exec sleep 100", options), TimeoutExpired);
    Popen p({child("sleep_until_killed")}, {.out = Stdio::pipe});
    CHECK_THROWS_AS(p.wait(5ms), TimeoutExpired);
    CHECK_THROWS_AS(p.communicate({}, 5ms), TimeoutExpired);
    p.kill();
}
