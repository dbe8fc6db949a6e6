// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Many expressions, some of them at once: JobSet.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/screen.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <poll.h>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// Thrown anew by what failed.
template <class Error>
bool is_error(Finished const& done)
{
    try {
        done.check();
    } catch (Error const&) {
        return true;
    } catch (...) {
    }
    return false;
}

Command quick(int code = 0)
{
    return cmd(child("exit_with"), code);
}

/// Ends when the write end of `gate` is closed.
auto gated(OwnPipe const& gate)
{
    return cmd(child("copy"))<Stdio(gate.read_end.get())> "/dev/null";
}

Command endless()
{
    return cmd(child("sleep_until_killed"), "");
}

/// How many children ran at the same time.
class Count final : public Observer {
public:
    void started(Started const&) noexcept override
    {
        std::scoped_lock const lock(mutex_);
        most = std::max(most, ++now_);
        ++all;
    }
    void exited(Exited const&) noexcept override
    {
        std::scoped_lock const lock(mutex_);
        --now_;
    }

    int most = 0;
    int all = 0;

private:
    std::mutex mutex_;
    int now_ = 0;
};

} // namespace

// --- results ---------------------------------------------------------------------------

TEST_CASE("a set gives one result for each expression, with its index and key",
          "[job_set]")
{
    NoLeaks const no_leaks;
    JobSet set({.jobs = 2});
    CHECK(set.add(quick(0), "good") == 0);
    CHECK(set.add(quick(3), "bad") == 1);
    CHECK(set.add(quick(0)) == 2);
    CHECK(set.size() == 3);
    std::set<std::size_t> seen;
    while (auto const done = set.next()) {
        seen.insert(done->index);
        CHECK(done->runs == 1);
        CHECK(done->key
              == (done->index == 0   ? "good"
                  : done->index == 1 ? "bad"
                                     : ""));
        CHECK(bool(*done) == (done->index != 1));
        CHECK(done->result.returncode == (done->index == 1 ? 3 : 0));
        CHECK(done->error == nullptr);
    }
    CHECK(seen.size() == 3);
    CHECK(set.empty());
    CHECK_FALSE(set.next());
}

TEST_CASE("results come in the order in which jobs end", "[job_set]")
{
    NoLeaks const no_leaks;
    auto gates = std::array{make_pipe(), make_pipe(), make_pipe()};
    JobSet set({.jobs = 3});
    for (auto const& gate : gates)
        set.add(gated(gate));
    for (std::size_t const next : {2u, 0u, 1u}) {
        CHECK_FALSE(set.poll());
        gates[next].write_end.close();
        CHECK(set.next()->index == next);
    }
}

TEST_CASE("results come in the order of the expressions if asked", "[job_set]")
{
    NoLeaks const no_leaks;
    auto gate = make_pipe();
    JobSet set({.jobs = 3, .order = ResultOrder::input});
    set.add(gated(gate));
    set.add(quick(1));
    set.add(quick(2));
    CHECK_FALSE(set.next_for(0s));
    gate.write_end.close();
    for (std::size_t i = 0; i < 3; ++i) {
        auto const done = set.next();
        REQUIRE(done);
        CHECK(done->index == i);
        CHECK(done->result.returncode == static_cast<int>(i));
    }
}

TEST_CASE("no more jobs run at once than a set allows", "[job_set]")
{
    NoLeaks const no_leaks;
    auto const jobs = GENERATE(1u, 2u, 5u);
    Count count;
    JobSet set({.jobs = jobs, .run = {.observer = &count}});
    for (int i = 0; i < 40; ++i)
        set.add(quick(i % 3));
    while (set.next()) {}
    CHECK(count.all == 40);
    CHECK(count.most <= static_cast<int>(jobs));
    CHECK(count.most >= 1);
}

TEST_CASE("a job can be added for each result", "[job_set]")
{
    NoLeaks const no_leaks;
    JobSet set({.jobs = 4});
    set.add(quick(), "0");
    std::vector<std::string> seen;
    while (auto const done = set.next()) {
        seen.push_back(done->key);
        if (done->key.size() < 4)
            for (char const c : {'0', '1'})
                set.add(quick(), done->key + c);
    }
    CHECK(seen.size() == 15);
}

TEST_CASE("waiting for a result has a limit, and the jobs go on", "[job_set]")
{
    NoLeaks const no_leaks;
    auto gate = make_pipe();
    JobSet set({.jobs = 1});
    set.add(gated(gate));
    CHECK_FALSE(set.next_for(1ms));
    CHECK_FALSE(set.poll());
    CHECK(set.size() == 1);
    gate.write_end.close();
    CHECK(set.next_for(60s));
}

TEST_CASE("room tells how many more can start at once", "[job_set]")
{
    NoLeaks const no_leaks;
    auto gate = make_pipe();
    JobSet set({.jobs = 2});
    CHECK(set.room() == 2);
    set.add(gated(gate));
    CHECK(set.room() == 1);
    set.add(gated(gate));
    CHECK(set.room() == 0);
    set.add(gated(gate));
    CHECK(set.room() == 0);
    gate.write_end.close();
    while (set.next()) {}
    CHECK(set.room() == 2);
    set.stop();
    CHECK(set.room() == 0);
}

// --- failures --------------------------------------------------------------------------

TEST_CASE("what cannot be started is a result with an error", "[job_set]")
{
    NoLeaks const no_leaks;
    JobSet set({.jobs = 2, .order = ResultOrder::input});
    set.add(cmd("/no/such/program"));
    set.add(quick() | cmd("/no/such/program"));
    set.add(quick());
    auto const missing = set.next();
    CHECK(is_error<SpawnError>(*missing));
    CHECK(missing->result.returncode == 127);
    CHECK_FALSE(bool(*missing));
    CHECK(is_error<SpawnError>(*set.next()));
    CHECK(bool(*set.next()));
}

TEST_CASE("an expression that no verb can run is refused when it is added",
          "[job_set]")
{
    NoLeaks const no_leaks;
    JobSet set;
    CHECK_THROWS_AS(set.add(cmd("cat") < Stdio::pipe), std::invalid_argument);
    CHECK(set.empty());
}

TEST_CASE("options of a set that contradict each other are refused",
          "[job_set]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(JobSet({.run = {.capture_output = true}}),
                    std::invalid_argument);
    CHECK_THROWS_AS(JobSet({.run = {.show = true}}), std::invalid_argument);
    CHECK_THROWS_AS(
        JobSet(
            {.run = {.limit = {.bytes = 1, .excess = CaptureLimit::keep_tail},
                     .encoding = "utf-16"}}),
        std::invalid_argument);
}

TEST_CASE("a time limit ends one job, and the others go on", "[job_set]")
{
    NoLeaks const no_leaks;
    JobSet set({.jobs = 2, .run = {.timeout = 50ms}});
    set.add(endless() > "/dev/null", "slow");
    set.add(quick(), "quick");
    while (auto const done = set.next()) {
        CHECK(is_error<TimeoutExpired>(*done) == (done->key == "slow"));
        if (done->key == "slow")
            CHECK(done->result.stages.size() == 1);
    }
}

TEST_CASE("with check, a failure is an error too", "[job_set]")
{
    NoLeaks const no_leaks;
    JobSet set({.run = {.check = true}});
    set.add(quick(4));
    auto const done = set.next();
    CHECK(is_error<CalledProcessError>(*done));
    CHECK(done->result.returncode == 4);
}

TEST_CASE("what C++ code in an expression throws is the error of its job",
          "[job_set]")
{
    NoLeaks const no_leaks;
    auto const broken = stage([](LineRange) -> std::vector<std::string> {
        throw std::runtime_error("broken");
    });
    JobSet set({.jobs = 2});
    set.add(cmd(child("print"), "a\n") | broken | cmd(child("copy")));
    set.add(quick());
    int errors = 0;
    while (auto const done = set.next())
        errors += is_error<std::runtime_error>(*done);
    CHECK(errors == 1);
}

TEST_CASE("after the first failure a set stops if asked", "[job_set]")
{
    NoLeaks const no_leaks;
    JobSet set({.jobs = 2, .stop_on_failure = true});
    set.add(endless() > "/dev/null", "running");
    set.add(quick(3), "failed");
    set.add(quick(), "waiting");
    std::set<std::string> seen;
    while (auto const done = set.next()) {
        seen.insert(done->key);
        CHECK(is_error<StopRequested>(*done) == (done->key != "failed"));
        CHECK(done->runs == (done->key == "waiting" ? 0 : 1));
    }
    CHECK(seen.size() == 3);
    set.add(quick());
    CHECK(is_error<StopRequested>(*set.next()));
}

TEST_CASE("a stop request ends what runs and starts no more", "[job_set]")
{
    NoLeaks const no_leaks;
    auto const by_token = GENERATE(true, false);
    StopSource source;
    JobSet set({.jobs = 2, .run = {.stop = source.token()}});
    for (int i = 0; i < 4; ++i)
        set.add(endless() > "/dev/null");
    CHECK_FALSE(set.next_for(1ms));
    if (by_token)
        source.request_stop();
    else
        set.stop();
    int count = 0;
    while (auto const done = set.next()) {
        CHECK(is_error<StopRequested>(*done));
        ++count;
    }
    CHECK(count == 4);
}

TEST_CASE("the destructor of a set ends what runs", "[job_set]")
{
    NoLeaks const no_leaks;
    JobSet set({.jobs = 3});
    for (int i = 0; i < 5; ++i)
        set.add(endless() > "/dev/null");
    CHECK_FALSE(set.poll());
}

// --- runs again --------------------------------------------------------------------------

TEST_CASE("a job that fails is run again as often as allowed", "[job_set]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const at;
    auto const counting = [&](std::string_view name) {
        return cmd("sh", "-c", "echo x >> \"$1\"; test $(wc -l < \"$1\") -ge 3",
                   "sh", at / name);
    };
    auto const retries = GENERATE(1u, 2u, 5u);
    JobSet set({.retries = retries});
    set.add(counting("f"));
    auto const done = set.next();
    CHECK(bool(*done) == (retries >= 2));
    CHECK(done->runs == std::min(retries + 1, 3u));
    CHECK(lines_of(read_file(at / "f")).size() == done->runs);
    CHECK_FALSE(set.next());
}

TEST_CASE("a job that cannot be started or is too slow is run again, too",
          "[job_set]")
{
    NoLeaks const no_leaks;
    JobSet set(
        {.order = ResultOrder::input, .retries = 2, .run = {.timeout = 30ms}});
    set.add(cmd("/no/such/program"));
    set.add(endless() > "/dev/null");
    auto const missing = set.next();
    CHECK(missing->runs == 3);
    CHECK(is_error<SpawnError>(*missing));
    auto const slow = set.next();
    CHECK(slow->runs == 3);
    CHECK(is_error<TimeoutExpired>(*slow));
}

TEST_CASE("while a job waits to be run again, another one has its place",
          "[job_set]")
{
    NoLeaks const no_leaks;
    JobSet set({.jobs = 1, .retries = 1, .backoff = Backoff(100h)});
    set.add(quick(1), "failing");
    set.add(quick(), "next");
    CHECK(set.next()->key == "next");
    CHECK(set.size() == 1);
    set.stop();
    auto const done = set.next();
    CHECK(done->key == "failing");
    CHECK(is_error<StopRequested>(*done));
    CHECK(done->runs == 1);
}

// --- output ------------------------------------------------------------------------------

TEST_CASE("output that the expression does not connect is captured if asked",
          "[job_set]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const at;
    JobSet set({.order = ResultOrder::input, .output = JobOutput::captured});
    auto const speak = cmd(child("write_to"), 1, "o", 2, "e");
    set.add(speak);
    set.add(speak > at / "f");
    set.add(speak | cmd(child("copy")));
    auto const one = set.next()->result;
    CHECK(one.out == "o");
    CHECK(one.err == "e");
    auto const other = set.next()->result;
    CHECK_FALSE(other.out.captured());
    CHECK(other.err == "e");
    CHECK(read_file(at / "f") == "o");
    auto const piped = set.next()->result;
    CHECK(piped.out == "o");
    CHECK(piped.stages[0].err == "e");
}

TEST_CASE("input is given to every job, and need not live as long", "[job_set]")
{
    NoLeaks const no_leaks;
    auto input = std::make_unique<std::string>("some input");
    JobSet set({.output = JobOutput::captured, .run = {.input = *input}});
    input.reset();
    for (int i = 0; i < 3; ++i)
        set.add(cmd(child("copy")));
    for (int i = 0; i < 3; ++i)
        CHECK(set.next()->result.out == "some input");
}

TEST_CASE("grouped output of a job comes whole when it has ended", "[job_set]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto gates = std::array{make_pipe(), make_pipe()};
              JobSet set({.jobs = 2, .output = JobOutput::grouped});
              for (auto const& gate : gates)
                  set.add(cmd(child("print"), "begin\n")
                          && (cmd(child("copy")) < Stdio(gate.read_end.get())));
              EXPECT_IN(told, ::write(gates[1].write_end.get(), "b", 1) == 1);
              EXPECT_IN(told, ::write(gates[0].write_end.get(), "a", 1) == 1);
              gates[1].write_end.close();
              EXPECT_IN(told, set.next()->index == 1);
              gates[0].write_end.close();
              EXPECT_IN(told, set.next()->index == 0);
              told.expect_equal(screen.rest(1), "begin\nbbegin\na", "shown");
          })
          == "");
}

TEST_CASE("labelled output comes line by line, with the key in front",
          "[job_set]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              auto gate = make_pipe();
              JobSet set({.jobs = 2, .output = JobOutput::labelled});
              set.add(cmd(child("copy")) < Stdio(gate.read_end.get()), "one");
              EXPECT_IN(told, ::write(gate.write_end.get(), "a\nb", 3) == 3);
              told.expect_equal(screen.next(1, 7), "one: a\n", "at once");
              gate.write_end.close();
              EXPECT_IN(told, bool(*set.next()));
              told.expect_equal(screen.next(1, 7), "one: b\n", "at the end");
              set.add(cmd(child("write_to"), 2, "e\n\nf"), "two");
              EXPECT_IN(told, bool(*set.next()));
              told.expect_equal(screen.rest(2), "two: e\ntwo: \ntwo: f\n",
                                "stderr");
          })
          == "");
}

TEST_CASE("no line of many jobs is torn", "[job_set]")
{
    NoLeaks const no_leaks;
    CHECK(with_screen([](Complaints const& told, Screen& screen) {
              std::string text;
              for (int i = 0; i < 200; ++i)
                  text += std::string(static_cast<std::size_t>(i), 'x') + '\n';
              std::string shown;
              std::thread reader([&] { shown = read_all(screen.reader(1)); });
              {
                  JobSet set({.jobs = 8, .output = JobOutput::labelled});
                  for (int i = 0; i < 20; ++i)
                      set.add(cmd(child("print"), text), std::to_string(i));
                  while (set.next()) {}
              }
              ::close(1);
              reader.join();
              std::multiset<std::string> seen;
              for (auto const& line : lines_of(shown))
                  seen.insert(line);
              std::multiset<std::string> wanted;
              for (int i = 0; i < 20; ++i)
                  for (auto const& line : lines_of(text))
                      wanted.insert(std::to_string(i) + ": " + line);
              EXPECT_IN(told, seen == wanted);
          })
          == "");
}

TEST_CASE("a result is given when the output of its job has been shown",
          "[job_set][guard]")
{
    NoLeaks const no_leaks;
    auto const output = GENERATE(JobOutput::grouped, JobOutput::labelled);
    CHECK(with_screen([=](Complaints const& told, Screen& screen) {
              auto const before = Screen::fill_up(1);
              JobSet set({.output = output});
              set.add(cmd(child("print"), "shown\n"), "k");
              EXPECT_IN(told, !set.next_for(30ms));
              static_cast<void>(screen.next(1, before));
              EXPECT_IN(told, bool(set.next()));
              told.expect_equal(screen.rest(1),
                                output == JobOutput::grouped ? "shown\n"
                                                             : "k: shown\n",
                                "shown");
          })
          == "");
}

// --- who uses a set ------------------------------------------------------------------------

TEST_CASE("an event loop can wait for the results of a set", "[job_set]")
{
    NoLeaks const no_leaks;
    auto gate = make_pipe();
    JobSet set;
    auto const is_ready = [&](int patience) {
        ::pollfd item{set.fd(), POLLIN, 0};
        return ::poll(&item, 1, patience) == 1;
    };
    CHECK(is_ready(0)); // it is empty
    set.add(gated(gate));
    CHECK_FALSE(is_ready(0));
    gate.write_end.close();
    CHECK(is_ready(60'000));
    CHECK(set.poll());
    CHECK(is_ready(0));
    set.add(quick());
    set.add(quick());
    for (int i = 0; i < 2; ++i) {
        CHECK(is_ready(60'000));
        CHECK(set.poll());
    }
}

TEST_CASE("each result is given to one of many threads", "[job_set]")
{
    NoLeaks const no_leaks;
    JobSet set({.jobs = 4});
    for (int i = 0; i < 60; ++i)
        set.add(quick());
    std::mutex mutex;
    std::vector<std::size_t> seen;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            while (auto const done = set.next()) {
                std::scoped_lock const lock(mutex);
                seen.push_back(done->index);
            }
        });
    for (auto& thread : threads)
        thread.join();
    std::ranges::sort(seen);
    CHECK(seen.size() == 60);
    CHECK(std::ranges::adjacent_find(seen) == seen.end());
}

TEST_CASE("the jobs of a set use the executor of the thread that adds them",
          "[job_set]")
{
    NoLeaks const no_leaks;
    std::string log;
    DryRun dry(log);
    JobSet set({.jobs = 1});
    {
        UseExecutor const scope(dry);
        set.add(cmd("rm", "-rf", "/"));
    }
    set.add(quick(3));
    CHECK(bool(*set.next()));
    CHECK(set.next()->result.returncode == 3);
    CHECK(log == "rm -rf /\n");
}

TEST_CASE("a set inside of an in-process stage ends with the stage",
          "[job_set]")
{
    NoLeaks const no_leaks;
    std::atomic<bool> was_cut_off{false};
    auto const many = stage([&](LineRange) -> std::vector<std::string> {
        JobSet set({.jobs = 2});
        set.add(endless() > "/dev/null");
        try {
            static_cast<void>(set.next());
        } catch (std::exception const&) {
            return {"an exception"};
        } catch (...) {
            was_cut_off = true;
            throw;
        }
        return {"a result"};
    });
    CHECK_THROWS_AS(run(cmd(child("print"), "a\n") | many | cmd(child("copy")),
                        {.timeout = 50ms}),
                    TimeoutExpired);
    CHECK(was_cut_off);
}

TEST_CASE("a set can be moved, and what it was moved from refuses everything",
          "[job_set]")
{
    NoLeaks const no_leaks;
    JobSet from;
    from.add(quick(), "key");
    JobSet set(std::move(from));
    CHECK_THROWS_AS(from.next(), std::logic_error);
    CHECK_THROWS_AS(from.add(quick()), std::logic_error);
    CHECK(set.next()->key == "key");
    from = JobSet();
    CHECK_FALSE(from.next());
}

namespace {

/// The calls with which the thread of a set waits, each descriptor of a poll.
std::atomic<long> work{0};

void count_work(posix::Calls& table)
{
    table.ppoll = [](::pollfd* items, unsigned count, ::timespec const* limit) {
        work += count;
        return posix::native_calls().ppoll(items, count, limit);
    };
    table.epoll_wait = [](int epoll, ::epoll_event* events, int most,
                          int milliseconds) {
        ++work;
        return posix::native_calls().epoll_wait(epoll, events, most,
                                                milliseconds);
    };
    table.epoll_ctl = [](int epoll, int operation, int fd,
                         ::epoll_event* event) {
        ++work;
        return posix::native_calls().epoll_ctl(epoll, operation, fd, event);
    };
}

/// The work for twenty jobs while `live` others run.
long work_beside(std::size_t live)
{
    auto gate = make_pipe();
    JobSet set({.jobs = live + 1});
    auto const waits = gated(gate);
    for (std::size_t i = 0; i < live; ++i)
        set.add(waits);
    set.add(quick(), "first");
    CHECK(set.next()->key == "first"); // so all others have been started
    OtherCalls const calls(count_work);
    work = 0;
    for (int i = 0; i < 20; ++i) {
        set.add(quick());
        CHECK(bool(*set.next()));
    }
    auto const counted = work.load();
    gate.write_end.close();
    while (set.next()) {}
    return counted;
}

} // namespace

TEST_CASE("the cost of an end does not grow with the number of jobs",
          "[job_set][cost]")
{
    NoLeaks const no_leaks;
    auto const beside_few = work_beside(5);
    auto const beside_many = work_beside(150);
    CHECK(beside_few > 0);
    CHECK(beside_many <= 2 * beside_few);
}
