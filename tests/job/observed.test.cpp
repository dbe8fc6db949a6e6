// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// When an observer is told of the ends of the commands of a job: as soon as they
// have ended, whichever thread runs the event loop.
#include "support/children.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <poll.h>
#include <set>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

Command copy()
{
    return cmd(child("copy"));
}

/// Remembers which stages have exited.
class Exits final : public Observer {
public:
    void exited(Exited const& e) noexcept override
    {
        std::lock_guard const lock(mutex_);
        stages_.insert(e.child.stage);
        changed_.notify_all();
        if (then)
            then();
    }

    bool has(std::size_t stage) const
    {
        std::lock_guard const lock(mutex_);
        return stages_.contains(stage);
    }

    /// Returns false if it takes too long.
    bool wait_for(std::size_t stage) const
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 30s,
                                 [&] { return stages_.contains(stage); });
    }

    std::function<void()> then;

private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::set<std::size_t> stages_;
};

} // namespace

TEST_CASE("an observer is told of an end though nothing waits for the job",
          "[job][observer][ends]")
{
    NoLeaks const no_leaks;
    Exits exits;
    auto job =
        start((copy() < Stdio::pipe) | cmd(child("exit_with"), 0) | copy(),
              {.observer = &exits});
    CHECK(exits.wait_for(2));
    CHECK(exits.wait_for(3));
    CHECK_FALSE(exits.has(1));
    job.in().close();
    CHECK(exits.wait_for(1));
}

TEST_CASE("an observer of a job in a foreign loop is told of an end in the "
          "step after it",
          "[job][observer][ends][event]")
{
    NoLeaks const no_leaks;
    Exits exits;
    auto job =
        start((copy() < Stdio::pipe) | cmd(child("exit_with"), 0) | copy(),
              {.observer = &exits, .pump = Pump::caller});
    ::pollfd item{job.fd(), POLLIN, 0};
    while (!exits.has(2) || !exits.has(3)) {
        REQUIRE(::poll(&item, 1, 30'000) == 1);
        CHECK_FALSE(job.step());
    }
    job.in().close();
    while (!job.step())
        REQUIRE(::poll(&item, 1, 30'000) == 1);
    CHECK(exits.has(1));
}

TEST_CASE("an observer is told of an end while an outside process holds a pipe",
          "[job][observer][ends]")
{
    NoLeaks const no_leaks;
    int gate[2];
    REQUIRE(::pipe(gate) == 0);
    Exits exits;
    exits.then = [&] { ::close(gate[1]); }; // the outside process then ends
    auto const program = child("copy");
    auto const script =
        child("copy") + " </dev/fd/" + std::to_string(gate[0]) + " & exit 0";
    auto const e = sh(script).with({.pass_fds = {gate[0]}}) | capture;
    CHECK(run(e, {.observer = &exits}));
    CHECK(exits.has(1));
    ::close(gate[0]);
}

TEST_CASE("an observer is told of every end though descriptors were short",
          "[job][observer][ends][limits]")
{
    auto const complaints = in_private_process([](Complaints const& told) {
        auto const quick = cmd(child("exit_with"), 0);
        for (unsigned most = 8; most < 24; ++most) {
            ::rlimit old{};
            ::getrlimit(RLIMIT_NOFILE, &old);
            ::rlimit const limit{most, old.rlim_max};
            ::setrlimit(RLIMIT_NOFILE, &limit);
            Exits exits;
            try {
                auto job = start((copy() < Stdio::pipe) | quick | copy()
                                     | copy() | copy() | copy(),
                                 {.observer = &exits});
                ::setrlimit(RLIMIT_NOFILE, &old);
                told.expect(exits.wait_for(2),
                            "no end was told of, at " + std::to_string(most));
                job.in().close();
                static_cast<void>(job.wait());
            } catch (std::system_error const&) { // not enough of them
                ::setrlimit(RLIMIT_NOFILE, &old);
            }
        }
    });
    CHECK(complaints == "");
}
