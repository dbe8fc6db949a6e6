// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The verbs, and what becomes of a pipeline that goes wrong.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/limits.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

TEST_CASE("run captures what is asked for, and only that",
          "[language][run][row:R03][row:C04][row:C05]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print"), "hello") | capture;
    auto const done = run(e);
    CHECK(done.out == "hello");
    CHECK_FALSE(done.err.captured());
    CHECK(message_of<std::logic_error>([&] {
              (void)done.err.size();
          }).find("add \"> capture\"")
          != std::string::npos);
}

TEST_CASE("captured and empty is not the same as not captured",
          "[language][run][row:R03]")
{
    auto const e = cmd(child("exit_with"), 0) | capture;
    auto const done = run(e);
    CHECK(done.out.captured());
    CHECK(done.out == "");
}

TEST_CASE("read gives stdout without the newlines at its end",
          "[language][run]")
{
    CHECK(read(cmd(child("print"), "a\nb\n\n")) == "a\nb");
    CHECK_THROWS_AS(read(cmd(child("exit_with"), 2)), CalledProcessError);
}

TEST_CASE("check throws for a failed stage and gives the result otherwise",
          "[language][run][row:R09]")
{
    NoLeaks const no_leaks;
    CHECK(check(cmd(child("exit_with"), 0)).returncode == 0);
    auto const e = cmd(child("exit_with"), 3) | cmd(child("copy")) | capture;
    try {
        check(e);
        FAIL("nothing was thrown");
    } catch (CalledProcessError const& error) {
        CHECK(error.returncode() == 3);
        CHECK(error.stage() == 1);
        CHECK(error.args().back() == "3");
        CHECK(error.out() == "");
        CHECK(error.code().category() == exit_category());
        CHECK(error.code().message() == "exit code 3");
        CHECK(std::string(error.what())
                  .starts_with("stage 1 of 2 \"" + child("exit_with")
                               + " 3\" ended with exit code 3 after "));
    }
}

TEST_CASE("the error of a failed stage ends with what it said",
          "[language][run][errors]")
{
    auto const e = sh("echo first >&2; echo 'last words' >&2; exit 5");
    auto const message = message_of<CalledProcessError>(
        [&] { check(e, {.capture_output = true}); });
    CHECK(message.ends_with("\n    first\n    last words"));
}

TEST_CASE("input goes to the first stage", "[language][run][row:R06]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("copy")) | cmd(child("copy")) | capture;
    CHECK(run(e, {.input = "given"}).out == "given");
    auto const with_text = (cmd(child("copy")) < text("as text")) | capture;
    CHECK(run(with_text).out == "as text");
    auto const fed = cmd(child("copy")) < devnull;
    CHECK_THROWS_AS(run(fed, {.input = "x"}), std::invalid_argument);
}

TEST_CASE("input that nobody reads is no error", "[language][run][fault:X02]")
{
    NoLeaks const no_leaks;
    std::string const much(1'000'000, 'x');
    CHECK(run(cmd(child("exit_with"), 0), {.input = much}));
}

TEST_CASE("64 MiB pass through a pipeline of three",
          "[language][run][fault:X01]")
{
    NoLeaks const no_leaks;
    std::string const much(64 * 1024 * 1024, 'y');
    auto const e =
        cmd(child("copy")) | cmd(child("copy")) | cmd(child("copy")) | capture;
    auto const done = run(e, {.input = much});
    CHECK(done.out.size() == much.size());
    CHECK((done.out == much));
}

TEST_CASE("files are read and written by name", "[language][run]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const in = folder / "in put";
    auto const out = folder / "out";
    check(cmd(child("print"), "abc") > in);
    check(cmd(child("copy")) < in > out);
    check(cmd(child("print"), "def") > append(out));
    CHECK(read_file(out) == "abcdef");
    check(cmd(child("print"), "new") > out);
    CHECK(read_file(out) == "new");
}

TEST_CASE("a caller's string can take the output", "[language][run]")
{
    std::string got = "old";
    auto const e = cmd(child("print"), "new") > to(got);
    auto const done = run(e);
    CHECK(got == "new");
    CHECK_FALSE(done.out.captured());
}

TEST_CASE("much output is the same in every kind of string", "[language][run]")
{
    NoLeaks const no_leaks;
    auto const size = 5 << 20;
    std::string const all(size, 'o');
    auto const fill = cmd(child("fill"), size);
    CHECK((read(fill) == all));
    CHECK((read(fill | cmd(child("copy")), {.text = true}) == all));
    CHECK((check_output(fill) == all));
    std::string kept;
    check(fill > to(kept));
    CHECK((kept == all));
    CaptureLimit limit{.bytes = 2 << 20, .excess = CaptureLimit::keep_tail};
    CHECK((read(fill, {.limit = limit}) == all.substr(3 << 20)));
    TemporaryDirectory const folder;
    limit = {.bytes = 2 << 20,
             .excess = CaptureLimit::spill,
             .directory = folder.path()};
    CHECK((read(fill, {.limit = limit}) == all));
    auto job = start(fill > Stdio::pipe);
    CHECK((job.out().read() == all));
    job.wait();
}

TEST_CASE("newlines at the end of much output are dropped", "[language][run]")
{
    std::string const much(3 << 20, 'x');
    CHECK((read(cmd(child("copy")) < text(much + "\n\n")) == much));
    CHECK(read(cmd(child("copy")) < text(std::string(3 << 20, '\n'))) == "");
}

// --- what cannot be started --------------------------------------------------------

TEST_CASE("a missing program ends the other stages and is named by its place",
          "[language][run][fault:D01]")
{
    NoLeaks const no_leaks;
    auto const forever = cmd(child("write_forever"));
    auto const copy = cmd(child("copy"));
    auto const missing = cmd("no-such-program", "x");
    struct Row {
        Pipeline pipeline;
        std::size_t place;
    };
    Row const rows[] = {{missing | copy | copy, 1},
                        {forever | missing | copy, 2},
                        {forever | copy | missing, 3}};
    for (auto const& row : rows) {
        try {
            (void)run(row.pipeline);
            FAIL("nothing was thrown");
        } catch (SpawnError const& error) {
            CHECK(error.stage() == row.place);
            CHECK(error.stages() == 3);
            CHECK(error.program() == "no-such-program");
            CHECK(error.step() == SpawnStep::exec);
            CHECK(error.code() == std::errc::no_such_file_or_directory);
            CHECK(error.what()
                  == "cannot start \"no-such-program\" (stage "
                         + std::to_string(row.place)
                         + " of 3): No such file or directory");
        }
        CHECK(no_leaks.left_behind() == "");
    }
}

TEST_CASE("of several missing programs the leftmost is named",
          "[language][run][fault:D01]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("copy")) | cmd("missing-a") | cmd("missing-b");
    CHECK(message_of<SpawnError>([&] { (void)run(e); }).find("missing-a")
          != std::string::npos);
}

TEST_CASE("a file that cannot be opened is told before any stage starts",
          "[language][run][fault:F09]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const trace = folder / "trace";
    auto const e = sh("touch \"$1\"", "sh", trace)
                 | (cmd(child("copy")) > "/no/such/folder/f");
    auto const message = message_of<SpawnError>([&] { (void)run(e); });
    CHECK(message
          == "cannot start \"" + child("copy")
                 + "\" (stage 2 of 2): cannot open \"/no/such/folder/f\": No "
                   "such file or directory");
    CHECK_FALSE(std::filesystem::exists(trace));
}

TEST_CASE("running out of descriptors in a pipeline leaves nothing",
          "[language][run][limits][fault:F01]")
{
    auto const complaints = in_private_process([](Complaints const& told) {
        auto const e = cmd(child("print"), "x") | cmd(child("copy"))
                     | cmd(child("copy")) | capture;
        for (unsigned spare = 0; spare < 24; ++spare) {
            auto const before = ProcessState::now();
            ::rlimit old{};
            ::getrlimit(RLIMIT_NOFILE, &old);
            ::rlimit const limit{3 + spare, old.rlim_max};
            ::setrlimit(RLIMIT_NOFILE, &limit);
            bool worked = false;
            try {
                worked = run(e).out == "x";
            } catch (SpawnError const&) {
            }
            ::setrlimit(RLIMIT_NOFILE, &old);
            told.expect_equal(before.changed_to(ProcessState::now()), "",
                              "left with " + std::to_string(spare));
            told.expect(worked || spare < 12, "enough descriptors");
        }
    });
    CHECK(complaints == "");
}

TEST_CASE("200 stages run within 64 descriptors",
          "[language][run][limits][fault:D03]")
{
    auto const complaints = in_private_process([](Complaints const& told) {
        ::rlimit old{};
        ::getrlimit(RLIMIT_NOFILE, &old);
        ::rlimit const limit{64, old.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &limit);
        Pipeline line = cmd(child("print"), "far");
        for (int i = 1; i < 200; ++i)
            line = line | cmd(child("copy"));
        auto const captured = line | capture;
        auto const done = run(captured);
        told.expect_equal(done.out, "far", "output");
        told.expect(done.stages.size() == 200, "stages");
        told.expect(bool(done), "success");
    });
    CHECK(complaints == "");
}

// --- time ----------------------------------------------------------------------------

TEST_CASE("a timeout ends every stage and keeps what was captured",
          "[language][run][timeout][fault:W03][fault:W02]")
{
    NoLeaks const no_leaks;
    auto const e =
        sh("echo partial; exec sleep 100") | cmd(child("copy")) | capture;
    CHECK(at_some_limit([&](Timeout limit) {
        try {
            (void)run(e, {.timeout = limit});
            FAIL("nothing was thrown");
        } catch (TimeoutExpired const& error) {
            CHECK(error.timeout().limit() == limit.limit());
            CHECK(error.code() == std::errc::timed_out);
            return error.out() == "partial\n";
        }
        return false;
    }));
    CHECK_THAT(message_of<TimeoutExpired>([] {
                   (void)run(
                       (cmd(child("sleep_until_killed")) | cmd(child("copy")))
                           > devnull,
                       {.timeout = 30ms});
               }),
               Catch::Contains("timed out after 30 ms; still running: "));
}

TEST_CASE("a grandchild that holds the pipe does not hold up a timeout",
          "[language][run][timeout][fault:W01]")
{
    NoLeaks const no_leaks;
    auto const e = sh("sleep 30 2>/dev/null & echo early; wait") | capture;
    CHECK(at_some_limit([&](Timeout limit) {
        try {
            (void)run(e, {.timeout = limit});
            FAIL("nothing was thrown");
        } catch (TimeoutExpired const& error) {
            return error.out() == "early\n";
        }
        return false;
    }));
}

// --- surroundings ----------------------------------------------------------------

namespace {

struct Log : Observer {
    void planned(Plan const& plan) noexcept override
    {
        events.push_back("planned " + std::to_string(plan.stages.size()));
    }
    void starting(Starting const& e) override
    {
        events.push_back("starting " + std::to_string(e.child.stage));
        if (e.child.stage == forbidden)
            throw std::runtime_error("forbidden");
    }
    void started(Started const& e) noexcept override
    {
        events.push_back("started " + std::to_string(e.child.stage));
    }
    void refused(Refused const& e) noexcept override
    {
        events.push_back("refused " + std::to_string(e.child.stage));
    }
    void exited(Exited const& e) noexcept override
    {
        events.push_back("exited " + std::to_string(e.child.stage) + " "
                         + to_string(e.status));
    }
    void killed(Killed const& e) noexcept override
    {
        events.push_back("killed " + std::to_string(e.child.stage) + " "
                         + signal_name(e.signal));
    }
    void expired(Expired const&) noexcept override
    {
        events.push_back("expired");
    }

    std::vector<std::string> events;
    std::size_t forbidden = 0;
};

using Events = std::vector<std::string>;

} // namespace

TEST_CASE("an observer is told of plan, start and end", "[language][observer]")
{
    Log log;
    auto const e = cmd(child("exit_with"), 0) | cmd(child("exit_with"), 4);
    CHECK_FALSE(run(e, {.observer = &log}));
    REQUIRE(log.events.size() == 7);
    std::ranges::sort(log.events.begin() + 5, log.events.end());
    CHECK(log.events
          == Events{"planned 2", "starting 1", "starting 2", "started 1",
                    "started 2", "exited 1 exit code 0",
                    "exited 2 exit code 4"});
}

TEST_CASE("an observer is told of refusals, signals and expired limits",
          "[language][observer]")
{
    Log log;
    CHECK_THROWS_AS(run(cmd("no-such-program"), {.observer = &log}),
                    SpawnError);
    CHECK(log.events == Events{"planned 1", "starting 1", "refused 1"});
    log.events.clear();
    CHECK_THROWS_AS(run(cmd(child("sleep_until_killed")) > devnull,
                        {.timeout = 20ms, .observer = &log}),
                    TimeoutExpired);
    CHECK(log.events
          == Events{"planned 1", "starting 1", "started 1", "expired",
                    "killed 1 SIGKILL", "exited 1 killed by SIGKILL"});
}

TEST_CASE("an observer can forbid a stage; the others are ended",
          "[language][observer][row:P54]")
{
    NoLeaks const no_leaks;
    Log log;
    log.forbidden = 2;
    auto const e = cmd(child("write_forever")) | cmd(child("copy"));
    CHECK(message_of<std::runtime_error>(
              [&] { (void)run(e, {.observer = &log}); })
          == "forbidden");
}

TEST_CASE("one expression runs in many threads at once",
          "[language][threads][fault:D04]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print_open_fds")) | cmd(child("copy")) | capture;
    std::vector<std::string> seen(8);
    {
        std::vector<std::thread> threads;
        for (auto& mine : seen)
            threads.emplace_back([&mine, e] {
                for (int i = 0; i < 20; ++i) {
                    auto const done = run(e);
                    if (i == 0 || done.out != "0 1 2\n")
                        mine = done.out.str();
                }
            });
        for (auto& thread : threads)
            thread.join();
    }
    for (auto const& mine : seen)
        CHECK(mine == "0 1 2\n");
}

TEST_CASE(
    "a closed descriptor is refused before a pipe of ours gets its number",
    "[language][fault:I11]")
{
    auto const complaints = in_private_process([](Complaints const& told) {
        ::close(3);
        ::close(4);
        auto const refused = [](Pipeline const& e) {
            try {
                (void)run(e, {.timeout = 5s});
                return std::string("started");
            } catch (SpawnError const& error) {
                return error.code() == std::errc::bad_file_descriptor
                         ? std::string()
                         : std::string(error.what());
            }
        };
        auto const copy = cmd(child("copy"));
        told.expect_equal(refused((copy | copy) > Stdio(3)), "", "redirect");
        told.expect_equal(refused(copy.with({.pass_fds = {4}}) | copy), "",
                          "pass_fds");
        told.expect_equal(refused(copy.with({.err = 4}) | copy), "", "with");
    });
    CHECK(complaints == "");
}

TEST_CASE("a pipe that nobody would hold is refused", "[language][fault:I13]")
{
    NoLeaks const no_leaks;
    auto const copy = cmd(child("copy"));
    CHECK_THROWS_AS(run(copy > Stdio::pipe), std::invalid_argument);
    CHECK_THROWS_AS(run(copy.with({.err = Stdio::pipe})),
                    std::invalid_argument);
    CHECK_THROWS_AS(run(copy.with({.in = Stdio::pipe})), std::invalid_argument);
}

TEST_CASE("a bad target of a late stage is told before any stage starts",
          "[language]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const trace = folder / "trace";
    auto const first = sh("touch \"$1\"", "sh", trace);
    CHECK_THROWS_AS(run(first | (cmd(child("copy")) > Stdio(-1))),
                    std::invalid_argument);
    CHECK_FALSE(std::filesystem::exists(trace));
}

TEST_CASE("writing to a FIFO without a reader is an error, not a hang",
          "[language][fault:F09]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const fifo = folder / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    try {
        (void)run(cmd(child("print"), "x") > fifo);
        FAIL("nothing was thrown");
    } catch (SpawnError const& error) {
        CHECK(error.step() == SpawnStep::open);
        CHECK(error.code() == std::errc::no_such_device_or_address);
    }
}

TEST_CASE("a detached child is reaped when a pipeline comes by",
          "[language][fault:P12]")
{
    NoLeaks const no_leaks;
    {
        Popen p({child("copy")}, {.in = Stdio::pipe, .out = Stdio::pipe});
        int const out = ::dup(p.out().fd());
        p.detach();
        char byte;
        CHECK(::read(out, &byte, 1) == 0); // it has closed its stdout
        ::close(out);
    }
    while (!no_leaks.left_behind().empty())
        CHECK(run(cmd(child("exit_with"), 0)));
}

TEST_CASE("what a failed start ends is told to the observer",
          "[language][observer]")
{
    NoLeaks const no_leaks;
    Log log;
    auto const e = cmd("sleep", 100) | cmd("no-such-program");
    CHECK_THROWS_AS(run(e, {.observer = &log}), SpawnError);
    CHECK(log.events
          == Events{"planned 2", "starting 1", "starting 2", "started 1",
                    "refused 2", "killed 1 SIGKILL",
                    "exited 1 killed by SIGKILL"});
}
