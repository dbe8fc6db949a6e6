// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Results and errors in one line, to be read by people.
#include "support/children.hpp"
#include "support/comma_locale.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <signal.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

template <class T>
std::string printed(T const& value)
{
    std::ostringstream stream;
    stream << value;
    return stream.str();
}

Output captured(std::string_view text)
{
    return Output(runnel::detail::Bytes(text));
}

CompletedProcess result_of(std::vector<std::string> args, int returncode)
{
    CompletedProcess result;
    result.returncode = returncode;
    result.stages.resize(1);
    result.stages[0].args = std::move(args);
    return result;
}

} // namespace

TEST_CASE("a result prints as its arguments and its returncode",
          "[printing][row:R12]")
{
    CHECK(printed(result_of({"ls", "-l"}, 0))
          == R"(CompletedProcess(args=["ls", "-l"], returncode=0))");
    CHECK(to_string(result_of({"ls"}, -9))
          == R"(CompletedProcess(args=["ls"], returncode=-9))");
    CHECK(to_string(CompletedProcess())
          == "CompletedProcess(args=[], returncode=0)");
}

TEST_CASE("a result prints streams that were captured, and only those",
          "[printing][row:R12]")
{
    auto result = result_of({"a"}, 0);
    result.out = captured("");
    CHECK(to_string(result)
          == R"(CompletedProcess(args=["a"], returncode=0, out=""))");
    result.err = captured("so\n");
    CHECK(
        to_string(result)
        == R"(CompletedProcess(args=["a"], returncode=0, out="", err="so\n"))");
    result.out = Output();
    CHECK(to_string(result)
          == R"(CompletedProcess(args=["a"], returncode=0, err="so\n"))");
}

TEST_CASE("a result prints in one line, whatever it holds",
          "[printing][row:R12]")
{
    auto result = result_of({"a\"b", "c\\d"}, 0);
    result.out = captured("1\t2\r\n\0003\x7f\xc3\xa4"s);
    CHECK(to_string(result)
          == R"(CompletedProcess(args=["a\"b", "c\\d"], returncode=0, )"
             R"(out="1\t2\r\n\0003\177)"
             "\xc3\xa4\")");
}

TEST_CASE("a pipeline's result prints its stages", "[printing][row:R12]")
{
    NoLeaks const no_leaks;
    auto const e = cmd("printf", "b a") | cmd("cat") | capture;
    CHECK(printed(run(e))
          == R"(CompletedProcess(stages=["printf 'b a'", "cat"], )"
             R"(returncode=0, out="b a"))");
}

TEST_CASE("results are written to a stream one after another",
          "[printing][row:R12]")
{
    std::ostringstream stream;
    stream << result_of({"a"}, 0) << ", " << result_of({"b"}, 1);
    CHECK(stream.str()
          == R"(CompletedProcess(args=["a"], returncode=0), )"
             R"(CompletedProcess(args=["b"], returncode=1))");
}

TEST_CASE("an error says which command, how it ended and what it said last",
          "[printing][errors][row:E04][row:E05]")
{
    NoLeaks const no_leaks;
    auto const said = message_of<CalledProcessError>(
        [] { check(sh("echo sorry >&2; exit 3"), {.capture_output = true}); });
    CHECK(said.starts_with("\"sh -c 'echo sorry >&2; exit 3'\" ended with exit "
                           "code 3 after "));
    CHECK(said.ends_with("\n    sorry"));
    auto const killed = message_of<CalledProcessError>(
        [] { check(cmd(child("kill_self"), SIGKILL)); });
    CHECK(killed.starts_with('"' + child("kill_self")
                             + " 9\" was killed by SIGKILL after "));
}

namespace {

/// What the error of a command says that wrote `text` to stderr.
std::string said_after(std::string_view text)
{
    auto result = result_of({"a"}, 1);
    result.failed = true;
    result.stages[0].failed = true;
    result.stages[0].status = ExitStatus::of_code(1);
    result.stages[0].err = captured(text);
    return CalledProcessError(std::move(result)).what();
}

} // namespace

TEST_CASE("an error has the last ten lines of stderr, and at most 2000 bytes",
          "[printing][errors][guard][found:H]")
{
    std::string line;
    for (int i = 0; line.size() < 5000; ++i)
        line += std::to_string(i) + ',';
    CHECK_THAT(said_after(line),
               Catch::EndsWith("\n    " + line.substr(line.size() - 2000)));
    CHECK_THAT(said_after(line.substr(0, 2000)),
               Catch::EndsWith("\n    " + line.substr(0, 2000)));
    std::string many;
    std::string last_ten;
    for (int i = 0; i < 30; ++i) {
        many += std::to_string(i) + '\n';
        if (i >= 20)
            last_ten += "\n    " + std::to_string(i);
    }
    CHECK_THAT(said_after(many), Catch::EndsWith(" s" + last_ten));
}

TEST_CASE("an error shows the control characters of what a command wrote",
          "[printing][errors][visible][guard]")
{
    auto const said = [](std::string_view text) {
        auto const message = said_after(text);
        return message.substr(message.find('\n') + 1);
    };
    CHECK(said("\x1b[31mred\x1b[0m\tx\n10%\r100%\a\n")
          == "    \\x1b[31mred\\x1b[0m\tx\n    10%\\r100%\\x07");
    CHECK(said("\xc2\x9b"
               "2J \xe2\x80\xae \xff \xc3\xa4")
          == "    \\u009b2J \\u202e \\xff \xc3\xa4");
    // The lines are cut between characters.
    std::string const many(1999, 'x');
    CHECK(said("\xc3\xa4" + many) == "    " + many);
}

TEST_CASE("an error shows the control characters of words and names",
          "[printing][errors][visible][guard]")
{
    NoLeaks const no_leaks;
    auto const missing = message_of<SpawnError>(
        [] { check(cmd("/no/\x1b[2J").cwd("/no/\x1b]0;t\a")); });
    CHECK_THAT(missing, Catch::StartsWith("cannot start \"/no/\\x1b[2J\""));
    CHECK_THAT(missing, Catch::Contains("\"/no/\\x1b]0;t\\x07\""));
    auto const ended = message_of<CalledProcessError>(
        [] { check(cmd(child("exit_with"), "3\x1b[2J")); });
    CHECK_THAT(ended, Catch::Contains(" '3\\x1b[2J'\" ended with"));
    LineTooLong const line(9, "\x1b[2J");
    CHECK_THAT(line.what(), Catch::EndsWith("it begins '\\x1b[2J'"));
    CHECK(message_of<std::invalid_argument>(
              [] { (void)Environment().set("\x1b=", "b"); })
          == "the name of an environment variable, \"\\x1b=\", holds a '='");
    CHECK(message_of<std::invalid_argument>(
              [] { (void)Environment().set("\x1b", std::string("b\0", 2)); })
          == "the value of \\x1b holds a NUL byte");
    auto result = result_of({"\xc2\x9b"}, 0);
    CHECK(to_string(result)
          == R"(CompletedProcess(args=["\u009b"], returncode=0))");
}

TEST_CASE("an error of a script that cannot be started names the shell and the "
          "beginning of the script",
          "[printing][errors][found:F5]")
{
    NoLeaks const no_leaks;
    auto const said = [](std::string_view script) {
        auto const message = message_of<SpawnError>(
            [&] { (void)run(sh(script) < "/no/such/file"); });
        return message.substr(0, message.find(": cannot open"));
    };
    CHECK(said("exit 3") == "cannot start \"/bin/sh -c 'exit 3'\"");
    CHECK(said("exit 3\nexit 4") == "cannot start \"/bin/sh -c 'exit 3'...\"");
    std::string const many(39, 'x');
    CHECK(said(many + "yz") == "cannot start \"/bin/sh -c " + many + "y...\"");
    // A character is shown as a whole.
    CHECK(said(many + "\xc3\xa4z")
          == "cannot start \"/bin/sh -c " + many + "...\"");
    CHECK(said(many + "\xe4zz").ends_with(many + "\\xe4'...\""));

    auto const spawn =
        message_of<SpawnError>([] { (void)run(sh("exit 3").cwd("/no/such")); });
    CHECK(
        spawn.starts_with("cannot start \"/bin/sh -c 'exit 3'\": cannot enter "
                          "the directory \"/no/such\""));
    auto const popen = message_of<SpawnError>([] {
        PopenOptions const options{.shell = true, .in = "/no/such"};
        Popen({"exit 3", "sh"}, options).wait();
    });
    CHECK(
        popen.starts_with("cannot start \"/bin/sh -c 'exit 3'\": cannot open"));
}

TEST_CASE("a time in a message is the same in every locale",
          "[printing][errors][found:D8]")
{
    auto const said = [](Timeout time) {
        std::string const message = TimeoutExpired("x", time, {}, {}).what();
        return message.substr(message.rfind("after ") + 6);
    };
    auto const times = [&] {
        return said(1500ms) + ", " + said(100ms) + ", " + said(99'950us) + ", "
             + said(1234us) + ", " + said(1ns) + ", " + said(0s) + ", "
             + said(999'499ms) + ", " + said(1'234'567ms);
    };
    auto const wanted =
        "1.5 s, 0.1 s, 100 ms, 1.23 ms, 0.000001 ms, 0 s, 999 s, "
        "1235 s";
    CHECK(times() == wanted);
    TemporaryDirectory const folder;
    if (!make_comma_locale(folder.str())) {
        WARN("this system has no localedef");
        return;
    }
    CHECK(in_private_process([&](Complaints const& told) {
              use_comma_locale(folder.str());
              told.expect_equal(times(), wanted, "times");
          })
          == "");
}

TEST_CASE("a timeout says which command and how long",
          "[printing][errors][row:E02]")
{
    NoLeaks const no_leaks;
    auto const e = cmd("sleep", 100);
    CHECK(message_of<TimeoutExpired>([&] { (void)run(e, {.timeout = 20ms}); })
          == "\"sleep 100\" timed out after 20 ms");
    Popen p({"sleep", "100"});
    CHECK(message_of<TimeoutExpired>([&] { p.wait(20ms); })
          == "\"sleep 100\" timed out after 20 ms");
    p.kill();
}
