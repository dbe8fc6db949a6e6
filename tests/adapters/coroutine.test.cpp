// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs, jobs and lines for coroutines, on the loop of runnel and on others.
#include <runnel/poll_loop.hpp>

#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <map>

#include <sys/epoll.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// A child that writes a line for each byte that it is given.
struct OnDemand {
    OwnPipe pipe = make_pipe();

    auto writer() const
    {
        return cmd(child("lines_on_demand")) < Stdio(pipe.read_end.get());
    }
    void ask() { REQUIRE(::write(pipe.write_end.get(), ".", 1) == 1); }
    void ask_no_more() { pipe.write_end.close(); }
};

/// The loop of somebody else: epoll, and a callback for each descriptor.
class EpollLoop {
public:
    void when_readable(int fd, LoopTime deadline, LoopCallback callback)
    {
        ::epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        ::epoll_ctl(set_.get(), EPOLL_CTL_ADD, fd, &event);
        waits_.emplace(fd, std::pair(deadline, callback));
    }
    void forget(int fd) noexcept
    {
        ::epoll_ctl(set_.get(), EPOLL_CTL_DEL, fd, nullptr);
        waits_.erase(fd);
    }
    bool is_idle() const { return waits_.empty(); }
    void run()
    {
        while (!waits_.empty()) {
            ::epoll_event event{};
            bool const is_ready = ::epoll_wait(set_.get(), &event, 1, 10) == 1;
            auto const now = std::chrono::steady_clock::now();
            for (auto const& [fd, wait] : std::map(waits_))
                if ((is_ready && fd == event.data.fd)
                    || (wait.first && *wait.first <= now)) {
                    forget(fd);
                    wait.second();
                }
        }
    }

private:
    OwnFd set_{::epoll_create1(EPOLL_CLOEXEC)};
    std::map<int, std::pair<LoopTime, LoopCallback>> waits_;
};
static_assert(event_loop<EpollLoop>);
static_assert(!event_loop<int>);

Task<CompletedProcess> run_in(LoopRef loop, Pipeline e, RunOptions options)
{
    co_return co_await async_run(loop, e, options);
}

Task<Strings> lines_in(LoopRef, LineGenerator log)
{
    Strings all;
    while (auto const line = co_await log.next())
        all.emplace_back(*line);
    co_return all;
}

Task<CompletedProcess> wait_in_task(Job& job)
{
    co_return co_await job;
}

} // namespace

// --- runs and jobs ---------------------------------------------------------------------

TEST_CASE("a coroutine awaits a run", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    auto const e = cmd(child("print"), "a") | cmd(child("copy")) | capture;
    auto const done = loop.run(run_in(loop, e, {}));
    CHECK(done.out == "a");
    CHECK(done.stages.size() == 2);
}

TEST_CASE("a coroutine awaits a job with and without a thread", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    auto const e = cmd(child("print"), "a") | capture;
    Job looped = start(e, {.pump = Pump::caller});
    Job threaded = start(e);
    Job bare = start(cmd(child("exit_with"), 3));
    CHECK(loop.run(wait_in_task(looped)).out == "a");
    CHECK(loop.run(wait_in_task(threaded)).out == "a");
    CHECK(loop.run(wait_in_task(bare)).returncode == 3);
}

TEST_CASE("a coroutine may start a job and await it in one expression",
          "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    auto const started = []() -> Task<int> {
        auto const e = cmd(child("print"), "a") | capture;
        auto const first = co_await start(e);
        co_return first.returncode
            + (co_await start(cmd(child("exit_with"), 3))).returncode;
    };
    CHECK(loop.run(started()) == 3);
}

TEST_CASE("a run in a coroutine throws as run does", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    auto const endless = cmd(child("sleep_until_killed")) > devnull;
    CHECK_THROWS_AS(loop.run(run_in(loop, cmd("no-such-program"), {})),
                    SpawnError);
    CHECK_THROWS_AS(
        loop.run(run_in(loop, cmd(child("exit_with"), 3), {.check = true})),
        CalledProcessError);
    CHECK_THROWS_AS(loop.run(run_in(loop, endless, {.timeout = 50ms})),
                    TimeoutExpired);
}

TEST_CASE("a run in a coroutine copies its input", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    std::string input(100'000, 'x');
    auto task = run_in(loop, cmd(child("copy")) | capture, {.input = input});
    task.start(loop);
    input.assign(100'000, 'y');
    loop.run();
    CHECK(task.result().out == std::string(100'000, 'x'));
}

TEST_CASE("coroutines run 200 children at once", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    auto gate = make_pipe(); // no child ends before all have started
    std::vector<Task<CompletedProcess>> tasks;
    for (int i = 0; i < 200; ++i) {
        auto const gated = cmd(child("copy")) < Stdio(gate.read_end.get());
        tasks.push_back(run_in(loop, gated | cmd(child("print"), i) | capture,
                               {.timeout = 60s}));
        tasks.back().start(loop);
    }
    gate.write_end.close();
    loop.run();
    for (int i = 0; i < 200; ++i)
        CHECK(tasks[static_cast<std::size_t>(i)].result().out
              == std::to_string(i));
}

TEST_CASE("a coroutine that comes late calls no child late that was in time",
          "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    auto const options = RunOptions{.timeout = 1ms, .pump = Pump::caller};
    std::vector<Job> jobs;
    for (int i = 0; i < 50; ++i)
        jobs.push_back(start(cmd(child("exit_with"), 0), options));
    for (auto const& job : jobs)
        wait_for_end(job.pids().at(0));
    for (auto& job : jobs)
        CHECK(loop.run(wait_in_task(job)).returncode == 0);
}

// --- lines -----------------------------------------------------------------------------

TEST_CASE("a coroutine reads lines as they come", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    OnDemand demand;
    auto task = [](LineGenerator log, OnDemand& by) -> Task<Strings> {
        Strings all;
        by.ask();
        while (auto const line = co_await log.next()) {
            all.emplace_back(*line);
            if (all.size() < 3)
                by.ask();
            else
                by.ask_no_more();
        }
        co_return all;
    }(async_lines(loop, demand.writer()), demand);
    CHECK(loop.run(std::move(task)) == Strings{"1", "2", "3"});
}

TEST_CASE("a coroutine reads lines of a file, of stderr and of a list",
          "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    TemporaryDirectory const directory;
    write_file(directory / "f", "a\nb");
    auto const all = [&](LineRange range) {
        return loop.run(lines_in(loop, async_lines(loop, std::move(range))));
    };
    CHECK(all(Stdio(directory / "f") | lines) == Strings{"a", "b"});
    CHECK(all(stderr_of(sh("echo e >&2")) | lines) == Strings{"e"});
    auto const list = seq(cmd(child("print"), "a\n"), cmd(child("print"), "b"));
    CHECK(all(list | lines) == Strings{"a", "b"});
}

TEST_CASE("the failure of a command comes to a coroutine after its lines",
          "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    auto const e = sh("echo a; exit 3");
    CHECK_THROWS_AS(loop.run(lines_in(loop, async_lines(loop, e))),
                    CalledProcessError);
    auto log = async_lines(loop, e, {.check = false});
    CHECK(loop.run(lines_in(loop, log)) == Strings{"a"});
    CHECK(log.result().returncode == 3);
}

// --- tasks -----------------------------------------------------------------------------

TEST_CASE("a task awaits tasks, whether they run already or not", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    auto const e = cmd(child("print"), "a") | capture;
    auto const outer = [&]() -> Task<std::string> {
        auto first = run_in(loop, e, {});
        first.start(loop);
        auto second = run_in(loop, e, {});
        auto const third = co_await run_in(loop, e, RunOptions());
        auto const of_second = co_await second;
        auto const of_first = co_await first;
        co_return of_first.out.str() + of_second.out.str() + third.out.str();
    };
    CHECK(loop.run(outer()) == "aaa");
}

TEST_CASE("an exception passes through tasks", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    auto const inner = [&]() -> Task<> {
        co_await async_run(loop, cmd("no-such-program"));
    };
    auto const outer = [&]() -> Task<int> {
        co_await inner();
        co_return 1;
    };
    CHECK_THROWS_AS(loop.run(outer()), SpawnError);
}

TEST_CASE("a task awaits what other libraries make awaitable", "[coroutine]")
{
    struct Ready {
        bool await_ready() const { return true; }
        void await_suspend(std::coroutine_handle<>) const {}
        int await_resume() const { return 1; }
    };
    struct Converted {
        Ready operator co_await() const { return {}; }
    };
    PollLoop loop;
    auto const sum = []() -> Task<int> {
        Ready const named;
        int const first = co_await named;
        int const second = co_await Ready();
        co_return first + second + co_await Converted();
    };
    CHECK(loop.run(sum()) == 3);
}

TEST_CASE("a task begins once, and has a result at its end only", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    auto task = run_in(loop, cmd(child("exit_with"), 3), {});
    CHECK_THROWS_AS(task.result(), std::logic_error);
    task.start(loop);
    CHECK_THROWS_AS(task.start(loop), std::logic_error);
    loop.run();
    REQUIRE(task.is_done());
    CHECK(task.result().returncode == 3);
}

TEST_CASE("a task that waits for nothing of the loop does not hang it",
          "[coroutine]")
{
    PollLoop loop;
    auto const stuck = []() -> Task<> { co_await std::suspend_always(); };
    CHECK_THROWS_AS(loop.run(stuck()), std::logic_error);
}

TEST_CASE("a task that is destroyed ends what it runs, and the loop forgets it",
          "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    {
        auto task =
            run_in(loop, cmd(child("sleep_until_killed")) > devnull, {});
        task.start(loop);
        CHECK_FALSE(task.is_done());
    }
    CHECK(no_leaks.left_behind() == "");
    CHECK_FALSE(loop.run_once());
}

TEST_CASE("a wait that is destroyed leaves the job alone", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    OnDemand demand;
    Job job = start(demand.writer() | capture, {.pump = Pump::caller});
    {
        auto task = wait_in_task(job);
        task.start(loop);
    }
    CHECK_FALSE(loop.run_once());
    demand.ask();
    demand.ask_no_more();
    CHECK(loop.run(wait_in_task(job)).out == "1\n");
}

// --- loops -----------------------------------------------------------------------------

TEST_CASE("any loop that waits for descriptors runs coroutines", "[coroutine]")
{
    NoLeaks const no_leaks;
    EpollLoop loop;
    auto run = run_in(loop, cmd(child("print"), "a") | capture, {});
    auto late = run_in(loop, cmd(child("sleep_until_killed")) > devnull,
                       {.timeout = 50ms});
    auto log = lines_in(loop, async_lines(loop, cmd(child("print"), "x\ny")));
    run.start(loop);
    late.start(loop);
    log.start(loop);
    loop.run();
    CHECK(run.result().out == "a");
    CHECK_THROWS_AS(late.result(), TimeoutExpired);
    CHECK(log.result() == Strings{"x", "y"});
}

TEST_CASE("a callback that throws leaves the other callbacks to the next turn",
          "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    auto pipe = make_pipe();
    auto other = make_pipe();
    pipe.write_end.close();
    other.write_end.close();
    bool was_called = false;
    loop.when_readable(pipe.read_end.get(), {},
                       [] { throw std::runtime_error("first"); });
    loop.when_readable(other.read_end.get(), {}, [&] { was_called = true; });
    CHECK_THROWS_AS(loop.run_once(), std::runtime_error);
    CHECK_FALSE(was_called);
    CHECK(loop.run_once());
    CHECK(was_called);
    CHECK_FALSE(loop.run_once());
}

TEST_CASE("a callback may forget a wait that is due as well", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    auto pipe = make_pipe();
    auto other = make_pipe();
    pipe.write_end.close();
    other.write_end.close();
    int const second = other.read_end.get();
    loop.when_readable(pipe.read_end.get(), {}, [&] { loop.forget(second); });
    loop.when_readable(second, {}, [] { FAIL("it was forgotten"); });
    CHECK(loop.run_once());
    CHECK_FALSE(loop.run_once());
}

TEST_CASE("the loop wakes at a deadline", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    auto const pipe = make_pipe();
    auto const deadline = std::chrono::steady_clock::now() + 20ms;
    bool was_late = false;
    loop.when_readable(pipe.read_end.get(), deadline, [&] {
        was_late = std::chrono::steady_clock::now() >= deadline;
    });
    loop.run();
    CHECK(was_late);
}

// --- a task and the one that awaits it -------------------------------------------------

namespace {

/// Ends when `asker` asks no more.
Task<int> told_later(PollLoop& loop, OnDemand const& asker)
{
    auto const e = asker.writer() > devnull;
    co_await async_run(loop, e);
    co_return 7;
}

Task<> add_result(Task<int>& of, int& to)
{
    to += co_await of;
}

} // namespace

TEST_CASE("a task goes on alone when the coroutine that awaits it is destroyed",
          "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    OnDemand asker;
    auto awaited = told_later(loop, asker);
    awaited.start(loop);
    int sum = 0;
    {
        auto const waiter = [&] {
            auto task = add_result(awaited, sum);
            task.start(loop);
            return task;
        }();
    }
    asker.ask_no_more();
    loop.run();
    CHECK(awaited.result() == 7);
    CHECK(sum == 0);
}

TEST_CASE("a coroutine may outlive the task that it awaits", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    int sum = 0;
    OnDemand asker;
    std::optional awaited(told_later(loop, asker));
    awaited->start(loop);
    auto waiter = add_result(*awaited, sum);
    waiter.start(loop);
    awaited.reset();
    asker.ask_no_more();
    loop.run();
    CHECK_FALSE(waiter.is_done());
    CHECK(sum == 0);
}

TEST_CASE("only one coroutine awaits a task", "[coroutine]")
{
    NoLeaks const no_leaks;
    PollLoop loop;
    int sum = 0;
    OnDemand asker;
    auto awaited = told_later(loop, asker);
    awaited.start(loop);
    auto first = add_result(awaited, sum);
    first.start(loop);
    auto second = add_result(awaited, sum);
    second.start(loop);
    CHECK(message_of<std::logic_error>([&] { second.result(); })
          == "this Task is awaited already");
    asker.ask_no_more();
    loop.run();
    first.result();
    CHECK(sum == 7);
}
