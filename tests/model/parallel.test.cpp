// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Random sets of jobs, and what must be true of every one.
//
// A failure names its seed. To run that one alone:
//
//     RUNNEL_MODEL_SEED=123456 model_tests "one set of jobs by its seed"
//
// The nightly case starts at RUNNEL_MODEL_SEED, if that is set.
#include "support/children.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <optional>
#include <random>
#include <ranges>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

using Seed = unsigned long long;

struct RangeFailed : std::runtime_error {
    RangeFailed() : std::runtime_error("the range failed") {}
};

/// One job, and what becomes of it.
struct Work {
    enum class Kind { exits, prints, missing, feeds, list } kind;
    int code = 0; ///< of `exits`
    std::size_t bytes = 0; ///< of the others

    Pipeline expression() const
    {
        auto const text = std::string(bytes, 'x');
        switch (kind) {
        case Kind::missing: return cmd("/no/such/program");
        case Kind::prints: return cmd(child("print"), text);
        case Kind::feeds:
            return std::vector<std::string>{text} | cmd(child("copy"));
        case Kind::list:
            return cmd(child("exit_with"), 1) || cmd(child("print"), text);
        default: return cmd(child("exit_with"), code);
        }
    }

    bool succeeds() const
    {
        return kind != Kind::missing && (kind != Kind::exits || code == 0);
    }

    std::string output() const
    {
        return std::string(bytes, 'x') + (kind == Kind::feeds ? "\n" : "");
    }
};

struct Scene {
    std::vector<Work> all;
    ParallelOptions options;
    std::optional<std::size_t>
        throws_at; ///< the range, in place of this element
    std::optional<std::size_t> leaves_after; ///< that many results
};

class Dice {
public:
    explicit Dice(Seed seed) : engine_(seed) {}

    std::size_t upto(std::size_t most)
    {
        return std::uniform_int_distribution<std::size_t>(0, most)(engine_);
    }
    bool one_in(std::size_t count) { return upto(count - 1) == 0; }

private:
    std::mt19937_64 engine_;
};

Work work_of(Dice& dice)
{
    using Kind = Work::Kind;
    constexpr Kind kinds[] = {Kind::exits, Kind::exits,   Kind::prints,
                              Kind::feeds, Kind::missing, Kind::list};
    Work work{kinds[dice.upto(5)]};
    if (work.kind == Kind::exits)
        work.code = dice.one_in(3) ? static_cast<int>(dice.upto(3)) : 0;
    else if (work.kind != Kind::missing)
        work.bytes = dice.upto(dice.one_in(5) ? 70'000 : 9);
    return work;
}

Scene scene_of(Seed seed)
{
    Dice dice(seed);
    Scene scene;
    for (auto count = dice.upto(18); count > 0; --count)
        scene.all.push_back(work_of(dice));
    auto& options = scene.options;
    options.jobs = dice.upto(8);
    options.window = dice.one_in(2) ? 0 : dice.upto(12);
    options.order =
        dice.one_in(2) ? ResultOrder::completion : ResultOrder::input;
    options.output = JobOutput::captured;
    options.stop_on_failure = dice.one_in(4);
    options.retries = dice.one_in(3) ? dice.upto(2) : 0;
    if (dice.one_in(5))
        scene.throws_at = dice.upto(scene.all.size());
    if (dice.one_in(5))
        scene.leaves_after = 1 + dice.upto(scene.all.size());
    return scene;
}

/// Counts the children that live, and what the range was asked for.
class Counts final : public Observer {
public:
    void starting(Starting const&) override
    {
        auto const now = ++living_;
        for (auto most = most_.load();
             now > most && !most_.compare_exchange_weak(most, now);)
            ;
    }
    void refused(Refused const&) noexcept override { --living_; }
    void exited(Exited const&) noexcept override { --living_; }

    std::size_t living() const { return living_; }
    std::size_t most() const { return most_; }

    std::size_t pulled = 0;

private:
    std::atomic<std::size_t> living_{0};
    std::atomic<std::size_t> most_{0};
};

/// Runs a scene and collects what is wrong.
class Trial {
public:
    explicit Trial(Seed seed) : scene_(scene_of(seed)), seed_(seed)
    {
        scene_.options.run.observer = &counts_;
        given_.resize(scene_.all.size());
    }

    std::string complaints()
    {
        bool threw = false;
        try {
            watch_all();
        } catch (RangeFailed const&) {
            threw = true;
        }
        if (!left_)
            look_at_end(threw);
        expect(counts_.living() == 0, "children live");
        expect(counts_.most() <= jobs(), "more jobs than allowed");
        return complaints_;
    }

private:
    std::size_t jobs() const
    {
        auto const given = scene_.options.jobs;
        return given > 0 ? given : std::thread::hardware_concurrency();
    }

    std::size_t window() const
    {
        auto const given = scene_.options.window;
        return std::max(jobs(), given > 0 ? given : 4 * jobs());
    }

    Pipeline pull(std::size_t index)
    {
        if (scene_.throws_at == index)
            throw RangeFailed();
        ++counts_.pulled;
        expect(counts_.pulled <= results_ + window(), "beyond the window");
        return scene_.all[index].expression();
    }

    void watch_all()
    {
        // One more than there are: the range may throw behind its last element.
        auto const count = scene_.all.size() + (scene_.throws_at ? 1 : 0);
        auto expressions =
            std::views::iota(std::size_t{0}, count)
            | std::views::transform([this](std::size_t i) { return pull(i); });
        for (Finished const& done : expressions | parallel(scene_.options)) {
            look_at(done);
            left_ = scene_.leaves_after == results_;
            if (left_)
                break;
        }
    }

    void look_at(Finished const& done)
    {
        if (done.index >= given_.size() || given_[done.index])
            return expect(false, "an index that was not expected");
        given_[done.index] = true;
        expect(scene_.options.order == ResultOrder::completion
                   || done.index == results_,
               "results out of order");
        ++results_;
        if (is_stopped(done)) {
            ++stopped_;
            return;
        }
        look_at_outcome(done, scene_.all[done.index]);
    }

    void look_at_outcome(Finished const& done, Work const& work)
    {
        auto const name = "job " + std::to_string(done.index) + ": ";
        failed_ += !work.succeeds();
        expect(bool(done) == work.succeeds(), name + "success");
        expect(bool(done.error) == (work.kind == Work::Kind::missing),
               name + "error");
        // A set that has stopped runs nothing again.
        auto const most = work.succeeds() ? 1 : 1 + scene_.options.retries;
        expect(done.runs == most
                   || (scene_.options.stop_on_failure && done.runs >= 1
                       && done.runs < most),
               name + "runs");
        if (work.kind == Work::Kind::exits)
            expect(done.result.returncode == work.code, name + "returncode");
        else if (work.kind != Work::Kind::missing)
            expect(done.result.out == work.output(), name + "output");
    }

    static bool is_stopped(Finished const& done)
    {
        try {
            if (done.error)
                std::rethrow_exception(done.error);
        } catch (StopRequested const&) {
            return true;
        } catch (std::exception const&) {
        }
        return false;
    }

    void look_at_end(bool threw)
    {
        expect(results_ == counts_.pulled, "results are missing");
        expect(stopped_ == 0 || (failed_ > 0 && scene_.options.stop_on_failure),
               "stopped without a failure");
        bool const stops = scene_.options.stop_on_failure && failed_ > 0;
        if (stops)
            return;
        expect(threw == scene_.throws_at.has_value(), "the range's exception");
        expect(results_ == scene_.throws_at.value_or(scene_.all.size()),
               "elements were left out");
    }

    void expect(bool holds, std::string const& what)
    {
        if (!holds)
            complaints_ += "seed " + std::to_string(seed_) + ": " + what + '\n';
    }

    Scene scene_;
    Seed const seed_;
    Counts counts_;
    std::vector<bool> given_;
    std::size_t results_ = 0;
    std::size_t stopped_ = 0;
    std::size_t failed_ = 0;
    bool left_ = false;
    std::string complaints_;
};

std::string wrong_ones(Seed begin, int count)
{
    std::string all;
    for (auto seed = begin; count-- > 0 && all.size() < 2000; ++seed)
        all += Trial(seed).complaints();
    return all;
}

std::optional<Seed> seed_of_user()
{
    auto const* const text = std::getenv("RUNNEL_MODEL_SEED");
    if (text == nullptr)
        return {};
    return std::strtoull(text, nullptr, 10);
}

/// Several threads add to one set and take from it.
std::string shared_set(Seed seed)
{
    constexpr std::size_t threads = 3;
    constexpr std::size_t each = 8;
    Dice dice(seed);
    Counts counts;
    JobSet set({.jobs = 1 + dice.upto(5), .run = {.observer = &counts}});
    std::vector<std::size_t> indexes[threads];
    std::atomic<std::size_t> added{0};
    std::atomic<std::size_t> taken{0};
    auto const work = [&](std::size_t thread) {
        for (std::size_t i = 0; i < each; ++i) {
            set.add(cmd(child("exit_with"), static_cast<int>(i % 3)));
            ++added;
            if (auto const done = i % 2 == 0 ? set.poll() : set.next()) {
                indexes[thread].push_back(done->index);
                ++taken;
            }
        }
        while (taken < threads * each)
            if (auto const done = set.next_for(std::chrono::milliseconds(1))) {
                indexes[thread].push_back(done->index);
                ++taken;
            }
    };
    std::vector<std::thread> all;
    for (std::size_t i = 0; i < threads; ++i)
        all.emplace_back(work, i);
    for (auto& thread : all)
        thread.join();
    std::vector<std::size_t> seen;
    for (auto const& some : indexes)
        seen.insert(seen.end(), some.begin(), some.end());
    std::ranges::sort(seen);
    bool const is_right =
        std::ranges::equal(seen,
                           std::views::iota(std::size_t{0}, threads * each))
        && counts.living() == 0 && set.empty();
    return is_right ? "" : "seed " + std::to_string(seed) + ": shared set\n";
}

} // namespace

TEST_CASE("random sets of jobs keep order, window, limits and results",
          "[parallel][model]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_ones(1 + 40 * GENERATE(Seed(0), Seed(1), Seed(2), Seed(3)), 40)
          == "");
}

TEST_CASE("threads share a set of jobs, and no result is lost",
          "[parallel][model][threads]")
{
    NoLeaks const no_leaks;
    std::string all;
    for (Seed seed = 1; seed <= 20; ++seed)
        all += shared_set(seed);
    CHECK(all == "");
}

TEST_CASE("one set of jobs by its seed", "[.][parallel][model]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_ones(seed_of_user().value_or(1), 1) == "");
}

TEST_CASE("thousands of random sets of jobs", "[.nightly][parallel][model]")
{
    auto const begin = seed_of_user().value_or(1'000'000);
    for (Seed seed = begin; seed < begin + 5000; seed += 50) {
        NoLeaks const no_leaks;
        CHECK(wrong_ones(seed, 50) == "");
    }
}
