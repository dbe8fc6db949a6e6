// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Many jobs, and their ends in the order in which they come.
#include "support/children.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <poll.h>
#include <set>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// The kinds of jobs: which thread runs their event loop.
RunOptions const kinds[] = {
    {}, // none: there is nothing to do but to wait for the child
    {.timeout = 600s}, // one of the job
    {.timeout = 600s, .pump = Pump::caller},
    {.pump = Pump::caller},
};

/// A job that ends when its `in()` is closed.
Job gated(RunOptions const& options = {})
{
    return start(cmd(child("copy")) < Stdio::pipe > "/dev/null", options);
}

std::vector<Job> gated_jobs(std::size_t count, RunOptions const& options = {})
{
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < count; ++i)
        jobs.push_back(gated(options));
    return jobs;
}

Job quick(int code = 0)
{
    return start(cmd(child("exit_with"), code));
}

using Index = std::optional<std::size_t>;

} // namespace

// --- order ---------------------------------------------------------------------------

TEST_CASE("ends are told in the order in which they come", "[job][ends]")
{
    NoLeaks const no_leaks;
    auto const& options = kinds[GENERATE(0U, 1U, 2U, 3U)];
    auto jobs = gated_jobs(3, options);
    WaitSet set;
    for (auto& job : jobs)
        CHECK(set.add(job) == static_cast<std::size_t>(&job - jobs.data()));
    for (std::size_t const index : {1U, 2U, 0U}) {
        CHECK_FALSE(set.poll());
        jobs[index].in().close();
        CHECK(set.wait() == index);
        CHECK(jobs[index].poll());
    }
    CHECK(set.empty());
    CHECK_FALSE(set.wait());
}

TEST_CASE("jobs that ended before are told in the order of their ends",
          "[job][ends]")
{
    NoLeaks const no_leaks;
    std::vector<Job> jobs;
    for (int i = 0; i < 3; ++i)
        jobs.push_back(quick(i));
    for (std::size_t const index : {2U, 0U, 1U})
        static_cast<void>(jobs[index].wait());
    WaitSet set;
    for (auto& job : jobs)
        set.add(job);
    CHECK(set.poll() == Index(2));
    CHECK(set.wait() == Index(0));
    CHECK(set.wait() == Index(1));
}

TEST_CASE("jobs of all kinds can be in one set", "[job][ends]")
{
    NoLeaks const no_leaks;
    std::vector<Job> jobs;
    for (auto const& options : kinds)
        jobs.push_back(gated(options));
    jobs.push_back(quick(3));
    std::set<std::size_t> seen;
    auto close_one = std::size_t(0);
    for (auto const& [index, job] : as_they_end(jobs)) {
        CHECK(&job == &jobs[index]);
        CHECK(job.poll());
        CHECK(seen.insert(index).second);
        if (close_one < std::size(kinds))
            jobs[close_one++].in().close();
    }
    CHECK(seen.size() == jobs.size());
}

TEST_CASE("a set tells the end of a job that is in it twice, twice",
          "[job][ends]")
{
    NoLeaks const no_leaks;
    auto job = gated(kinds[GENERATE(0U, 1U, 2U, 3U)]);
    WaitSet set;
    WaitSet other;
    CHECK(set.add(job) == 0);
    CHECK(set.add(job) == 1);
    other.add(job);
    job.in().close();
    std::set<Index> const told{set.wait(), set.wait()};
    CHECK(told == std::set<Index>{0, 1});
    CHECK(other.wait() == Index(0));
    CHECK_FALSE(set.wait());
}

// --- limits ----------------------------------------------------------------------------

TEST_CASE("waiting for any job can be given up and taken up again",
          "[job][ends]")
{
    NoLeaks const no_leaks;
    auto jobs = gated_jobs(2, kinds[GENERATE(0U, 1U, 2U, 3U)]);
    WaitSet set;
    for (auto& job : jobs)
        set.add(job);
    CHECK_FALSE(set.wait_for(0ms));
    CHECK_FALSE(set.wait_for(10ms));
    CHECK(set.size() == 2);
    jobs[1].in().close();
    CHECK(set.wait_for(60s) == Index(1));
    CHECK(set.size() == 1);
}

TEST_CASE("a thread that waits for a set enforces the limits of jobs without "
          "a thread",
          "[job][ends][timeout]")
{
    NoLeaks const no_leaks;
    auto late = gated({.timeout = 30ms, .pump = Pump::caller});
    auto patient = gated({.pump = Pump::caller});
    WaitSet set;
    set.add(patient);
    set.add(late);
    CHECK(set.wait() == Index(1));
    CHECK_THROWS_AS(late.wait(), TimeoutExpired);
}

TEST_CASE("a set obeys a deadline that began while another thread ran the job",
          "[job][ends][event][timeout]")
{
    NoLeaks const no_leaks;
    StopSource const stop;
    auto job = start(cmd(child("ignore_term")) > Stdio::pipe,
                     {.stop = stop.token(),
                      .teardown = {{.grace = 50ms}},
                      .pump = Pump::caller});
    char byte = 0;
    REQUIRE(job.out().read_some({&byte, 1}) == 1);
    WaitSet set;
    set.add(job);
    CHECK_FALSE(set.poll());
    CHECK_FALSE(set.next_deadline());
    stop.request_stop();
    CHECK_FALSE(job.step()); // as another thread would
    CHECK(set.next_deadline());
    ::pollfd item{set.fd(), POLLIN, 0};
    CHECK(::poll(&item, 1, 0) == 1); // a loop must ask for the new deadline
    CHECK(set.wait() == Index(0));
    CHECK(job.statuses()[0] == ExitStatus::of_signal(SIGKILL));
}

// --- jobs that go ------------------------------------------------------------------------

TEST_CASE("a job may be moved while a set waits for it", "[job][ends]")
{
    NoLeaks const no_leaks;
    auto job = gated(kinds[GENERATE(0U, 1U, 2U, 3U)]);
    WaitSet set;
    set.add(job);
    auto const moved = std::make_unique<Job>(std::move(job));
    moved->in().close();
    CHECK(set.wait() == Index(0));
}

TEST_CASE("a job that is destroyed leaves its set", "[job][ends]")
{
    NoLeaks const no_leaks;
    auto const& options = kinds[GENERATE(0U, 1U, 2U, 3U)];
    WaitSet set;
    auto kept = gated(options);
    {
        auto const gone = gated(options);
        auto ended = quick();
        static_cast<void>(ended.wait());
        set.add(gone.size() > 0 ? const_cast<Job&>(gone) : kept);
        set.add(kept);
        set.add(ended);
        CHECK(set.size() == 3);
    }
    CHECK(set.size() == 1);
    kept.in().close();
    CHECK(set.wait() == Index(1));
}

namespace {

/// A thread that waits for the next end of a set.
class Waiter {
public:
    explicit Waiter(WaitSet& set)
        : index_(std::async(std::launch::async, [this, &set] {
              id_ = static_cast<int>(::gettid());
              return set.wait();
          }))
    {
    }

    /// Returns when it sleeps, as it does while it waits; or after a while.
    void let_sleep() const
    {
        for (int i = 0; i < 5'000 && !sleeps(); ++i)
            std::this_thread::sleep_for(1ms);
    }

    Index result() { return index_.get(); }

private:
    bool sleeps() const
    {
        if (id_ == 0)
            return false;
        auto const stat =
            read_file("/proc/self/task/" + std::to_string(id_) + "/stat");
        return stat.find(") S ") != std::string::npos;
    }

    std::atomic<int> id_{0};
    std::future<Index> index_;
};

} // namespace

TEST_CASE("a thread that waits for a job that is destroyed stops waiting",
          "[job][ends][threads]")
{
    NoLeaks const no_leaks;
    auto const& options = kinds[GENERATE(0U, 1U, 2U, 3U)];
    WaitSet set;
    std::optional<Job> job(gated(options));
    set.add(*job);
    Waiter first(set);
    Waiter second(set);
    first.let_sleep();
    second.let_sleep();
    job.reset();
    CHECK_FALSE(first.result());
    CHECK_FALSE(second.result());
}

TEST_CASE("a set may be destroyed before its jobs end", "[job][ends]")
{
    NoLeaks const no_leaks;
    auto job = gated(kinds[GENERATE(0U, 1U, 2U, 3U)]);
    std::string const before = no_leaks.left_behind();
    {
        WaitSet set;
        set.add(job);
        set = WaitSet();
        set.add(job);
        CHECK_FALSE(set.poll());
    }
    CHECK(no_leaks.left_behind() == before);
    job.in().close();
    CHECK(job.wait());
}

TEST_CASE("a job that has ended in a set holds no descriptor", "[job][ends]")
{
    NoLeaks const no_leaks;
    auto job = quick();
    {
        WaitSet set;
        set.add(job);
        CHECK(set.wait() == Index(0));
    }
    CHECK(no_leaks.left_behind() == "");
    CHECK(job.wait());
}

// --- threads -------------------------------------------------------------------------------

TEST_CASE("each end is told to one of several threads", "[job][ends][threads]")
{
    NoLeaks const no_leaks;
    auto jobs = gated_jobs(24, kinds[GENERATE(0U, 1U, 2U, 3U)]);
    WaitSet set;
    for (auto& job : jobs)
        set.add(job);
    std::mutex mutex;
    std::vector<std::size_t> told;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            while (auto const index = set.wait()) {
                std::lock_guard const lock(mutex);
                told.push_back(*index);
            }
        });
    for (auto& job : jobs)
        job.in().close();
    for (auto& thread : threads)
        thread.join();
    std::ranges::sort(told);
    CHECK(told.size() == jobs.size());
    CHECK(std::ranges::adjacent_find(told) == told.end());
}

TEST_CASE("a job may be waited for beside a set", "[job][ends][threads]")
{
    NoLeaks const no_leaks;
    auto job = gated(kinds[GENERATE(0U, 1U, 2U, 3U)]);
    WaitSet set;
    set.add(job);
    auto waiting = std::async(std::launch::async, [&] { return job.wait(); });
    auto any = std::async(std::launch::async, [&] { return set.wait(); });
    job.in().close();
    CHECK(any.get() == Index(0));
    CHECK(waiting.get());
}

TEST_CASE("a job that is added while a thread waits is waited for",
          "[job][ends][threads]")
{
    NoLeaks const no_leaks;
    auto const& options = kinds[GENERATE(0U, 1U, 2U, 3U)];
    auto first = gated(options);
    auto second = gated(options);
    WaitSet set;
    set.add(first);
    auto any = std::async(std::launch::async, [&] { return set.wait(); });
    set.add(second);
    second.in().close();
    CHECK(any.get() == Index(1));
}

// --- an event loop of the caller ---------------------------------------------------------

TEST_CASE("an event loop is told of the ends of many jobs by one descriptor",
          "[job][ends][event][pidfd]")
{
    NoLeaks const no_leaks;
    auto const kind = GENERATE(0U, 1U, 2U, 3U);
    bool const has_fd = kind == 3 && GENERATE(false, true);
    auto jobs = gated_jobs(3, kinds[kind]);
    WaitSet set;
    ::pollfd item{set.fd(), POLLIN, 0};
    CHECK(::poll(&item, 1, 0) == 1); // nothing to wait for
    for (auto& job : jobs) {
        if (has_fd)
            CHECK(job.fd() >= 0); // which stays ready after the end
        set.add(job);
    }
    CHECK_FALSE(set.poll());
    CHECK(::poll(&item, 1, 0) == 0);
    for (std::size_t const index : {2U, 0U, 1U}) {
        jobs[index].in().close();
        Index told;
        while (!told && ::poll(&item, 1, -1) == 1)
            told = set.poll();
        CHECK(told == index);
        CHECK(::poll(&item, 1, 0) == (set.empty() ? 1 : 0));
    }
}

TEST_CASE("a loop around a set is told when a limit is due",
          "[job][ends][event][timeout]")
{
    NoLeaks const no_leaks;
    auto const limit = std::chrono::steady_clock::now() + 40ms;
    auto job = gated({.timeout = limit, .pump = Pump::caller});
    WaitSet set;
    set.add(job);
    CHECK(set.next_deadline() == limit);
    while (!set.poll())
        std::this_thread::sleep_until(
            set.next_deadline().value_or(std::chrono::steady_clock::now()));
    CHECK_THROWS_AS(job.wait(), TimeoutExpired);
    CHECK_FALSE(set.next_deadline());
}

// --- ranges --------------------------------------------------------------------------------

TEST_CASE("wait_any names the job that ended first", "[job][ends]")
{
    NoLeaks const no_leaks;
    auto jobs = gated_jobs(3, kinds[GENERATE(0U, 1U, 2U, 3U)]);
    CHECK_FALSE(wait_any(jobs, 0ms));
    jobs[2].in().close();
    CHECK(wait_any(jobs) == Index(2));
    jobs[1].in().close();
    CHECK(jobs[1].wait());
    CHECK(wait_any(jobs, 60s) == Index(2));
    CHECK_FALSE(wait_any(std::vector<Job>()));
}

TEST_CASE("wait_any and as_they_end take pointers and references to jobs",
          "[job][ends]")
{
    NoLeaks const no_leaks;
    auto a = gated();
    auto b = quick();
    CHECK(wait_any({&a, &b}) == Index(1));
    std::vector<std::reference_wrapper<Job>> const references{b, a};
    CHECK(wait_any(references) == Index(0));
    std::list<std::unique_ptr<Job>> owners;
    owners.push_back(std::make_unique<Job>(std::move(b)));
    owners.push_back(std::make_unique<Job>(std::move(a)));
    std::vector<Job*> ended;
    for (auto const& [index, job] : as_they_end(owners)) {
        CHECK(index == ended.size());
        ended.push_back(&job);
        owners.back()->in().close();
    }
    CHECK(ended == std::vector{owners.front().get(), owners.back().get()});
}

TEST_CASE("a range of ended jobs can own its jobs", "[job][ends]")
{
    NoLeaks const no_leaks;
    std::vector<Job> jobs;
    jobs.push_back(quick(1));
    jobs.push_back(quick(2));
    int sum = 0;
    for (auto& ended : as_they_end(std::move(jobs)))
        sum += ended.job.wait().returncode;
    CHECK(sum == 3);
}

TEST_CASE("an object that is no job is refused", "[job][ends]")
{
    NoLeaks const no_leaks;
    auto job = quick();
    CHECK_THROWS_AS(wait_any({&job, nullptr}), std::invalid_argument);
    auto const moved = std::move(job);
    CHECK_THROWS_AS(wait_any({&job}), std::logic_error);
    WaitSet set;
    auto const other = std::move(set);
    CHECK_THROWS_AS(set.poll(), std::logic_error);
    static_assert(!detail::job_range<std::vector<int>>);
    static_assert(!detail::job_range<std::vector<Job> const>);
    static_assert(std::ranges::input_range<decltype(as_they_end(
                      std::declval<std::vector<Job>&>()))>);
}

// --- cost ----------------------------------------------------------------------------------

namespace {

/// How many descriptors were looked at, and how many other calls were made to
/// learn of ends.
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
    table.waitid = [](int kind, int id, ::siginfo_t* info, int options,
                      ::rusage* usage) {
        ++work;
        return posix::native_calls().waitid(kind, id, info, options, usage);
    };
}

/// The most work for one end of `count` jobs.
long most_work(std::size_t count, RunOptions const& options)
{
    auto jobs = gated_jobs(count, options);
    auto ends = as_they_end(jobs);
    OtherCalls const calls(count_work);
    long most = 0;
    jobs[0].in().close();
    work = 0;
    std::size_t next = 1;
    for ([[maybe_unused]] auto const& ended : ends) {
        most = std::max(most, work.load());
        if (next < count)
            jobs[next++].in().close();
        work = 0;
    }
    return most;
}

} // namespace

TEST_CASE("the end of one of a thousand jobs costs as much as that of one of "
          "ten",
          "[job][ends][cost]")
{
    NoLeaks const no_leaks;
    auto const pump = GENERATE(Pump::thread, Pump::caller);
    CHECK(in_private_process([&](Complaints const& complaints) {
              ::rlimit limit{};
              ::getrlimit(RLIMIT_NOFILE, &limit);
              limit.rlim_cur = limit.rlim_max;
              ::setrlimit(RLIMIT_NOFILE, &limit);
              std::size_t const many = limit.rlim_cur > 6000 ? 1000 : 150;
              auto const of_ten = most_work(10, {.pump = pump});
              auto const of_many = most_work(many, {.pump = pump});
              complaints.expect(of_ten > 0, "nothing was counted");
              // A wait may be interrupted by what is no end.
              complaints.expect(of_many <= 2 * of_ten + 20,
                                std::to_string(of_many) + " of many, "
                                    + std::to_string(of_ten) + " of ten");
          })
          == "");
}

// --- requests --------------------------------------------------------------------------------

TEST_CASE("a request does not keep an event loop busy", "[job][event]")
{
    NoLeaks const no_leaks;
    auto job =
        start(cmd(child("ignore_term")) > Stdio::pipe, {.pump = Pump::caller});
    char byte = 0;
    REQUIRE(job.out().read_some({&byte, 1}) == 1);
    ::pollfd item{job.fd(), POLLIN, 0};
    job.terminate();
    CHECK(::poll(&item, 1, 0) == 1);
    CHECK_FALSE(job.step());
    CHECK(::poll(&item, 1, 0) == 0);
    job.kill();
}
