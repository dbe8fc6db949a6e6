// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs, jobs and lines for an event loop of Asio.
#include <runnel/asio.hpp>

#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/process.hpp"

#include <runnel/runnel.hpp>

#include <asio/bind_allocator.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <future>

#include <fcntl.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;
using asio::use_awaitable;
using Cancel = asio::cancellation_type;

namespace {

/// What an operation has completed with.
template <class Result>
struct Outcome {
    bool is_there = false;
    std::exception_ptr failure;
    Result result{};

    auto handler()
    {
        return [this](std::exception_ptr why, Result what) {
            is_there = true;
            failure = std::move(why);
            result = std::move(what);
        };
    }
    auto handler(asio::cancellation_signal& signal)
    {
        return asio::bind_cancellation_slot(signal.slot(), handler());
    }
    void rethrow() const
    {
        REQUIRE(is_there);
        if (failure)
            std::rethrow_exception(failure);
    }
};
using RunOutcome = Outcome<CompletedProcess>;
using LineOutcome = Outcome<std::optional<std::string>>;

bool was_aborted(std::exception_ptr const& failure)
{
    try {
        std::rethrow_exception(failure);
    } catch (asio::system_error const& error) {
        return error.code() == asio::error::operation_aborted;
    }
}

/// Counts what is allocated and not yet freed.
template <class T>
struct CountingAllocator {
    using value_type = T;
    int* live;

    explicit CountingAllocator(int& count) : live(&count) {}
    template <class Other>
    CountingAllocator(CountingAllocator<Other> const& other) : live(other.live)
    {
    }
    T* allocate(std::size_t count)
    {
        ++*live;
        return std::allocator<T>().allocate(count);
    }
    void deallocate(T* place, std::size_t count)
    {
        --*live;
        std::allocator<T>().deallocate(place, count);
    }
    template <class Other>
    bool operator==(CountingAllocator<Other> const& other) const
    {
        return live == other.live;
    }
};

/// Runs `make()`, an awaitable, to its end, and gives its result.
template <class Make>
auto run_awaitable(asio::io_context& io, Make make)
{
    auto future = asio::co_spawn(io, make(), asio::use_future);
    io.run();
    io.restart();
    return future.get();
}

/// A child that tells when it is ready.
struct ReadyChild {
    OwnPipe pipe = make_pipe();

    auto expression(char const* name) const
    {
        return cmd(child(name)) > Stdio(pipe.write_end.get());
    }
    /// Lets `io` start the child, and waits until it is ready.
    void wait(asio::io_context& io)
    {
        io.poll();
        char byte;
        REQUIRE(::read(pipe.read_end.get(), &byte, 1) == 1);
    }
};

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

} // namespace

// --- async_run -----------------------------------------------------------------------

TEST_CASE("async_run gives a callback what run returns", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    RunOutcome outcome;
    async_run(io, cmd(child("print"), "a\n") | cmd(child("copy")) | capture,
              outcome.handler());
    CHECK_FALSE(outcome.is_there);
    io.run();
    outcome.rethrow();
    CHECK(outcome.result.out == "a\n");
    CHECK(outcome.result.stages.size() == 2);
}

TEST_CASE("async_run takes an executor in place of a context", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    auto const strand = asio::make_strand(io);
    RunOutcome outcome;
    bool was_in_strand = false;
    async_run(strand, cmd(child("exit_with"), 3),
              asio::bind_executor(
                  strand, [&](std::exception_ptr, CompletedProcess done) {
                      was_in_strand = strand.running_in_this_thread();
                      outcome.result = std::move(done);
                  }));
    io.run();
    CHECK(outcome.result.returncode == 3);
    CHECK(was_in_strand);
}

TEST_CASE("async_run gives a future", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    auto good = async_run(io, cmd(child("exit_with"), 0), asio::use_future);
    auto bad = async_run(io, cmd("no-such-program"), asio::use_future);
    io.run();
    CHECK(good.get());
    CHECK_THROWS_AS(bad.get(), SpawnError);
}

TEST_CASE("async_run can be awaited", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    auto const e = cmd(child("print"), "a") | capture;
    auto const done =
        run_awaitable(io, [&] { return async_run(io, e, use_awaitable); });
    CHECK(done.out == "a");
}

TEST_CASE("async_run starts nothing before the loop runs", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    RunOutcome outcome;
    async_run(io, cmd("no-such-program"), outcome.handler());
    CHECK_FALSE(outcome.is_there);
    io.run();
    CHECK_THROWS_AS(outcome.rethrow(), SpawnError);
}

TEST_CASE("async_run copies the expression and the input", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    RunOutcome outcome;
    {
        std::string input(100'000, 'x');
        async_run(io, cmd(child("copy")) | capture, {.input = input},
                  outcome.handler());
        input.assign(100'000, 'y');
    }
    io.run();
    outcome.rethrow();
    CHECK(outcome.result.out == std::string(100'000, 'x'));
}

TEST_CASE("async_run throws as run does", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    RunOutcome failed;
    RunOutcome late;
    RunOutcome stopped;
    StopSource const source;
    async_run(io, cmd(child("exit_with"), 3), {.check = true},
              failed.handler());
    async_run(io, cmd(child("sleep_until_killed")) > devnull, {.timeout = 50ms},
              late.handler());
    async_run(io, cmd(child("sleep_until_killed")) > devnull,
              {.stop = source.token()}, stopped.handler());
    io.poll();
    source.request_stop();
    io.run();
    CHECK_THROWS_AS(failed.rethrow(), CalledProcessError);
    CHECK_THROWS_AS(late.rethrow(), TimeoutExpired);
    CHECK_THROWS_AS(stopped.rethrow(), StopRequested);
}

TEST_CASE("a loop of Asio runs 200 children at once", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    std::vector<RunOutcome> outcomes(200);
    auto gate = make_pipe(); // no child ends before all have started
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        async_run(io,
                  ((cmd(child("copy")) < Stdio(gate.read_end.get()))
                   | cmd(child("print"), i))
                      | capture,
                  {.timeout = 60s}, outcomes[i].handler());
    io.poll();
    gate.write_end.close();
    io.run();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        outcomes[i].rethrow();
        CHECK(outcomes[i].result.out == std::to_string(i));
    }
}

TEST_CASE("a loop of Asio that comes late calls no child late that was in time",
          "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    auto const options = RunOptions{.timeout = 1ms, .pump = Pump::caller};
    std::vector<Job> jobs;
    for (int i = 0; i < 200; ++i)
        jobs.push_back(start(cmd(child("exit_with"), i % 2), options));
    for (auto const& job : jobs)
        wait_for_end(job.pids().at(0));
    std::vector<RunOutcome> outcomes(jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i)
        async_wait(io, jobs[i], outcomes[i].handler());
    io.run();
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        outcomes[i].rethrow();
        CHECK(outcomes[i].result.returncode == static_cast<int>(i % 2));
    }
}

TEST_CASE("threads may share the loop of Asio", "[asio]")
{
    NoLeaks const no_leaks;
    std::vector<std::future<CompletedProcess>> futures;
    std::vector<std::string> got;
    {
        asio::thread_pool pool(3);
        for (int i = 0; i < 20; ++i)
            futures.push_back(async_run(
                pool, cmd(child("print"), i) | cmd(child("copy")) | capture,
                asio::use_future));
        for (auto& future : futures)
            got.push_back(future.get().out.str());
        pool.join();
    }
    for (std::size_t i = 0; i < got.size(); ++i)
        CHECK(got[i] == std::to_string(i));
}

// --- cancelling a run ----------------------------------------------------------------

TEST_CASE("a run that is cancelled before its start starts nothing", "[asio]")
{
    NoLeaks const no_leaks;
    for (auto const type : {Cancel::terminal, Cancel::partial, Cancel::total}) {
        asio::io_context io;
        asio::cancellation_signal signal;
        RunOutcome outcome;
        async_run(io, cmd("no-such-program"), outcome.handler(signal));
        signal.emit(type);
        io.run();
        REQUIRE(outcome.is_there);
        CHECK(was_aborted(outcome.failure));
    }
}

TEST_CASE("a terminal cancellation kills the commands at once", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    ReadyChild ready;
    asio::cancellation_signal signal;
    RunOutcome outcome;
    async_run(io, ready.expression("ignore_term"),
              {.teardown = {{.grace = 1h}}}, outcome.handler(signal));
    ready.wait(io);
    signal.emit(Cancel::terminal);
    io.run();
    try {
        outcome.rethrow();
        FAIL("nothing was thrown");
    } catch (StopRequested const& stopped) {
        CHECK(stopped.result().stages.at(0).status.signal() == SIGKILL);
    }
}

TEST_CASE("a partial cancellation ends the commands as the teardown says",
          "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    ReadyChild ready;
    asio::cancellation_signal signal;
    RunOutcome outcome;
    async_run(io, ready.expression("exit_on_term"),
              {.teardown = {{.grace = 1h}}}, outcome.handler(signal));
    ready.wait(io);
    signal.emit(Cancel::all);
    io.run();
    try {
        outcome.rethrow();
        FAIL("nothing was thrown");
    } catch (StopRequested const& stopped) {
        CHECK(stopped.result().stages.at(0).status.code() == 7);
    }
}

TEST_CASE("a terminal cancellation shortens a partial one", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    ReadyChild ready;
    asio::cancellation_signal signal;
    RunOutcome outcome;
    async_run(io, ready.expression("ignore_term"),
              {.teardown = {{.grace = 1h}}}, outcome.handler(signal));
    ready.wait(io);
    signal.emit(Cancel::partial);
    io.poll();
    CHECK_FALSE(outcome.is_there);
    signal.emit(Cancel::terminal);
    io.run();
    CHECK_THROWS_AS(outcome.rethrow(), StopRequested);
}

TEST_CASE("a total cancellation lets commands go on that run", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    OnDemand demand;
    asio::cancellation_signal signal;
    RunOutcome outcome;
    async_run(io, demand.writer() | capture, outcome.handler(signal));
    io.poll();
    signal.emit(Cancel::total);
    io.poll();
    CHECK_FALSE(outcome.is_there);
    demand.ask();
    demand.ask_no_more();
    io.run();
    outcome.rethrow();
    CHECK(outcome.result.out == "1\n");
}

TEST_CASE("the loser of two awaitables is killed", "[asio]")
{
    using namespace asio::experimental::awaitable_operators;
    NoLeaks const no_leaks;
    asio::io_context io;
    auto const endless = cmd(child("ignore_term")) > devnull;
    auto const quick = cmd(child("exit_with"), 3);
    auto const race = [&]() -> asio::awaitable<std::size_t> {
        auto const first = co_await (async_run(io, endless, use_awaitable)
                                     || async_run(io, quick, use_awaitable));
        co_return first.index();
    };
    CHECK(run_awaitable(io, race) == 1);
}

TEST_CASE("a context that is destroyed ends what it runs", "[asio]")
{
    NoLeaks const no_leaks;
    RunOutcome outcome;
    {
        asio::io_context io;
        ReadyChild ready;
        async_run(io, ready.expression("sleep_until_killed"),
                  outcome.handler());
        ready.wait(io);
    }
    CHECK_FALSE(outcome.is_there);
    CHECK(no_leaks.left_behind() == "");
}

// --- async_wait ----------------------------------------------------------------------

TEST_CASE("async_wait waits for a job with and without a thread", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    auto const e = cmd(child("print"), "a") | capture;
    Job looped = start(e, {.pump = Pump::caller});
    Job threaded = start(e);
    Job bare = start(cmd(child("exit_with"), 3));
    RunOutcome of_looped;
    RunOutcome of_threaded;
    RunOutcome of_bare;
    async_wait(io, looped, of_looped.handler());
    async_wait(io, threaded, of_threaded.handler());
    async_wait(io, bare, of_bare.handler());
    io.run();
    of_looped.rethrow();
    CHECK(of_looped.result.out == "a");
    of_threaded.rethrow();
    CHECK(of_threaded.result.out == "a");
    of_bare.rethrow();
    CHECK(of_bare.result.returncode == 3);
}

TEST_CASE("a wait that is cancelled leaves the job alone", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    OnDemand demand;
    Job job = start(demand.writer() | capture, {.pump = Pump::caller});
    for (auto const type : {Cancel::terminal, Cancel::partial, Cancel::total}) {
        asio::cancellation_signal signal;
        RunOutcome outcome;
        async_wait(io, job, outcome.handler(signal));
        io.poll();
        CHECK_FALSE(outcome.is_there);
        signal.emit(type);
        io.run();
        io.restart();
        REQUIRE(outcome.is_there);
        CHECK(was_aborted(outcome.failure));
    }
    demand.ask();
    demand.ask_no_more();
    RunOutcome outcome;
    async_wait(io, job, outcome.handler());
    io.run();
    outcome.rethrow();
    CHECK(outcome.result.out == "1\n");
}

// --- async_lines ---------------------------------------------------------------------

namespace {

Strings all_lines(asio::io_context& io, AsioLines log)
{
    return run_awaitable(io, [&]() -> asio::awaitable<Strings> {
        Strings all;
        while (auto line = co_await log.async_next(use_awaitable))
            all.push_back(std::move(*line));
        co_return all;
    });
}

} // namespace

TEST_CASE("async_lines gives the lines of an expression", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    auto log =
        async_lines(io, cmd(child("print"), "a\n\nb") | cmd(child("copy")));
    CHECK(all_lines(io, log) == Strings{"a", "", "b"});
    CHECK(log.result().stages.size() == 2);
    CHECK(log.get_executor() == io.get_executor());
}

TEST_CASE("async_lines waits for a line without holding up the loop", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    OnDemand demand;
    auto log = async_lines(io, demand.writer());
    for (int i = 1; i <= 3; ++i) {
        LineOutcome outcome;
        log.async_next(outcome.handler());
        io.poll();
        CHECK_FALSE(outcome.is_there);
        demand.ask();
        io.run();
        io.restart();
        outcome.rethrow();
        CHECK(outcome.result == std::to_string(i));
    }
    demand.ask_no_more();
    CHECK(all_lines(io, log).empty());
}

TEST_CASE("the failure of a command comes at the end of its lines", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    auto const e = sh("echo a; exit 3");
    auto log = async_lines(io, e);
    LineOutcome first;
    LineOutcome second;
    log.async_next(first.handler());
    io.run();
    io.restart();
    log.async_next(second.handler());
    io.run();
    io.restart();
    first.rethrow();
    CHECK(first.result == "a");
    CHECK_THROWS_AS(second.rethrow(), CalledProcessError);

    auto unchecked = async_lines(io, e, {.check = false});
    CHECK(all_lines(io, unchecked) == Strings{"a"});
    CHECK(unchecked.result().returncode == 3);
}

TEST_CASE("a time limit ends the lines", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    auto log = async_lines(io, cmd(child("sleep_until_killed"), "a\n"),
                           {.timeout = 50ms});
    CHECK_THROWS_AS(all_lines(io, log), TimeoutExpired);
}

TEST_CASE("a cancelled wait for a line loses no line", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    OnDemand demand;
    auto log = async_lines(io, demand.writer());
    for (auto const type : {Cancel::terminal, Cancel::partial, Cancel::total}) {
        asio::cancellation_signal signal;
        LineOutcome outcome;
        log.async_next(outcome.handler(signal));
        io.poll();
        signal.emit(type);
        io.run();
        io.restart();
        REQUIRE(outcome.is_there);
        CHECK(was_aborted(outcome.failure));
    }
    demand.ask();
    demand.ask_no_more();
    CHECK(all_lines(io, log) == Strings{"1"});
}

TEST_CASE("async_lines reads a file, a pipe and stderr", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    TemporaryDirectory const directory;
    write_file(directory / "f", "a\nb");
    CHECK(all_lines(io, async_lines(io, Stdio(directory / "f") | lines))
          == Strings{"a", "b"});
    CHECK(all_lines(io, async_lines(io, stderr_of(sh("echo e >&2")) | lines))
          == Strings{"e"});

    auto pipe = make_pipe();
    auto log = async_lines(io, Stdio(pipe.read_end.get()) | lines);
    LineOutcome outcome;
    log.async_next(outcome.handler());
    io.poll();
    CHECK_FALSE(outcome.is_there);
    // Others may share the open file of the pipe, so no flag of it may change.
    CHECK((::fcntl(pipe.read_end.get(), F_GETFL) & O_NONBLOCK) == 0);
    REQUIRE(::write(pipe.write_end.get(), "a\n", 2) == 2);
    pipe.write_end.close();
    io.run();
    outcome.rethrow();
    CHECK(outcome.result == "a");
}

TEST_CASE("lines may be left early", "[asio]")
{
    NoLeaks const no_leaks;
    {
        asio::io_context io;
        auto log = async_lines(io, cmd(child("write_forever")));
        LineOutcome outcome;
        log.async_next(outcome.handler());
        io.run();
        outcome.rethrow();
        CHECK(outcome.result == "y");
    }
    CHECK(no_leaks.left_behind() == "");
}

// --- handlers --------------------------------------------------------------------------

TEST_CASE("a handler that throws is called once", "[asio]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    int calls = 0;
    async_run(asio::make_strand(io), cmd(child("print"), "a") > devnull,
              [&](std::exception_ptr, CompletedProcess const&) {
                  ++calls;
                  throw std::domain_error("of the handler");
              });
    CHECK_THROWS_AS(io.run(), std::domain_error);
    io.run();
    CHECK(calls == 1);
}

TEST_CASE("a handler is called when all memory of its allocator is free",
          "[asio]")
{
    asio::io_context io;
    int live = 0;
    int live_when_called = -1;
    async_run(
        io, cmd(child("print"), "a") > devnull,
        asio::bind_allocator(CountingAllocator<std::byte>(live),
                             [&](std::exception_ptr, CompletedProcess const&) {
                                 live_when_called = live;
                             }));
    io.run();
    CHECK(live_when_called == 0);
    CHECK(live == 0);
}

TEST_CASE("an operation uses the executor of the thread that begins it",
          "[asio][executor]")
{
    NoLeaks const no_leaks;
    asio::io_context io;
    std::string log;
    DryRun dry(log);
    RunOutcome run;
    LineOutcome line;
    auto source = [&] {
        UseExecutor const scope(dry);
        async_run(io, cmd("no-such-program") > devnull, run.handler());
        return async_lines(io, cmd("no-such-program", 2));
    }();
    source.async_next(line.handler());
    io.run();
    run.rethrow();
    line.rethrow();
    CHECK(log == "no-such-program > /dev/null\nno-such-program 2\n");
}
