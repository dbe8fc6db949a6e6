// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What becomes of the processes that a command has started, for every way of
// ending and every containment.
#include "support/collect.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/tree.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// SIGTERM, and SIGKILL soon after.
Teardown const quick{{SIGTERM, 30ms}};

using Clock = std::chrono::steady_clock;

/// A command that was ended: what it had printed, and when its end was asked for.
struct Ended {
    std::string line;
    Clock::time_point asked = Clock::now();
};

/// Starts `grow_tree(kind)`, reads what it prints, and ends it. Nothing if the time
/// for reading was too short.
struct WayToEnd {
    char const* name;
    std::function<std::optional<Ended>(std::string const& kind, Containment,
                                       std::chrono::milliseconds limit)>
        end;
};

std::optional<Ended> by_time_limit(Expression const& e,
                                   RunOptions const& options,
                                   std::chrono::milliseconds limit)
{
    Ended ended;
    try {
        auto job = start(e, options);
        ended.asked = Clock::now() + limit;
        ended.line = job.out().readline();
        job.wait();
    } catch (TimeoutExpired const&) {
    }
    return ended.line.empty() ? std::nullopt : std::optional(ended);
}

Ended by_exception(std::string const& kind, Containment level)
{
    Ended ended;
    auto const thrower = stage([&](LineRange in) {
        ended = {std::string(*in.begin())};
        if (!ended.line.empty())
            throw std::runtime_error("enough");
        return Strings();
    });
    CHECK_THROWS_AS(run(grow_tree(kind) | thrower,
                        {.teardown = quick, .containment = level}),
                    std::runtime_error);
    return ended;
}

struct Log : Observer {
    void killed(Killed const& e) noexcept override
    {
        signals.push_back(e.signal);
    }
    std::vector<int> signals;
};

/// Reads a line, and waits until the command that wrote the line has ended: the
/// process of that line then has another parent than the leader of its group.
auto first_line_after_the_end()
{
    return stage([](LineRange in) {
        Strings all{std::string(*in.begin())};
        auto const stat = "/proc/" + all.front() + "/stat";
        for (bool ended = false; !ended;) {
            int parent = 0;
            int group = 0;
            std::ifstream(stat).ignore(1000, ')').ignore(3) >> parent >> group;
            ended = parent != group;
        }
        return all;
    });
}

std::vector<WayToEnd> const ways = {
    {"time limit",
     [](auto const& kind, auto level, auto limit) {
         return by_time_limit(grow_tree(kind) > Stdio::pipe,
                              {.timeout = limit, .containment = level}, limit);
     }},
    {"time limit of the stage",
     [](auto const& kind, auto level, auto limit) {
         return by_time_limit(grow_tree(kind).timeout(limit) > Stdio::pipe,
                              {.teardown = quick, .containment = level}, limit);
     }},
    {"stop request",
     [](auto const& kind, auto level, auto) -> std::optional<Ended> {
         StopSource stop;
         auto job = start(
             grow_tree(kind) > Stdio::pipe,
             {.stop = stop.token(), .teardown = quick, .containment = level});
         Ended const ended{job.out().readline()};
         stop.request_stop();
         CHECK_THROWS_AS(job.wait(), StopRequested);
         return ended;
     }},
    {"limit of a capture",
     [](auto const& kind, auto level, auto) -> std::optional<Ended> {
         Ended ended;
         try {
             (void)run(grow_tree(kind, "talk") > capture,
                       {.limit = {.bytes = 20, .excess = CaptureLimit::fail},
                        .teardown = quick,
                        .containment = level});
         } catch (CaptureOverflow const& overflow) {
             ended.line = overflow.result().out.view();
         }
         return ended;
     }},
    {"exception", [](auto const& kind, auto level,
                     auto) { return by_exception(kind, level); }},
    {"destructor of a `Job`",
     [](auto const& kind, auto level, auto) -> std::optional<Ended> {
         auto job = start(grow_tree(kind) > Stdio::pipe,
                          {.teardown = quick, .containment = level});
         return Ended{job.out().readline()};
     }},
    {"`Job::kill`",
     [](auto const& kind, auto level, auto) -> std::optional<Ended> {
         auto job =
             start(grow_tree(kind) > Stdio::pipe, {.containment = level});
         Ended const ended{job.out().readline()};
         job.kill();
         job.wait();
         return ended;
     }},
    {"leaving a range",
     [](auto const& kind, auto level, auto) -> std::optional<Ended> {
         for (auto const& line :
              grow_tree(kind)
                  | lines({.teardown = quick, .containment = level}))
             return Ended{std::string(line)};
         return {};
     }},
    {"destructor of a `Popen`",
     [](auto const& kind, auto level, auto) -> std::optional<Ended> {
         Popen p({child("grow_tree"), kind, "stay"},
                 {.out = Stdio::pipe,
                  .on_destroy = OnDestroy::teardown,
                  .teardown = quick,
                  .containment = level});
         return Ended{p.out().readline()};
     }},
    {"`Popen::kill`",
     [](auto const& kind, auto level, auto) -> std::optional<Ended> {
         Popen p({child("grow_tree"), kind, "stay"},
                 {.out = Stdio::pipe, .containment = level});
         Ended const ended{p.out().readline()};
         p.kill();
         p.wait();
         return ended;
     }},
};

/// Tries with longer limits until the command had time to print.
Ended end_by(WayToEnd const& way, std::string const& kind, Containment level)
{
    for (auto limit = 30ms;; limit *= 2)
        if (auto ended = way.end(kind, level, limit))
            return *ended;
}

} // namespace

TEST_CASE("every way of ending reaches what the container reaches",
          "[job][containment][fault:W01][fault:W12]")
{
    for (auto const level : containments())
        for (auto const* kind : tree_kinds)
            for (auto const& way : ways) {
                NoLeaks const no_leaks;
                CAPTURE(to_string(level), kind, way.name);
                Grandchild const grandchild(end_by(way, kind, level).line);
                if (reaches(level, kind))
                    grandchild.wait_for_end();
                else
                    CHECK(grandchild.runs());
            }
}

namespace {

/// "lives: group, session; 35 ms"
std::string cell(WayToEnd const& way, Containment level)
{
    std::string living;
    std::chrono::milliseconds longest{0};
    for (auto const* kind : tree_kinds) {
        auto const ended = end_by(way, kind, level);
        Grandchild const grandchild(ended.line);
        while (reaches(level, kind) && grandchild.runs()) {}
        auto const took = Clock::now() - ended.asked;
        longest = std::max(longest,
                           std::chrono::ceil<std::chrono::milliseconds>(took));
        if (grandchild.runs())
            living += (living.empty() ? "" : ", ") + std::string(kind);
    }
    return (living.empty() ? "nothing" : living) + "; "
         + std::to_string(longest.count()) + " ms";
}

} // namespace

// Makes the table in docs/stop.md.
TEST_CASE("the table of what lives on after each ending",
          "[.table][containment]")
{
    std::string heading = "| ended by |";
    std::string line = "| --- |";
    for (auto const level : containments()) {
        heading += " `" + std::string(to_string(level)) + "` |";
        line += " --- |";
    }
    std::printf("%s\n%s\n", heading.c_str(), line.c_str());
    for (auto const& way : ways) {
        std::printf("| %s |", way.name);
        for (auto const level : containments())
            std::printf(" %s |", cell(way, level).c_str());
        std::printf("\n");
    }
}

TEST_CASE("an ending is over when all that it reaches has ended",
          "[job][containment]")
{
    for (auto const level : containments())
        for (auto const* kind : tree_kinds) {
            if (!reaches(level, kind))
                continue;
            NoLeaks const no_leaks;
            CAPTURE(to_string(level), kind);
            Popen p(
                {child("grow_tree"), kind, "stay"},
                {.out = Stdio::pipe, .teardown = quick, .containment = level});
            Grandchild const grandchild(p.out().readline());
            p.tear_down();
            CHECK_FALSE(grandchild.runs());
        }
}

TEST_CASE("what a command left behind is ended although the command has ended",
          "[job][containment]")
{
    for (auto const level : containments()) {
        NoLeaks const no_leaks;
        CAPTURE(to_string(level));
        auto job = start(seq(grow_tree("child", "leave"), grow_tree("child"))
                             > Stdio::pipe,
                         {.teardown = quick, .containment = level});
        Grandchild const first(job.out().readline());
        Grandchild const second(job.out().readline());
        job.tear_down();
        CHECK(first.runs() != reaches(level, "child"));
        CHECK(second.runs() != reaches(level, "child"));
    }
}

TEST_CASE("a command that ends by itself leaves its children alone",
          "[job][containment]")
{
    for (auto const level : containments()) {
        NoLeaks const no_leaks;
        CAPTURE(to_string(level));
        auto const done =
            run(grow_tree("child", "leave") > capture, {.containment = level});
        CHECK(done);
        Grandchild const grandchild(done.out.str());
        CHECK(grandchild.runs());
    }
}

TEST_CASE("a time limit ends what holds a pipe of the run",
          "[job][containment][fault:W01]")
{
    for (auto const level : containments()) {
        NoLeaks const no_leaks;
        CAPTURE(to_string(level));
        auto const done = run(grow_tree("pipe", "leave") > capture,
                              {.timeout = 100ms, .containment = level});
        CHECK(done);
        CHECK(done.drained == reaches(level, "pipe"));
        Grandchild const grandchild(done.out.str());
        CHECK(grandchild.runs() != reaches(level, "pipe"));
    }
}

TEST_CASE("a drain limit leaves alone what holds a pipe of the run",
          "[job][containment]")
{
    for (auto const level : containments()) {
        NoLeaks const no_leaks;
        CAPTURE(to_string(level));
        auto const done = run(grow_tree("pipe", "leave") > capture,
                              {.drain = 50ms, .containment = level});
        CHECK(done);
        Grandchild const grandchild(done.out.str());
        CHECK(grandchild.runs());
    }
}

TEST_CASE("the result says what a command ran in", "[job][containment]")
{
    NoLeaks const no_leaks;
    for (auto const level : containments()) {
        CAPTURE(to_string(level));
        CHECK(run(cmd("true"), {.containment = level}).stages[0].containment
              == level);
    }
    auto const best =
        has_cgroups() ? Containment::cgroup : Containment::session;
    auto const done =
        run(cmd("true").contained(Containment::group) | cmd("true")
            | cmd("true").contained(Containment::best));
    CHECK(done.stages[0].containment == Containment::group);
    CHECK(done.stages[1].containment == Containment::none);
    CHECK(done.stages[2].containment == best);
    CHECK(run(cmd("/none") || cmd("true"), {.containment = Containment::group})
              .stages[0]
              .containment
          == Containment::none);
}

TEST_CASE("a command's own container goes before that of the run",
          "[job][containment]")
{
    NoLeaks const no_leaks;
    auto const done =
        run((cmd("true").contained(Containment::group) | cmd("true"))
                .contained(Containment::session),
            {.containment = Containment::none});
    CHECK(done.stages[0].containment == Containment::group);
    CHECK(done.stages[1].containment == Containment::session);
}

TEST_CASE("a process group and a container exclude each other",
          "[job][containment]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const trace = directory / "trace";
    auto const e = sh("echo x >\"$0\"", trace).with({.process_group = 1});
    for (auto const level :
         {Containment::group, Containment::session, Containment::best}) {
        CHECK_THROWS_AS(run(e, {.containment = level}), std::invalid_argument);
        CHECK_THROWS_AS(run(e.contained(level)), std::invalid_argument);
    }
    CHECK_FALSE(std::filesystem::exists(trace));
    CHECK(run(cmd("true").with({.process_group = 0}),
              {.containment = Containment::group}));
    CHECK(run(cmd("true").with({.start_new_session = true}),
              {.containment = Containment::group}));
    CHECK(run(cmd("true").with({.start_new_session = true}),
              {.containment = Containment::session}));
}

TEST_CASE("only a contained command leads a group or a session",
          "[job][containment]")
{
    NoLeaks const no_leaks;
    auto const facts = sh("cut -d' ' -f5,6 /proc/$$/stat; echo $$");
    auto const read_facts = [&](Containment level) {
        return split(read(facts, {.containment = level}));
    };
    auto const group = read_facts(Containment::group);
    CHECK(group[0] == group[2]);
    CHECK(group[1] != group[2]);
    auto const session = read_facts(Containment::session);
    CHECK(session[0] == session[2]);
    CHECK(session[1] == session[2]);
    auto const none = read_facts(Containment::none);
    CHECK(none[0] != none[2]);
}

TEST_CASE("a cgroup is removed at the end", "[job][containment][cgroup]")
{
    if (!has_cgroups())
        return;
    NoLeaks const no_leaks;
    auto const directory = split(read(cmd("cat", "/proc/self/cgroup"),
                                      {.containment = Containment::cgroup}));
    auto const name = directory.back();
    auto const own = name.substr(name.rfind('/'));
    CHECK(own.starts_with("/runnel-"));
    CHECK_FALSE(read(cmd("cat", "/proc/self/cgroup")).find(own)
                != std::string::npos);
    CHECK(cgroups_left() == "");
}

TEST_CASE("what lives on in a cgroup moves out of it at the end",
          "[job][containment][cgroup]")
{
    if (!has_cgroups())
        return;
    NoLeaks const no_leaks;
    auto const done = run(grow_tree("session", "leave") > capture,
                          {.containment = Containment::cgroup});
    Grandchild const grandchild(done.out.str());
    CHECK(grandchild.runs());
    CHECK(cgroups_left() == "");
}

TEST_CASE("a process that starts others all the time is ended by a cgroup",
          "[job][containment][cgroup][fault:W12]")
{
    if (!has_cgroups())
        return;
    NoLeaks const no_leaks;
    // Each one starts the next in a session of its own, and ends.
    TemporaryDirectory const directory;
    auto const script = directory / "chain";
    write_file(script, "#!/bin/sh\nexec setsid -f \"$0\"\n");
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    auto job =
        start(sh("\"$1\"; echo r; exec sleep 60", "sh", script) > Stdio::pipe,
              {.teardown = quick, .containment = Containment::cgroup});
    CHECK(job.out().readline() == "r\n");
    job.tear_down();
    CHECK(read(sh("pgrep -f \"$0\" | grep -v $$ || :", script)) == "");
}

TEST_CASE("a cgroup ends a fork bomb", "[job][containment][cgroup][fault:W12]")
{
    if (!has_cgroups())
        return;
    NoLeaks const no_leaks;
    auto pipe = make_pipe(); // each process of the bomb holds it
    auto job = start((cmd(child("fork_bomb"), 60) > Stdio::pipe)
                         > fd(5, pipe.write_end.get()),
                     {.teardown = quick, .containment = Containment::cgroup});
    CHECK(job.out().readline() == "r\n");
    job.tear_down();
    pipe.write_end.close();
    char byte = 0;
    CHECK(::read(pipe.read_end.get(), &byte, 1) == 0);
}

TEST_CASE("where no cgroup can be made, best is a session",
          "[job][containment][cgroup]")
{
    NoLeaks const no_leaks;
    OtherCalls const no_directory([](posix::Calls& table) {
        table.mkdir = [](char const*, unsigned) { return -EACCES; };
    });
    Popen p({"true"}, {.containment = Containment::best});
    CHECK(p.containment() == Containment::session);
    CHECK_THROWS_AS(Popen({"true"}, {.containment = Containment::cgroup}),
                    SpawnError);
    try {
        (void)run(cmd("true"), {.containment = Containment::cgroup});
        FAIL("a cgroup was made");
    } catch (SpawnError const& error) {
        CHECK(error.step() == SpawnStep::cgroup);
        CHECK(error.code() == std::errc::permission_denied);
    }
}

TEST_CASE("the signals of a Popen reach its container, also after its end",
          "[popen][containment]")
{
    for (auto const level : containments()) {
        NoLeaks const no_leaks;
        CAPTURE(to_string(level));
        Popen p({child("grow_tree"), "child", "leave"},
                {.out = Stdio::pipe, .containment = level});
        Grandchild const grandchild(p.out().readline());
        CHECK(p.wait() == 0);
        CHECK(grandchild.runs());
        p.terminate();
        if (reaches(level, "child"))
            grandchild.wait_for_end();
        else
            CHECK(grandchild.runs());
    }
}

TEST_CASE("nothing is sent to a container that other code may have freed",
          "[popen][containment][fault:W05]")
{
    NoLeaks const no_leaks;
    Log log;
    Popen p({child("grow_tree"), "child", "leave"},
            {.out = Stdio::pipe,
             .containment = Containment::group,
             .observer = &log});
    Grandchild const grandchild(p.out().readline());
    int const pid = p.pid();
    CHECK(::waitpid(pid, nullptr, 0) == pid); // as other code would
    p.wait();
    p.kill();
    CHECK(log.signals.empty());
}

TEST_CASE("a forwarded signal reaches the group of a command",
          "[job][containment][signals]")
{
    for (auto const level : containments()) {
        NoLeaks const no_leaks;
        CAPTURE(to_string(level));
        auto job =
            start(grow_tree("child") > Stdio::pipe, {.containment = level});
        Grandchild const grandchild(job.out().readline());
        job.forward(SIGTERM);
        CHECK(job.wait().returncode == -SIGTERM);
        if (reaches(level, "child"))
            grandchild.wait_for_end();
        else
            CHECK(grandchild.runs());
    }
}

TEST_CASE("an ending waits for what ends later, however long the grace is",
          "[job][containment]")
{
    for (auto const level : containments()) {
        if (!reaches(level, "slow"))
            continue;
        NoLeaks const no_leaks;
        CAPTURE(to_string(level));
        auto job = start(grow_tree("slow") > Stdio::pipe,
                         {.teardown = {{SIGTERM, 1h}}, .containment = level});
        Grandchild const grandchild(job.out().readline());
        job.tear_down();
        CHECK_FALSE(grandchild.runs());
    }
}

TEST_CASE("what a command left behind ends when its reader leaves",
          "[job][containment]")
{
    NoLeaks const no_leaks;
    auto const e = grow_tree("pipe", "leave") | first_line_after_the_end();
    auto const done = run(e | capture, {.teardown = {{SIGTERM, 1h}},
                                        .containment = Containment::group});
    CHECK(done);
    CHECK_FALSE(runs(std::stoi(done.out.str())));
}

TEST_CASE("a kill that reaches nobody is repeated", "[popen][containment]")
{
    NoLeaks const no_leaks;
    Popen p({child("grow_tree"), "child", "stay"},
            {.out = Stdio::pipe, .containment = Containment::session});
    Grandchild const grandchild(p.out().readline());
    Faults faults;
    faults.fail_once("getdents", EMFILE); // of the list of processes
    p.tear_down(Teardown::kill());
    CHECK(faults.failed() == "getdents");
    CHECK_FALSE(grandchild.runs());
}

TEST_CASE("a contained job that has ended leaves no zombie",
          "[job][containment]")
{
    for (auto const level : containments()) {
        NoLeaks const no_leaks;
        CAPTURE(to_string(level));
        auto job = start(cmd("true"), {.containment = level});
        job.wait();
        CHECK(no_leaks.left_behind() == "");
    }
}

TEST_CASE("a pipeline that cannot be started leaves nothing in a container",
          "[job][containment]")
{
    for (auto const level : containments()) {
        NoLeaks const no_leaks;
        CAPTURE(to_string(level));
        auto const report = make_pipe();
        // The second command fails when the first one has a child already.
        auto const tell_and_fail = [fd = report.write_end.get()] {
            char line[32];
            auto const length = ::read(0, line, sizeof line);
            (void)!::write(fd, line, static_cast<std::size_t>(length));
            throw std::runtime_error("enough");
        };
        CHECK_THROWS_AS(
            run(grow_tree("child")
                    | cmd("true").with({.preexec_fn = tell_and_fail}),
                {.containment = level}),
            SpawnError);
        char line[32] = {};
        CHECK(::read(report.read_end.get(), line, sizeof line - 1) > 0);
        Grandchild const grandchild(line);
        if (reaches(level, "child"))
            grandchild.wait_for_end();
        else
            CHECK(grandchild.runs());
    }
}
