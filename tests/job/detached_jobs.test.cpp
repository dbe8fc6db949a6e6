// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Jobs that go on without their object, and without this process.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/process.hpp"
#include "support/tree.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <string>
#include <unistd.h>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

Command copy()
{
    return cmd(child("copy"));
}

/// A pipeline between two pipes of the test.
struct Outside {
    OwnPipe in = make_pipe();
    OwnPipe out = make_pipe();

    Pipeline expression() const
    {
        return (copy() < Stdio(in.read_end.get()))
             | (copy() > Stdio(out.write_end.get()));
    }

    /// What comes out when `text` goes in.
    std::string answer_to(std::string_view text)
    {
        CHECK(::write(in.write_end.get(), text.data(), text.size())
              == static_cast<ssize_t>(text.size()));
        in.write_end.close();
        out.write_end.close();
        std::string all;
        char byte = 0;
        while (::read(out.read_end.get(), &byte, 1) == 1)
            all += byte;
        return all;
    }
};

/// Checks that a job is not detached, and goes on.
void refuses(Expression const& expression, RunOptions const& options,
             std::string_view why)
{
    CAPTURE(why);
    auto job = start(expression, options);
    auto const message = message_of<std::logic_error>([&] { job.detach(); });
    CHECK(message.starts_with("cannot detach \""));
    CHECK(message.find(why) != std::string::npos);
    if (job.in().is_open())
        job.in().close();
    CHECK(job.wait());
}

/// Waits until children have ended, and lets the library reap them.
void reap(std::vector<int> const& pids)
{
    for (int const pid : pids)
        wait_for_end(pid);
    CHECK(run(cmd(child("exit_with"), 0)));
}

} // namespace

TEST_CASE("a detached job goes on without its object, and leaves no zombie",
          "[job][ends][detach]")
{
    NoLeaks const no_leaks;
    struct : Observer {
    } observer;
    auto const observed = GENERATE(false, true); // with a thread, or without
    Outside outside;
    std::vector<int> pids;
    {
        auto job = start(outside.expression(),
                         {.observer = observed ? &observer : nullptr});
        pids = job.pids();
        job.detach();
        CHECK_THROWS_AS(job.wait(), std::logic_error);
        CHECK_THROWS_AS(job.detach(), std::logic_error);
    }
    CHECK(outside.answer_to("still there") == "still there");
    reap(pids);
}

TEST_CASE("a detached job leaves its set, and a thread stops waiting for it",
          "[job][ends][detach]")
{
    NoLeaks const no_leaks;
    Outside outside;
    auto job = start(outside.expression());
    auto const pids = job.pids();
    WaitSet set;
    set.add(job);
    job.detach();
    CHECK(set.empty());
    CHECK_FALSE(set.wait());
    CHECK(outside.answer_to("x") == "x");
    reap(pids);
}

TEST_CASE("a job whose streams are closed can be detached",
          "[job][ends][detach]")
{
    NoLeaks const no_leaks;
    auto job = start(sh("read line; kill -STOP $$") < Stdio::pipe);
    auto const pid = job.pids()[0];
    CHECK_THROWS_AS(job.detach(), std::logic_error);
    job.in().write("configuration\n");
    job.in().close();
    job.detach();
    ::kill(pid, SIGKILL);
    reap({pid});
}

TEST_CASE("a job that needs this process is not detached, and is as before",
          "[job][ends][detach]")
{
    NoLeaks const no_leaks;
    StopSource const stop;
    auto const in = copy() < "/dev/null";
    auto const out = copy() > "/dev/null";
    auto const e = in > "/dev/null";
    auto const upper = stage(std::views::take(1));
    refuses(in | capture, {}, "its output is captured");
    refuses(in, {.capture_output = true}, "captured");
    refuses(in | tee("/dev/null") | out, {}, "a tee or an in-process stage");
    refuses(in | upper | out, {}, "a tee or an in-process stage");
    refuses((copy() < text("x")) > "/dev/null", {}, "its input comes from");
    refuses(out, {.input = "x"}, "its input comes from");
    refuses(copy() < Stdio::pipe > "/dev/null", {}, "a stream of the job");
    refuses(e && e, {}, "it is a list");
    refuses(in.timeout(600s), {}, "a command has a time");
    refuses(e, {.timeout = 600s}, "it has a time limit");
    refuses(e, {.stop = stop.token()}, "it has a stop token");
    refuses(in.with({.die_with_parent = SIGKILL}), {}, "die_with_parent");
    if (has_cgroups())
        refuses(in, {.containment = Containment::cgroup}, "runs in a cgroup");
}

TEST_CASE("a job of another executor is detached only after its end",
          "[job][ends][detach]")
{
    NoLeaks const no_leaks;
    std::string log;
    DryRun dry(log);
    auto job = start(cmd("server"), {.executor = &dry});
    job.detach();
    CHECK(log == "server\n");
}
