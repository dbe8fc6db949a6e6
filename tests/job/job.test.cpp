// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Jobs: expressions that run while the caller does something else.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/limits.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>
#include <runnel/stop_token.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <ctime>
#include <future>
#include <poll.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

Command copy()
{
    return cmd(child("copy"));
}

Command sleeper()
{
    return sh("exec sleep 60");
}

std::size_t thread_count()
{
    std::size_t count = 0;
    for (auto const& entry :
         std::filesystem::directory_iterator("/proc/self/task"))
        count += entry.exists();
    return count;
}

} // namespace

TEST_CASE("a job runs beside its caller and tells its outcome again and again",
          "[language][job]")
{
    NoLeaks const no_leaks;
    auto job = start(cmd(child("print"), "x") | copy() | capture);
    CHECK(job.size() == 2);
    auto const done = job.wait();
    CHECK(done.out == "x");
    CHECK(job.wait().out == "x");
    CHECK(job.poll()->out == "x");
    CHECK(job.statuses()[1] == ExitStatus::of_code(0));
    CHECK(done.stages[0].pid == job.pids()[0]);
}

TEST_CASE("a conversation with a job needs no flush",
          "[job][streams][found:F4]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(Pump::caller, Pump::thread);
    auto job = start((copy() < Stdio::pipe) > Stdio::pipe, {.pump = pump});
    for (auto const* line : {"first\n", "second\n"}) {
        job.in().write(line);
        CHECK(job.out().readline() == line);
    }
    job.in().close();
    CHECK(job.wait());
}

TEST_CASE("a conversation through a range needs no flush",
          "[job][lines][found:F4]")
{
    NoLeaks const no_leaks;
    auto job = start((copy() < Stdio::pipe) > Stdio::pipe);
    job.in().write("1\n");
    std::string all;
    for (std::string_view const line : job.out() | lines) {
        all += line;
        if (all.size() == 3)
            job.in().close();
        else
            job.in().write(std::to_string(all.size() + 1) + '\n');
    }
    CHECK(all == "123");
    CHECK(job.wait());
}

TEST_CASE("a job that is driven by hand holds a conversation",
          "[language][job]")
{
    NoLeaks const no_leaks;
    auto job = start(copy() < Stdio::pipe > Stdio::pipe);
    for (std::string const word : {"one\n", "two\n"}) {
        job.in().write(word);
        job.in().flush();
        CHECK(job.out().readline() == word);
    }
    CHECK_FALSE(job.err().is_open());
    CHECK_FALSE(job.poll());
    job.in().close();
    CHECK(job.out().read() == "");
    CHECK(job.wait());
}

TEST_CASE("stderr can be driven by hand, and of a whole pipeline",
          "[language][job]")
{
    NoLeaks const no_leaks;
    auto const speaker = cmd(child("write_to"), 2, "err");
    auto job = start((speaker | speaker) > err(Stdio::pipe));
    CHECK(job.err().read() == "errerr");
    CHECK(job.wait());
}

TEST_CASE("an end that two commands want is refused", "[language][job]")
{
    NoLeaks const no_leaks;
    auto const one = copy() > err(Stdio::pipe);
    CHECK_THROWS_AS(start(one | one), std::invalid_argument);
    CHECK_THROWS_AS(run(copy() < Stdio::pipe), std::invalid_argument);
}

TEST_CASE("waiting for a job can be given up and taken up again",
          "[language][job][timeout]")
{
    NoLeaks const no_leaks;
    auto job = start(copy() < Stdio::pipe > capture);
    CHECK_FALSE(job.wait_for(0ms));
    CHECK_FALSE(job.wait_for(10ms));
    CHECK_FALSE(job.poll());
    job.in().write("late");
    job.in().close();
    CHECK(job.wait().out == "late");
}

TEST_CASE("a job's destructor leaves nothing, whatever runs", "[language][job]")
{
    NoLeaks const no_leaks;
    {
        auto const forgotten =
            start(sleeper() | cmd(child("write_forever")) | capture);
    }
    CHECK(no_leaks.left_behind() == "");
    {
        auto const stubborn = start(cmd(child("ignore_term")) | capture,
                                    {.teardown = {{.grace = 50ms}}});
    }
    CHECK(no_leaks.left_behind() == "");
    {
        auto job = start(cmd(child("write_forever")) > Stdio::pipe);
        job = start(copy() < devnull);
    }
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("teardown asks before it kills", "[language][job]")
{
    NoLeaks const no_leaks;
    auto polite = start(cmd(child("exit_on_term")) > Stdio::pipe);
    char byte;
    REQUIRE(polite.out().read_some({&byte, 1}) == 1);
    polite.tear_down();
    CHECK(polite.wait().stages[0].status == ExitStatus::of_code(7));
    auto deaf = start(cmd(child("ignore_term")) > Stdio::pipe,
                      {.teardown = {{.grace = 20ms}}});
    REQUIRE(deaf.out().read_some({&byte, 1}) == 1);
    deaf.tear_down();
    CHECK(deaf.wait().stages[0].status.signal() == SIGKILL);
}

TEST_CASE("a job is torn down step by step", "[language][job][teardown]")
{
    NoLeaks const no_leaks;
    auto const deaf =
        cmd(child("sleep_until_killed")).ignore_signals({SIGINT, SIGTERM});
    Teardown const steps{{SIGINT, 1ms}, {SIGTERM, 1ms}, {SIGHUP, 1h}};

    SECTION("as its options say")
    {
        auto job = start(deaf | deaf, {.teardown = steps});
        job.tear_down();
        auto const done = job.wait();
        CHECK(done.stages[0].status.signal() == SIGHUP);
        CHECK(done.stages[1].status.signal() == SIGHUP);
    }
    SECTION("as it is told")
    {
        auto job = start(deaf, {.teardown = {{SIGTERM, 1h}}});
        job.tear_down(steps);
        CHECK(job.wait().stages[0].status.signal() == SIGHUP);
        job.tear_down(Teardown::kill());
    }
    SECTION("by a stop request")
    {
        StopSource stop;
        auto job = start(deaf, {.stop = stop.token(), .teardown = steps});
        stop.request_stop();
        try {
            static_cast<void>(job.wait());
            FAIL("not stopped");
        } catch (StopRequested const& e) {
            CHECK(e.result().stages[0].status.signal() == SIGHUP);
        }
    }
    SECTION("at the limit of a stage")
    {
        auto const done = run(deaf.timeout(1ms), {.teardown = steps});
        CHECK(done.stages[0].status.signal() == SIGHUP);
        CHECK(done.stages[0].timed_out);
    }
}

TEST_CASE("signals reach every stage, and lists go no further",
          "[language][job][signals]")
{
    NoLeaks const no_leaks;
    auto job = start(sleeper() | sleeper());
    job.terminate();
    auto const done = job.wait();
    CHECK(done.stages[0].status.signal() == SIGTERM);
    CHECK(done.stages[1].status.signal() == SIGTERM);
    auto list = start(seq(sleeper(), cmd(child("print"), "x")) | capture);
    list.kill();
    auto const ended = list.wait();
    CHECK(ended.out == "");
    CHECK_FALSE(ended.stages[1].was_started());
    CHECK(ended.returncode == -SIGKILL);
    CHECK_NOTHROW(list.kill());
}

TEST_CASE("a forwarded signal lets a list go on", "[language][job][signals]")
{
    NoLeaks const no_leaks;
    auto job = start(seq(sleeper(), cmd(child("print"), "x")) | capture);
    job.forward(SIGINT);
    auto const done = job.wait();
    CHECK(done.stages[0].status.signal() == SIGINT);
    CHECK(done.out == "x");
    job.forward(SIGINT);
}

namespace {

Job const* job_to_signal;
StopSource const* source_to_ask;

} // namespace

TEST_CASE("a handler of the program's own may forward a signal",
          "[language][job][signals]")
{
    NoLeaks const no_leaks;
    auto job = start(sleeper() | sleeper());
    job_to_signal = &job;
    auto* const old =
        std::signal(SIGUSR1, [](int) { job_to_signal->forward(SIGINT); });
    std::raise(SIGUSR1);
    std::signal(SIGUSR1, old);
    auto const done = job.wait();
    CHECK(done.stages[0].status.signal() == SIGINT);
    CHECK(done.stages[1].status.signal() == SIGINT);
}

TEST_CASE("a handler of the program's own may ask for a stop",
          "[language][job][stop]")
{
    NoLeaks const no_leaks;
    StopSource const source;
    source_to_ask = &source;
    auto job = start(sleeper(), {.stop = source.token()});
    auto* const old =
        std::signal(SIGUSR1, [](int) { source_to_ask->request_stop(); });
    std::raise(SIGUSR1);
    std::signal(SIGUSR1, old);
    CHECK_THROWS_AS(job.wait(), StopRequested);
}

TEST_CASE("a signal that does not exist is refused", "[language][job][signals]")
{
    NoLeaks const no_leaks;
    auto job = start(sleeper());
    CHECK_THROWS_AS(job.send_signal(9999), std::invalid_argument);
}

TEST_CASE("signals may be forwarded while stages end",
          "[language][job][signals][threads][fault:W05]")
{
    NoLeaks const no_leaks;
    std::atomic<bool> enough{false};
    Pipeline all = cmd(child("print"), "x");
    for (int i = 0; i < 15; ++i)
        all = all && cmd(child("print"), "x");
    auto job = start(all > devnull);
    std::thread forwarder([&] {
        while (!enough) {
            job.forward(0);
            std::this_thread::yield();
        }
    });
    auto const done = job.wait();
    enough = true;
    forwarder.join();
    CHECK(done);
}

TEST_CASE("a job may be waited for and signalled from many threads",
          "[language][job][threads]")
{
    NoLeaks const no_leaks;
    for (auto const& e :
         {Pipeline(sleeper()), Pipeline(sleeper() | copy() | capture)}) {
        auto job = start(e);
        std::vector<std::future<int>> codes;
        for (int i = 0; i < 4; ++i)
            codes.push_back(std::async(std::launch::async, [&] {
                return job.wait().stages[0].status.returncode();
            }));
        job.kill();
        for (auto& code : codes)
            CHECK(code.get() == -SIGKILL);
    }
}

TEST_CASE("a job has a thread only if something must be moved or timed",
          "[language][job][threads]")
{
    NoLeaks const no_leaks;
    std::thread([] {}).join(); // a sanitizer may add one of its own now
    auto const before = thread_count();
    {
        auto const plain = start(sleeper() | sleeper());
        CHECK(thread_count() == before);
        auto const by_hand = start(copy() < Stdio::pipe > Stdio::pipe);
        CHECK(thread_count() == before);
        auto const turned = start(sleeper() | capture, {.pump = Pump::caller});
        CHECK(thread_count() == before);
        auto const moved = start(sleeper() | capture);
        CHECK(thread_count() == before + 1);
        auto const bounded = start(sleeper(), {.limit = {.bytes = 1}});
        CHECK(thread_count() == before + 1);
        auto const timed = start(sleeper(), {.timeout = 1h});
        CHECK(thread_count() == before + 2);
    }
    CHECK(thread_count() == before);
}

TEST_CASE("what is captured moves while nobody waits", "[language][job]")
{
    NoLeaks const no_leaks;
    auto const much = 4 * 1024 * 1024;
    auto job = start(cmd(child("fill"), much, much) > capture > err(capture));
    // Ends only if both pipes are read; nobody here does.
    while (!job.statuses()[0])
        std::this_thread::yield();
    auto const done = job.wait();
    CHECK(done.out.size() == std::size_t(much));
    CHECK(done.err.size() == std::size_t(much));
}

TEST_CASE("the input of a job is copied", "[language][job]")
{
    NoLeaks const no_leaks;
    auto input = std::make_unique<std::string>(1'000'000, 'i');
    auto job = start(copy() | capture, {.input = *input});
    input.reset();
    CHECK(job.wait().out.size() == 1'000'000);
}

TEST_CASE("a job's output can be read as lines", "[language][job][lines]")
{
    NoLeaks const no_leaks;
    std::vector<std::string> got;
    for (std::string_view line :
         start(cmd(child("print"), "a\nb\n") > Stdio::pipe).lines())
        got.emplace_back(line);
    CHECK(got == std::vector<std::string>{"a", "b"});
    auto failing =
        start(seq(cmd(child("print"), "x\n"), cmd(child("exit_with"), 3))
              > Stdio::pipe);
    auto range = failing.lines();
    auto at = range.begin();
    CHECK(*at == "x");
    CHECK_THROWS_AS(++at == range.end(), CalledProcessError);
    CHECK_THROWS_AS(start(copy() < devnull).lines(), std::logic_error);
}

// --- foreign loops -------------------------------------------------------------------

TEST_CASE("a foreign loop can drive a job", "[language][job][loop]")
{
    NoLeaks const no_leaks;
    auto const before = thread_count();
    auto const e =
        seq(cmd(child("print"), "a"), cmd(child("print"), "b") | copy())
        | copy() | capture;
    auto job = start(e, {.input = "", .pump = Pump::caller});
    int turns = 0;
    for (; !job.step(); ++turns) {
        ::pollfd item{job.fd(), POLLIN, 0};
        REQUIRE(::poll(&item, 1, 10'000) == 1);
        REQUIRE(turns < 1000);
    }
    CHECK(thread_count() == before);
    ::pollfd item{job.fd(), POLLIN, 0};
    CHECK(::poll(&item, 1, 0) == 1);
    CHECK(job.poll()->out == "ab");
}

TEST_CASE("a foreign loop is told when to look at the clock",
          "[language][job][loop][timeout]")
{
    NoLeaks const no_leaks;
    auto job =
        start(sleeper() | capture, {.timeout = 30ms, .pump = Pump::caller});
    auto const deadline = job.next_deadline();
    REQUIRE(deadline);
    CHECK(*deadline <= std::chrono::steady_clock::now() + 30ms);
    while (!job.step()) {
        auto const next = job.next_deadline();
        auto const left = next ? *next - std::chrono::steady_clock::now()
                               : std::chrono::nanoseconds(10s);
        ::pollfd item{job.fd(), POLLIN, 0};
        ::poll(&item, 1, std::max(0, int(left / 1ms) + 1));
    }
    CHECK_THROWS_AS(job.wait(), TimeoutExpired);
    auto plain = start(sleeper(), {.pump = Pump::caller});
    CHECK(plain.fd() >= 0);
    CHECK_FALSE(plain.next_deadline());
}

TEST_CASE("a foreign loop is told when the grace of an ending is over",
          "[language][job][loop][timeout][guard][found:H]")
{
    NoLeaks const no_leaks;
    bool const by_stop = GENERATE(false, true);
    StopSource stop;
    auto const stubborn = cmd(child("sleep_until_killed"))
                              .with({.signal_mask = {SIGTERM}})
                              .timeout(by_stop ? Timeout(2h) : 1ms);
    auto job = start(stubborn > devnull, {.stop = stop.token(),
                                          .teardown = {{.grace = 1h}},
                                          .pump = Pump::caller});
    REQUIRE(job.fd() >= 0);
    auto const limit = job.next_deadline();
    auto const before = std::chrono::steady_clock::now();
    if (by_stop)
        stop.request_stop();
    else
        std::this_thread::sleep_until(limit.value_or(before));
    CHECK_FALSE(job.step());
    auto const after = std::chrono::steady_clock::now();
    auto const due = job.next_deadline().value_or(before);
    job.kill();
    CHECK(due >= before + 1h);
    CHECK(due <= after + 1h);
    if (by_stop)
        CHECK_THROWS_AS(job.wait(), StopRequested);
    else
        CHECK(job.wait().stages[0].status.signal() == SIGKILL);
}

TEST_CASE("an input is fed by a foreign loop as its pipe takes it",
          "[language][job][loop]")
{
    NoLeaks const no_leaks;
    std::string const much(3'000'000, 'm');
    auto job =
        start(copy() | copy() | capture, {.input = much, .pump = Pump::caller});
    while (!job.step()) {
        ::pollfd item{job.fd(), POLLIN, 0};
        REQUIRE(::poll(&item, 1, 10'000) == 1);
    }
    CHECK(job.wait().out.size() == much.size());
}

// --- stop ----------------------------------------------------------------------------

TEST_CASE("a stop request ends a run from another thread",
          "[language][job][stop][threads]")
{
    NoLeaks const no_leaks;
    StopSource const source;
    OwnPipe ready = make_pipe();
    std::thread asker([&] {
        char byte;
        (void)::read(ready.read_end.get(), &byte, 1);
        source.request_stop();
    });
    auto const says_ready = (cmd(child("write_to"), 1, "partial", 5, "!")
                             > fd(5, ready.write_end.get()));
    try {
        (void)run(seq(says_ready, sleeper()) | capture,
                  {.stop = source.token()});
        FAIL("nothing was thrown");
    } catch (StopRequested const& stopped) {
        CHECK(stopped.code() == std::errc::operation_canceled);
        CHECK(stopped.out() == "partial");
    }
    asker.join();
    CHECK(source.stop_requested());
}

TEST_CASE("a stop request lasts: what begins later ends at once",
          "[language][job][stop]")
{
    NoLeaks const no_leaks;
    StopSource const source;
    source.request_stop();
    source.request_stop();
    CHECK_THROWS_AS(run(sleeper(), {.stop = source.token()}), StopRequested);
    StopSource const other;
    CHECK(run(cmd(child("exit_with"), 0), {.stop = other.token()}));
    CHECK_FALSE(StopToken().stop_possible());
}

#ifdef __cpp_lib_jthread
TEST_CASE("a std::stop_token serves as well", "[language][job][stop][threads]")
{
    NoLeaks const no_leaks;
    std::stop_source source;
    auto job = start(sleeper() | capture, {.stop = source.get_token()});
    source.request_stop();
    CHECK_THROWS_AS(job.wait(), StopRequested);
    CHECK_THROWS_AS(run(sleeper(), {.stop = source.get_token()}),
                    StopRequested);
    CHECK(run(cmd(child("exit_with"), 0), {.stop = std::stop_token()}));
}
#endif

// --- found in review: each was wrong once ----------------------------------------------

TEST_CASE("a job that is read, stepped and waited for at once has one driver",
          "[language][job][threads]")
{
    NoLeaks const no_leaks;
    auto const e = sh("i=0; while [ $i -lt 300 ]; do echo line; echo x >&2; "
                      "i=$((i+1)); done")
                 > Stdio::pipe > err(capture);
    for (auto const pump : {Pump::thread, Pump::caller}) {
        auto job = start(e, {.pump = pump});
        std::thread waiter([&] {
            while (!job.wait_for(1ms)) {}
        });
        std::thread stepper([&] {
            while (!job.step()) {}
        });
        std::size_t count = 0;
        for (std::string_view const line : job.lines())
            count += line == "line";
        waiter.join();
        stepper.join();
        CHECK(count == 300);
        CHECK(job.wait().err.size() == 600);
    }
}

TEST_CASE("only a job without a thread has a descriptor for event loops",
          "[language][job][loop]")
{
    NoLeaks const no_leaks;
    auto job = start(sleeper() | capture);
    CHECK_THROWS_AS(job.fd(), std::logic_error);
}

TEST_CASE("a later command of a list can be driven by hand", "[language][job]")
{
    NoLeaks const no_leaks;
    auto const later = copy()<Stdio::pipe> Stdio::pipe;
    auto job = start(cmd(child("exit_with"), 0) && later);
    job.in().write("asked");
    job.in().close();
    CHECK(job.out().read() == "asked");
    CHECK(job.wait());
    auto never = start(cmd(child("exit_with"), 1) && later);
    CHECK(never.out().read() == "");
    CHECK_FALSE(never.wait());
}

TEST_CASE("what was read ahead is not waited for", "[language][job][lines]")
{
    NoLeaks const no_leaks;
    auto job = start(seq(cmd(child("print"), "a\nb\n"), copy() < Stdio::pipe)
                     > Stdio::pipe);
    CHECK(job.out().readline() == "a\n");
    auto range = job.lines();
    auto at = range.begin();
    CHECK(*at == "b"); // while the child waits for us
    job.in().close();
    ++at;
    CHECK(at == range.end());
}

TEST_CASE("a list that was cut short has failed", "[language][job][list]")
{
    NoLeaks const no_leaks;
    auto job = start(cmd(child("exit_with"), 0) && cmd(child("exit_with"), 0),
                     {.check = true, .pump = Pump::caller});
    job.kill();
    CHECK_THROWS_AS(job.wait(), CalledProcessError);
    auto polite = start(seq(cmd(child("exit_on_term")) > Stdio::pipe,
                            cmd(child("print"), "x")));
    char byte;
    REQUIRE(polite.out().read_some({&byte, 1}) == 1);
    polite.terminate();
    auto const done = polite.wait();
    CHECK_FALSE(done);
    CHECK(done.returncode == -SIGTERM);
    CHECK_FALSE(done.stages[1].was_started());
}

TEST_CASE("a teardown reaches a job that others wait for",
          "[language][job][threads]")
{
    NoLeaks const no_leaks;
    for (auto const& e :
         {Pipeline(cmd(child("ignore_term")) > devnull),
          Pipeline((cmd(child("ignore_term")) > devnull) && sleeper())}) {
        auto job = start(e, {.teardown = {{.grace = 20ms}}});
        std::thread waiter([&] { (void)job.wait(); });
        job.tear_down();
        waiter.join();
        CHECK_FALSE(job.wait());
    }
}

TEST_CASE("a stop request during a teardown costs nothing",
          "[language][job][stop]")
{
    NoLeaks const no_leaks;
    StopSource const stop;
    auto job = start(cmd(child("ignore_term")) > Stdio::pipe,
                     {.stop = stop.token(), .teardown = {{.grace = 300ms}}});
    char byte;
    REQUIRE(job.out().read_some({&byte, 1}) == 1);
    stop.request_stop();
    auto const before = std::clock();
    job.tear_down();
    CHECK(double(std::clock() - before) / CLOCKS_PER_SEC < 0.1);
}

TEST_CASE(
    "what is captured of a whole is captured, even if nobody writes there",
    "[language][job]")
{
    NoLeaks const no_leaks;
    CHECK(read(seq(cmd(child("print"), "x") > devnull)) == "");
    auto const quiet = seq(cmd(child("print"), "x") > devnull) > capture;
    CHECK(run(quiet).out.captured());
}

TEST_CASE("a job's time limit bounds its lines, also when a stranger holds on",
          "[language][job][lines][timeout]")
{
    NoLeaks const no_leaks;
    in_time([](Timeout limit) {
        auto job = start(sh("sleep 30 2>/dev/null & echo x") > Stdio::pipe,
                         {.timeout = limit});
        auto const all = job.lines();
        for (std::string_view const line : all)
            CHECK(line == "x");
        CHECK(all.result());
        CHECK_FALSE(all.result().drained);
    });
}

TEST_CASE("a range ends when its job is torn down", "[language][job][lines]")
{
    NoLeaks const no_leaks;
    auto job = start(cmd(child("write_forever")) > Stdio::pipe);
    int count = 0;
    for ([[maybe_unused]] auto const line : job.lines({.check = false}))
        if (++count == 3)
            job.tear_down();
    CHECK(count >= 3);
}

TEST_CASE("the grace of a teardown may be for ever", "[language][job]")
{
    NoLeaks const no_leaks;
    auto job =
        start(cmd(child("exit_on_term")) > Stdio::pipe,
              {.teardown = {{.grace = std::chrono::nanoseconds::max()}}});
    char byte;
    REQUIRE(job.out().read_some({&byte, 1}) == 1);
    job.tear_down();
    CHECK(job.wait().stages[0].status == ExitStatus::of_code(7));
    CHECK_FALSE(job.poll() == std::nullopt);
}

namespace {

/// Forbids the n-th child.
struct Forbid : Observer {
    explicit Forbid(int n) : left(n) {}
    void starting(Starting const&) override
    {
        if (--left == 0)
            throw std::runtime_error("forbidden");
    }
    int left;
};

} // namespace

TEST_CASE("a reader finds the end of a job that failed", "[language][job]")
{
    NoLeaks const no_leaks;
    auto const ok = cmd(child("exit_with"), 0);
    for (auto const& e : {Pipeline(seq(ok, ok, ok) > Stdio::pipe),
                          Pipeline(seq(ok, ok, ok > Stdio::pipe))}) {
        Forbid forbid(2);
        auto job = start(e, {.observer = &forbid});
        CHECK_THROWS_AS(job.wait(), std::runtime_error);
        CHECK(job.out().read() == "");
    }
}

TEST_CASE("asking with signal 0 changes nothing", "[language][job][signals]")
{
    NoLeaks const no_leaks;
    auto const x = cmd(child("print"), "x");
    auto alive = start(seq(copy() < Stdio::pipe, x) | capture);
    alive.send_signal(0);
    alive.in().close();
    CHECK(alive.wait().out == "x");
    auto dying = start(sleeper() && x, {.pump = Pump::caller});
    dying.terminate();
    dying.send_signal(0);
    auto const done = dying.wait();
    CHECK_FALSE(done.stages[1].was_started());
    auto const quiet =
        start(seq(sleeper(), x), {.teardown = {{.signal = 0, .grace = 10ms}}});
}

TEST_CASE(
    "a job's descriptor stays ready after its end, whoever read beside it",
    "[language][job][loop][threads]")
{
    NoLeaks const no_leaks;
    auto job = start(cmd(child("print"), "a\nb\n") > Stdio::pipe,
                     {.pump = Pump::caller});
    int const fd = job.fd();
    std::thread waiter([&] { (void)job.wait(); });
    for (std::string_view const line : job.lines())
        CHECK(line.size() == 1);
    waiter.join();
    ::pollfd item{fd, POLLIN, 0};
    CHECK(::poll(&item, 1, 0) == 1);
}

TEST_CASE("a foreign loop without descriptors to spare is told to look again",
          "[language][job][loop][limits]")
{
    auto const complaints = in_private_process([](Complaints const& told) {
        for (unsigned most = 8; most < 16; ++most) {
            ::rlimit old{};
            ::getrlimit(RLIMIT_NOFILE, &old);
            ::rlimit const limit{most, old.rlim_max};
            ::setrlimit(RLIMIT_NOFILE, &limit);
            auto const nap = sh("exec sleep 0.05");
            try {
                auto job = start(seq(nap | nap | nap | nap, nap),
                                 {.pump = Pump::caller});
                while (!job.step()) {
                    auto const next = job.next_deadline();
                    ::pollfd item{job.fd(), POLLIN, 0};
                    int const ready = ::poll(&item, 1, next ? 20 : 5000);
                    told.expect(ready > 0 || next, "nothing told of the end");
                }
            } catch (std::system_error const&) { // not enough of them
            }
            ::setrlimit(RLIMIT_NOFILE, &old);
        }
    });
    CHECK(complaints == "");
}

TEST_CASE("a stop request ends the reading of a stranger's pipe",
          "[language][job][lines][stop]")
{
    NoLeaks const no_leaks;
    StopSource const stop;
    auto job = start(sh("sleep 30 2>/dev/null & echo x") > Stdio::pipe,
                     {.stop = stop.token()});
    auto const read_all_lines = [&] {
        for (std::string_view const line : job.lines()) {
            CHECK(line == "x");
            stop.request_stop();
        }
    };
    CHECK_THROWS_AS(read_all_lines(), StopRequested);
    auto late = start(copy() > Stdio::pipe, {.stop = stop.token()});
    CHECK_THROWS_AS(late.lines(), StopRequested);
}

TEST_CASE("what was cut short has failed, also behind a !", "[language][job]")
{
    NoLeaks const no_leaks;
    auto const polite = cmd(child("exit_on_term")).accept({7}) > Stdio::pipe;
    auto job = start(!(polite && cmd(child("exit_with"), 0)));
    char byte;
    REQUIRE(job.out().read_some({&byte, 1}) == 1);
    job.terminate();
    CHECK_FALSE(job.wait());
}

TEST_CASE("who reads from a command that is skipped finds the end at once",
          "[language][job]")
{
    NoLeaks const no_leaks;
    auto const skipped = cmd(child("exit_with"), 1) && (copy() > Stdio::pipe);
    auto job = start(seq(skipped, copy() < Stdio::pipe));
    CHECK(job.out().read() == "");
    job.in().close();
    CHECK(job.wait());
}

TEST_CASE("an event loop may ask for the deadline before the descriptor",
          "[job][event]")
{
    NoLeaks const no_leaks;
    auto job = start(cmd(child("sleep_until_killed")), {.pump = Pump::caller});
    // Nobody can know yet whether all that is waited for can be polled.
    CHECK(job.next_deadline().has_value());
    CHECK(job.fd() >= 0);
    CHECK_FALSE(job.step());
    CHECK_FALSE(job.next_deadline().has_value());
    job.kill();
    while (!job.step())
        job.wait_for(1ms);
    CHECK_FALSE(job.next_deadline().has_value());
}

TEST_CASE("a job that is being ended waits, and does not ask all the time",
          "[job][teardown]")
{
    NoLeaks const no_leaks;
    auto job = start(cmd(child("ignore_term")) > Stdio::pipe,
                     {.teardown = {{SIGTERM, 50ms}}});
    CHECK(job.out().read(1).size() == 1);
    Faults faults;
    job.tear_down();
    CHECK(faults.count("ppoll") < 10);
}
