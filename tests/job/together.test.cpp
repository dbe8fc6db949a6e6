// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Expressions that run at once, as one expression.
#include "support/bash.hpp"
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/left_behind.hpp"
#include "support/private_process.hpp"
#include "support/process.hpp"

#include "sys/fd.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <fcntl.h>
#include <map>
#include <poll.h>
#include <ranges>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

Command print(std::string_view text)
{
    return cmd(child("print"), text);
}

Command copy()
{
    return cmd(child("copy"));
}

Command quick(int code)
{
    return cmd(child("exit_with"), code);
}

/// Runs until it is ended.
Command service()
{
    return cmd(child("sleep_until_killed"), "");
}

std::string sorted(std::string_view text)
{
    std::vector<std::string> all;
    for (auto const line : std::views::split(text, '\n'))
        all.emplace_back(line.begin(), line.end());
    std::ranges::sort(all);
    std::string joined;
    for (auto const& line : all)
        joined += line.empty() ? "" : line + '\n';
    return joined;
}

/// Waits for the reader of the FIFO.
Command write_to(std::string const& fifo)
{
    return sh("echo met > \"$1\"", "sh", fifo);
}

std::string make_fifo(TemporaryDirectory const& directory)
{
    auto const name = directory / "fifo";
    REQUIRE(::mkfifo(name.c_str(), 0600) == 0);
    return name;
}

} // namespace

// --- running and ending -------------------------------------------------------------

TEST_CASE("the parts of together run at once", "[together]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const fifo = make_fifo(directory);
    auto const done = run(together(cmd("cat", fifo) > capture, write_to(fifo)));
    CHECK(done.out == "met\n");
    CHECK(done.returncode == 0);
    REQUIRE(done.stages.size() == 2);
    CHECK(done.stages[0].args.front() == "cat");
}

TEST_CASE("the rightmost part that failed decides", "[together]")
{
    NoLeaks const no_leaks;
    auto const done = run(together(quick(3), quick(4), quick(0)));
    CHECK(done.failed);
    CHECK(done.returncode == 4);
    CHECK(!run(together(quick(0), quick(0))).failed);
    CHECK(run(together(quick(0))).returncode == 0);
    CHECK(run(!together(quick(0), quick(2))).returncode == 0);
    CHECK(run(together(quick(0), quick(2)) || quick(5)).returncode == 5);
    CHECK(run(together(quick(0), quick(0)) && quick(6)).returncode == 6);
    CHECK_THROWS_AS(check(together(quick(1), quick(0))), CalledProcessError);
}

TEST_CASE("together needs nothing of this process if nothing is connected",
          "[together]")
{
    NoLeaks const no_leaks;
    CHECK(lower(together(quick(0), quick(1))).helpers.empty());
    CHECK(lower(together(quick(0), quick(1)) < "/dev/null").helpers.empty());
    CHECK(lower(together(quick(0), quick(1)) > "f").helpers.size() == 1);
    CHECK(lower(together(quick(0), quick(1)) > both("f")).helpers.size() == 1);
    CHECK(lower((together(quick(0), quick(1)) > "f") > err("g")).helpers.size()
          == 2);
}

TEST_CASE("if one part cannot be started, all are ended", "[together]")
{
    NoLeaks const no_leaks; // the services do not live on
    for (auto const& e :
         {together(service(), cmd("/no/such/program"), service()),
          together(cmd("/no/such/program"), service()),
          together(service(), service() | cmd("/no/such/program"))})
        CHECK_THROWS_AS(run(e), SpawnError);
}

TEST_CASE("a time limit ends all parts of together", "[together]")
{
    NoLeaks const no_leaks;
    try {
        static_cast<void>(
            run(together(service(), service(), copy() < "/dev/null") > capture,
                {.timeout = 50ms}));
        FAIL("no exception");
    } catch (TimeoutExpired const& expired) {
        CHECK(std::string(expired.what()).find(" & ") != std::string::npos);
    }
}

TEST_CASE("together runs the expressions of a range", "[together]")
{
    NoLeaks const no_leaks;
    std::vector<Pipeline> parts;
    for (int i = 0; i < 5; ++i)
        parts.push_back(print(std::to_string(i) + '\n') | copy());
    auto const done = run(together(parts) > capture);
    CHECK(sorted(done.out) == "0\n1\n2\n3\n4\n");
    CHECK(done.stages.size() == 10);
    CHECK_THROWS_WITH(together(std::vector<Command>{}),
                      "together() has no expressions to run");
}

// --- until ------------------------------------------------------------------------------

TEST_CASE("until one ends: the others are ended, and have not failed",
          "[together][until]")
{
    NoLeaks const no_leaks;
    auto const code = GENERATE(0, 3);
    auto const done = run(together({.until = RunUntil::one_ends}, service(),
                                   quick(code), service()));
    CHECK(done.returncode == code);
    CHECK(done.failed == (code != 0));
    REQUIRE(done.stages.size() == 3);
    CHECK(done.stages[0].status == ExitStatus::of_signal(SIGTERM));
    CHECK(!done.stages[0].failed);
    CHECK(done.stages[2].status == ExitStatus::of_signal(SIGTERM));
    CHECK(!done.stages[2].failed);
}

TEST_CASE("until one fails: those that succeed end nothing",
          "[together][until]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const fifo = make_fifo(directory);
    // The second part goes on after the first one has ended.
    auto const done = run(
        together({.until = RunUntil::one_fails}, write_to(fifo),
                 sh("cat \"$1\" > /dev/null; exit 3", "sh", fifo), service()));
    CHECK(done.returncode == 3);
    REQUIRE(done.stages.size() == 3);
    CHECK(done.stages[1].status == ExitStatus::of_code(3));
    CHECK(!done.stages[2].failed);
    CHECK(run(together({.until = RunUntil::one_fails}, quick(0), quick(0)))
              .returncode
          == 0);
}

TEST_CASE("what is ended with the others starts nothing more",
          "[together][until]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const touch = cmd("touch", directory / "made");
    auto const done = run(
        together({.until = RunUntil::one_ends}, quick(0), seq(service(), touch),
                 (service() | copy()) > "/dev/null", service() || touch));
    CHECK(done.returncode == 0);
    CHECK(::access((directory / "made").c_str(), F_OK) != 0);
}

TEST_CASE("a list whose next command cannot be started has ended, too",
          "[together][until]")
{
    NoLeaks const no_leaks;
    auto const until = GENERATE(RunUntil::one_ends, RunUntil::one_fails);
    auto const missing = cmd("/no/such/program");
    CHECK_THROWS_AS(
        run(together({.until = until}, service(), quick(0) && missing)),
        SpawnError);
    CHECK(run(together({.until = until}, quick(0) || missing, quick(0))));
}

TEST_CASE("a signal to the parts does not keep them from ending the others",
          "[together][until]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const fifo = make_fifo(directory);
    auto const reload = sh("trap 'exit 5' HUP; : > \"$1\"; exec 3<> \"$1\"; "
                           "while :; do read -r x <&3; done",
                           "sh", fifo);
    auto job = start(together({.until = RunUntil::one_ends},
                              service().ignore_signals({SIGHUP}), reload));
    static_cast<void>(open_fd(fifo, O_RDONLY)); // waits until the trap is set
    job.send_signal(SIGHUP);
    CHECK(job.wait().returncode == 5);
}

TEST_CASE("the others are ended although nobody waits for the job",
          "[together][until]")
{
    NoLeaks const no_leaks;
    auto job =
        start(together({.until = RunUntil::one_ends}, service(), quick(4)));
    auto const pids = job.pids();
    CHECK_THROWS_AS(job.detach(), std::logic_error);
    for (int const pid : pids)
        wait_for_end(pid);
    CHECK(job.wait().returncode == 4);
}

TEST_CASE("a negation that is ended with the others has not failed",
          "[together][until]")
{
    NoLeaks const no_leaks;
    auto const done =
        run(together({.until = RunUntil::one_ends}, !service(), quick(0)));
    CHECK(!done.failed);
}

TEST_CASE("only the innermost group is ended", "[together][until]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const fifo = make_fifo(directory);
    auto const inner =
        together({.until = RunUntil::one_ends}, service(), quick(0));
    auto const done =
        run(together(seq(inner, write_to(fifo)), cmd("cat", fifo) > devnull));
    CHECK(done.returncode == 0);
    CHECK(done.stages.size() == 4);
}

TEST_CASE("a service that does not listen is killed after its grace",
          "[together][until]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const fifo = make_fifo(directory);
    auto const deaf =
        sh("exec \"$1\" > \"$2\"", "sh", child("ignore_term"), fifo);
    auto const done = run(together({.until = RunUntil::one_ends}, deaf,
                                   cmd("head", "-c", "1", fifo) > devnull),
                          {.teardown = {{SIGTERM, 10ms}}});
    CHECK(done.returncode == 0);
    CHECK(done.stages[0].status == ExitStatus::of_signal(SIGKILL));
}

TEST_CASE("a C++ stage can be what the others run until", "[together][until]")
{
    NoLeaks const no_leaks;
    auto const words = std::vector<std::string>{"a", "b"};
    auto const done =
        run(together({.until = RunUntil::one_ends}, service(), words | copy())
            > capture);
    CHECK(done.out == "a\nb\n");
    CHECK(done.returncode == 0);
}

// --- output -----------------------------------------------------------------------------

TEST_CASE("the lines of all parts reach the next stage whole", "[together]")
{
    NoLeaks const no_leaks;
    auto const writer = [](int length) {
        return cmd(child("write_lines"), 20'000, length);
    };
    std::map<std::size_t, int> next;
    for (std::string_view const line :
         (together(writer(60), writer(61), writer(62)) | copy()) | lines) {
        auto& number = next[line.size()];
        if (line.substr(0, line.find('x')) != std::to_string(number)) {
            CAPTURE(line, number);
            FAIL_CHECK("a line is torn, lost or out of order");
            break;
        }
        ++number;
    }
    CHECK(next
          == std::map<std::size_t, int>{
              {60, 20'000}, {61, 20'000}, {62, 20'000}});
}

TEST_CASE("what together writes is captured, read, and written to files",
          "[together]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const two = together(print("a\n"), print("b\n"));
    CHECK(sorted(run(two > capture).out) == "a\nb\n");
    CHECK(sorted(read(two)) == "a\nb\n");
    std::string kept;
    check(two > to(kept));
    CHECK(sorted(kept) == "a\nb\n");
    check(two > directory / "f");
    check(two >> directory / "f");
    CHECK(sorted(read_file(directory / "f")) == "a\na\nb\nb\n");
    std::vector<std::string> all;
    for (auto const line : two | lines)
        all.emplace_back(line);
    std::ranges::sort(all);
    CHECK(all == std::vector<std::string>{"a", "b"});
}

TEST_CASE("stderr of together is joined as stdout", "[together]")
{
    NoLeaks const no_leaks;
    auto const talk = sh("echo \"o$1\"; echo \"e$1\" >&2", "sh", 1);
    auto const two = together(talk, sh("echo o2; echo e2 >&2"));
    auto const done = run((two > capture) > err(capture));
    CHECK(sorted(done.out) == "o1\no2\n");
    CHECK(sorted(done.err) == "e1\ne2\n");
    CHECK(sorted(run(two > both(capture)).out) == "e1\ne2\no1\no2\n");
    auto const both_by_option = run(two, {.capture_output = true});
    CHECK(sorted(both_by_option.out) == "o1\no2\n");
}

TEST_CASE("each stage of together keeps its own stderr with capture_output",
          "[together]")
{
    NoLeaks const no_leaks;
    auto const done =
        run(together(sh("echo e1 >&2"), sh("echo e2 >&2; exit 1")),
            {.capture_output = true});
    CHECK(done.stages[0].err == "e1\n");
    CHECK(done.stages[1].err == "e2\n");
}

TEST_CASE("a part of together may capture what is its own", "[together]")
{
    NoLeaks const no_leaks;
    auto const done =
        run(together(print("a") > capture, print("b"), print("c") > capture)
            > capture);
    CHECK(done.stages[0].out == "a");
    CHECK(done.stages[2].out == "c");
    CHECK(done.out == "b");
    REQUIRE(done.captures.size() == 3);
}

TEST_CASE("lists, pipelines, tees and C++ stages are parts of together",
          "[together]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const words = std::vector<std::string>{"v", "w"};
    auto const upper = stage(std::views::transform(
        [](std::string_view line) { return "<" + std::string(line) + ">"; }));
    auto const done =
        run((together(print("a\n") && print("b\n"), words | upper,
                      print("t\n") | tee(directory / "t"),
                      grouped(together(print("x\n"), print("y\n"))))
             | copy())
            > capture);
    CHECK(sorted(done.out) == "<v>\n<w>\na\nb\nt\nx\ny\n");
    CHECK(read_file(directory / "t") == "t\n");
}

TEST_CASE("what a tee copies of together belongs to its last command",
          "[together]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const both = together(sh("echo a >&2"), sh("echo b >&2"));
    auto const done =
        run(both > err(tee(directory / "f")), {.capture_output = true});
    CHECK(sorted(done.err) == "a\nb\n");
    CHECK(sorted(done.stages[1].err) == "a\nb\n");
    CHECK(sorted(read_file(directory / "f")) == "a\nb\n");

    auto const copied =
        run(together(print("a\n"), print("b\n")) | tee(capture) | copy());
    CHECK(sorted(copied.stages[1].out) == "a\nb\n");
}

TEST_CASE("the parts of together share stdin", "[together]")
{
    NoLeaks const no_leaks;
    auto const done =
        run((together(copy(), copy()) < text("a\nb\n")) > capture);
    CHECK(done.out == "a\nb\n");
    auto const piped =
        run((print("a\nb\n") | together(copy(), copy())) > capture);
    CHECK(piped.out == "a\nb\n");
}

TEST_CASE("a reader that has enough ends all parts of together",
          "[together][sigpipe]")
{
    NoLeaks const no_leaks;
    auto const endless = together(cmd("yes"), cmd("yes", "no"), service());
    auto const done = run((endless | first(1)) > capture);
    CHECK(done.out.size() >= 2);
    CHECK(!done.failed);
    int count = 0;
    for (auto const line : endless | lines) {
        CHECK(!line.empty());
        if (++count == 3)
            break;
    }
}

TEST_CASE("a command that has enough ends the writers of together",
          "[together][sigpipe]")
{
    NoLeaks const no_leaks;
    auto const done =
        run((together(cmd("yes"), cmd("yes", "no")) | cmd("head", "-n", 1))
            > capture);
    CHECK(!done.failed);
    CHECK(done.stages[0].forgiven);
}

TEST_CASE("an idle limit sees what together writes", "[together][idle]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(
        run(together(service(), service()) > capture, {.idle_timeout = 50ms}),
        IdleExpired);
    CHECK(run(together(print("a"), copy() < "/dev/null") > capture,
              {.idle_timeout = 20s})
              .out
          == "a");
}

TEST_CASE("a drain limit keeps the lines that together has read",
          "[together][drain]")
{
    NoLeaks const no_leaks;
    LeftBehind const left;
    auto const done =
        run(together(left.command(), print("a\n")) > capture, {.drain = 20ms});
    CHECK(!done.drained);
    CHECK(sorted(done.out) == "a\nnow\n");
    CHECK(done.returncode == 0);
}

TEST_CASE("a job of together can be left alone if nothing is joined",
          "[together][detach]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const fifo = make_fifo(directory);
    auto job = start(together(write_to(fifo), write_to(fifo)));
    auto const pids = job.pids();
    CHECK(pids.size() == 2);
    job.detach();
    {
        auto const fd = open_fd(fifo, O_RDWR);
        std::string text(8, '\0');
        for (std::size_t got = 0; got < text.size();)
            got += sys::read_some(fd.get(), text.data() + got, 8 - got).value;
        CHECK(text == "met\nmet\n");
    }
    for (int const pid : pids)
        wait_for_end(pid);
    CHECK(run(quick(0))); // reaps them
    auto joined = start(together(quick(0), quick(0)) > devnull);
    CHECK_THROWS_AS(joined.detach(), std::logic_error);
    CHECK(joined.wait().returncode == 0);
}

TEST_CASE("parts that do not write live on when the reader has gone",
          "[together][sigpipe]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const fifo = make_fifo(directory);
    auto const quiet = sh("cat \"$1\" > /dev/null; touch \"$2\"", "sh", fifo,
                          directory / "made");
    // Its yes gets SIGPIPE, so the join has lost its reader; then the quiet part
    // goes on.
    auto const writer = sh("yes; echo met > \"$1\"", "sh", fifo);
    auto const done = run(together(quiet, writer) | cmd("true"));
    CHECK(!done.failed);
    CHECK(::access((directory / "made").c_str(), F_OK) == 0);
}

TEST_CASE("SIGPIPE is a failure if no reader may leave",
          "[together][sigpipe][status]")
{
    NoLeaks const no_leaks;
    auto const dies = sh("kill -PIPE $$");
    CHECK(run(together(dies) > capture).returncode == -SIGPIPE);
    CHECK(run(together(sh("exit 141"), quick(0)) > "/dev/null").failed);
    CHECK(!run(together(dies) | (copy() > "/dev/null")).failed);
}

TEST_CASE("stdout and stderr of one part keep their order", "[together]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& complaints) {
              auto out = make_pipe();
              ::dup2(out.write_end.get(), 1);
              auto const talk =
                  sh("echo o1; echo e1 >&2; echo o2; echo e2 >&2");
              check(together(talk) > err_to_out);
              ::close(1);
              out.write_end.close();
              complaints.expect_equal(read_all(out.read_end.get()),
                                      "o1\ne1\no2\ne2\n", "the order");
          })
          == "");
    auto const talk = sh("echo o1; echo e1 >&2; echo o2; echo e2 >&2");
    CHECK(run(together(talk) > both(capture)).out == "o1\ne1\no2\ne2\n");
}

TEST_CASE("an encoding whose newline is no single byte is refused",
          "[together][text]")
{
    NoLeaks const no_leaks;
    auto const two = together(print("a"), print("b"));
    CHECK_THROWS_WITH(run(two > capture, {.encoding = "utf-16le"}),
                      "the lines of together() cannot be joined in the "
                      "encoding utf-16le");
    CHECK(run(two > capture, {.encoding = "shift_jis"}).out.size() == 3);
    CHECK(run(two > devnull, {.encoding = "utf-8"}));
}

// --- labels -----------------------------------------------------------------------------

TEST_CASE("lines have the name of their command in front if asked",
          "[together]")
{
    NoLeaks const no_leaks;
    auto const done = run(together({.labelled = true}, cmd("echo", "hi"),
                                   sh("echo one; echo two").named("count"))
                          > capture);
    CHECK(sorted(done.out) == "count: one\ncount: two\necho hi: hi\n");
}

TEST_CASE("both streams of this process get labels", "[together]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& complaints) {
              auto out = make_pipe();
              auto err = make_pipe();
              ::dup2(out.write_end.get(), 1);
              ::dup2(err.write_end.get(), 2);
              check(together({.labelled = true},
                             sh("echo o; echo e >&2").named("a")));
              ::close(1);
              ::close(2);
              out.write_end.close();
              err.write_end.close();
              complaints.expect_equal(read_all(out.read_end.get()), "a: o\n",
                                      "stdout");
              complaints.expect_equal(read_all(err.read_end.get()), "a: e\n",
                                      "stderr");
          })
          == "");
}

TEST_CASE("a label is one line, and moves no cursor", "[together]")
{
    NoLeaks const no_leaks;
    auto const done = run(together({.labelled = true}, sh("echo 1\necho 2"),
                                   print("x").named("a\n\x1b[31mb"))
                          > capture);
    CHECK(sorted(done.out)
          == "a\\n\\x1b[31mb: x\nsh -c 'echo 1\\necho 2': 1\n"
             "sh -c 'echo 1\\necho 2': 2\n");
}

TEST_CASE("labelled lines are not torn where both streams are one pipe",
          "[together]")
{
    NoLeaks const no_leaks;
    CHECK(in_private_process([](Complaints const& complaints) {
              auto out = make_pipe();
              auto const talk = sh("i=0; while [ $i -lt 3000 ]; do "
                                   "echo \"out $i of some length\"; "
                                   "echo \"err $i of some length\" >&2; "
                                   "i=$((i+1)); done");
              ::dup2(out.write_end.get(), 1);
              ::dup2(out.write_end.get(), 2);
              out.write_end.close();
              auto job = start(together({.labelled = true}, talk.named("a"),
                                        talk.named("b")));
              for (::pollfd pipe{1, POLLOUT, 0}; // until it is full
                   ::poll(&pipe, 1, 0) > 0;)
                  ;
              auto counted =
                  start((cmd("grep", "-cvE",
                             "^[ab]: (out|err) [0-9]+ of some length$")
                         < Stdio(out.read_end.get()) > err(devnull))
                        > capture);
              EXPECT_IN(complaints, bool(job.wait()));
              ::close(1);
              ::close(2);
              complaints.expect_equal(counted.wait().out.view(), "0\n",
                                      "torn lines");
          })
          == "");
}

TEST_CASE("a label masks secrets", "[together][secret]")
{
    NoLeaks const no_leaks;
    auto const done = run(
        together({.labelled = true}, cmd("echo", secret("pass"))) > capture);
    CHECK(done.out == "echo '***': pass\n");
}

// --- text -------------------------------------------------------------------------------

TEST_CASE("together as text for messages, programs and pictures",
          "[together][text]")
{
    CHECK(to_string(together(cmd("a"), cmd("b")) | cmd("d"))
          == "{ a <&0 & b <&0 & wait; } | d");
    auto const e = together(cmd("a"), cmd("b") && cmd("c")) | cmd("d");
    auto const dot = to_dot(make_plan(e));
    CHECK(dot.find("n0 -> n3") != std::string::npos);
    CHECK(dot.find("n2 -> n3") != std::string::npos);
    auto const program = to_string(lower(e));
    CHECK(program.find("helper 0: join") != std::string::npos);
    CHECK(to_string(together({.until = RunUntil::one_ends, .labelled = true},
                             cmd("a") < "/dev/null"))
              .find("# each line has its command in front, until one ends")
          != std::string::npos);
}

TEST_CASE("bash runs the text of together to the same effect",
          "[together][differential]")
{
    NoLeaks const no_leaks;
    auto const voice = [](char const* name, int code) {
        return cmd("voice", name, code);
    };
    CHECK(
        differences_from_bash(
            {
                together(voice("a", 0), voice("b", 0)),
                together(voice("a", 3), voice("b", 0), voice("c", 4)),
                together(voice("a", 3), voice("b", 0)) && voice("z", 0),
                together(voice("a", 0), voice("b", 5)) || voice("z", 0),
                !together(voice("a", 0), voice("b", 5)),
                together(voice("a", 1) && voice("b", 0), voice("c", 0)),
                together(voice("a", 0) < "in", voice("b", 0) < "more")
                    | voice("c", 0),
                (together(voice("a", 0), voice("b", 2)) < "in") > "f",
                together(voice("a", 0), together(voice("b", 2), voice("c", 0))),
                seq(together(voice("a", 0), voice("b", 2)), voice("c", 0)),
                voice("x", 0) | together(voice("a", 0), voice("b", 0)),
            },
            Order::free)
        == "");
}
