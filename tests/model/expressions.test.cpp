// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Random expressions of every shape, and an oracle for their results: bytes,
// statuses, files, time, and what is left behind.
//
// A failure names its seed. To run that expression alone:
//
//     RUNNEL_MODEL_SEED=123456 model_tests "one expression by its seed"
//
// RUNNEL_MODEL_TIMES=1000 repeats it, for failures that depend on timing. The
// nightly case starts at RUNNEL_MODEL_SEED, if that is set.
#include "model/shrink.hpp"
#include "model/trial.hpp"

#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>

using namespace runnel;
using namespace runnel::test;
using namespace runnel::test::model;

namespace {

using Seed = unsigned long long;

// The themes: what the expressions of a case contain more often. The last digit
// of a seed is its theme.
enum {
    anything,
    tees,
    lists,
    substitutions,
    redirections,
    leavers,
    failures,
    large,
    late,
    plain
};

Theme theme_of(Seed seed)
{
    Theme theme;
    switch (seed % 10) {
    case tees:
        theme.tees = 2;
        theme.captures = 2;
        break;
    case lists: theme.lists = 2; break;
    case substitutions: theme.substitutions = 2; break;
    case redirections:
        theme.redirects = 2;
        theme.errors = 2;
        break;
    case leavers:
        theme.early = 2;
        theme.in_process = 3;
        break;
    case failures:
        theme.failures = 2;
        theme.lists = 3;
        break;
    case large:
        theme.huge = 3;
        theme.shared = 3;
        break;
    case late:
        theme.tiny_timeouts = true;
        theme.huge = 20;
        break;
    case plain:
        theme.early = theme.failures = 0;
        theme.depth = 4;
        break;
    default: break;
    }
    return theme;
}

Sample sample_of(Seed seed)
{
    return Generator(seed, theme_of(seed)).sample();
}

std::string complaints_of(Sample const& sample, Seed seed)
{
    return Trial(sample, seed).complaints();
}

/// What is wrong with a sample, and with the smallest sample that is still
/// wrong.
std::string report(Sample const& sample, Seed seed)
{
    auto const first = complaints_of(sample, seed);
    if (first.empty())
        return {};
    auto const small = shrunk(sample, [&](Sample const& smaller) {
        return !complaints_of(smaller, seed).empty();
    });
    return first + "smaller:\n" + complaints_of(small, seed) + '\n';
}

/// Runs `count` expressions of a theme.
std::string wrong_ones(int theme, Seed begin, int count)
{
    std::string all;
    int wrong = 0;
    for (Seed seed = begin * 10 + Seed(theme); count-- > 0; seed += 10) {
        auto const words = report(sample_of(seed), seed);
        all += words;
        if (!words.empty() && ++wrong == 3)
            break;
    }
    return all;
}

} // namespace

TEST_CASE("random expressions do what the model says", "[model]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_ones(anything, 1000, 60) == "");
}

TEST_CASE("random expressions with tees do what the model says", "[model][tee]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_ones(tees, 1000, 60) == "");
}

TEST_CASE("random lists do what the model says", "[model][list]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_ones(lists, 1000, 60) == "");
}

TEST_CASE("random substitutions do what the model says",
          "[model][substitution]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_ones(substitutions, 1000, 60) == "");
}

TEST_CASE("random redirections do what the model says", "[model][redirection]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_ones(redirections, 1000, 60) == "");
}

TEST_CASE("random readers that leave early do what the model says",
          "[model][sigpipe]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_ones(leavers, 1000, 60) == "");
}

TEST_CASE("random failures do what the model says", "[model][status]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_ones(failures, 1000, 60) == "");
}

TEST_CASE("random expressions that move megabytes do what the model says",
          "[model][large]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_ones(large, 1000, 15) == "");
}

TEST_CASE("random expressions end when their time is up", "[model][timeout]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_ones(late, 1000, 60) == "");
}

TEST_CASE("random expressions without failures do what the model says",
          "[model]")
{
    NoLeaks const no_leaks;
    CHECK(wrong_ones(plain, 1000, 60) == "");
}

// --- by hand, and for a night -----------------------------------------------------

namespace {

std::optional<Seed> wanted_seed()
{
    char const* const text = ::getenv("RUNNEL_MODEL_SEED");
    if (text == nullptr)
        return {};
    return ::strtoull(text, nullptr, 10);
}

} // namespace

TEST_CASE("one expression by its seed", "[.][by_hand]")
{
    auto const seed = wanted_seed();
    REQUIRE(seed.has_value());
    auto const sample = sample_of(*seed);
    char const* const times = ::getenv("RUNNEL_MODEL_TIMES");
    std::string words;
    for (int left = times ? ::atoi(times) : 1; left > 0 && words.empty();
         --left)
        words = report(sample, *seed);
    CHECK(words == "");
}

TEST_CASE("ten thousand random expressions do what the model says",
          "[.nightly][nightly]")
{
    NoLeaks const no_leaks;
    Watchdog const watchdog(3600); // each run has a limit of its own
    std::random_device device;
    Seed const begin = wanted_seed().value_or(device() * Seed{100'000});
    std::printf("model: seeds from %llu\n", begin);
    std::string all;
    int wrong = 0;
    for (Seed seed = begin; seed < begin + 10'000 && wrong < 10; ++seed) {
        auto const words = report(sample_of(seed), seed);
        all += words;
        wrong += !words.empty();
    }
    CHECK(all == "");
}
