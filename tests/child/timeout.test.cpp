// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How long to wait, as a value.
#include <runnel/error.hpp>
#include <runnel/timeout.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cmath>
#include <limits>
#include <ratio>

using namespace runnel;
using namespace std::chrono_literals;

namespace {
using Seconds = std::chrono::duration<double>;
}

TEST_CASE("any duration is a timeout", "[timeout]")
{
    CHECK(Timeout(300ms).limit() == 300ms);
    CHECK(Timeout(1.5s).limit() == 1500ms);
    CHECK(Timeout(2h).seconds() == 7200.0);
    CHECK(Timeout(Seconds(0.25)).limit() == 250ms);
    CHECK(!Timeout(2h).is_forever());
    STATIC_REQUIRE(Timeout(1s).limit() == 1s);
}

TEST_CASE("no nanosecond of a timeout is lost", "[timeout]")
{
    CHECK(Timeout(1s + 1ns).limit() == 1'000'000'001ns);
    CHECK(Timeout(290 * 365 * 24h - 1ns).limit() == 290 * 365 * 24h - 1ns);
    CHECK(Timeout(Seconds(0.3)).limit() == 300ms);
    CHECK(Timeout(Seconds(1e-9)).limit() == 1ns);
    CHECK(Timeout(std::chrono::duration<float>(0.5F)).limit() == 500ms);
    CHECK(Timeout(std::chrono::duration<long long, std::pico>(1'999)).limit()
          == 1ns);
    using Byte = std::chrono::duration<signed char, std::ratio<60>>;
    CHECK(Timeout(Byte(127)).limit() == 127min);
}

TEST_CASE("a point in time is a timeout", "[timeout]")
{
    using Clock = Timeout::Clock;
    auto const point = Clock::now() + 1h;
    Timeout const until = point;
    CHECK(until.is_point());
    CHECK(!until.is_forever());
    CHECK(until.deadline() == point);
    CHECK(until.deadline(point + 5h) == point);
    auto const left = until.limit();
    CHECK(left <= 1h);
    CHECK(left >= point - Clock::now());
    CHECK(!Timeout(1s).is_point());
    CHECK(Timeout(std::chrono::floor<std::chrono::seconds>(point)).is_point());
}

TEST_CASE("a point that has passed leaves no time", "[timeout]")
{
    using Clock = Timeout::Clock;
    CHECK(Timeout(Clock::now() - 1h).limit() == 0s);
    CHECK(Timeout(Clock::time_point::min()).limit() == 0s);
    CHECK(Timeout(Clock::time_point::min()).deadline() <= Clock::now());
}

TEST_CASE("the last point in time is for ever", "[timeout]")
{
    Timeout const until = Timeout::Clock::time_point::max();
    CHECK(until.is_forever());
    CHECK(!until.is_point());
    CHECK(until.deadline() == Timeout::Clock::time_point::max());
}

TEST_CASE("a deadline is counted from the begin of the wait", "[timeout]")
{
    Timeout::Clock::time_point const begin(1h);
    CHECK(Timeout(2s).deadline(begin) == begin + 2s);
    CHECK(Timeout().deadline(begin) == Timeout::Clock::time_point::max());
    CHECK(Timeout(Timeout::Nanoseconds::max() - 10s).deadline(begin)
          == Timeout::Clock::time_point::max());
}

TEST_CASE("no timeout is for ever", "[timeout]")
{
    CHECK(Timeout().is_forever());
    CHECK(Timeout::forever().is_forever());
    CHECK(std::isinf(Timeout::forever().seconds()));
}

TEST_CASE("a negative timeout is zero", "[timeout][fault:I10]")
{
    CHECK(Timeout(-1s).limit() == 0s);
    CHECK(Timeout(std::chrono::hours::min()).limit() == 0s);
    CHECK(Timeout(Seconds(-std::numeric_limits<double>::infinity())).limit()
          == 0s);
}

TEST_CASE("a timeout too long for the clock is for ever, it does not wrap",
          "[timeout][fault:I10]")
{
    CHECK(Timeout(std::chrono::hours::max()).is_forever());
    CHECK(Timeout(std::chrono::seconds::max()).is_forever());
    CHECK(Timeout(std::chrono::nanoseconds::max()).is_forever());
    CHECK(Timeout(Seconds(1e18)).is_forever());
    CHECK(
        Timeout(Seconds(std::numeric_limits<double>::infinity())).is_forever());
    CHECK(Timeout(std::chrono::duration<float>(9.3e9F)).is_forever());
    CHECK(!Timeout(std::chrono::hours(24 * 365 * 290)).is_forever());
}

TEST_CASE("a timeout that is not a number is refused", "[timeout][fault:I10]")
{
    CHECK_THROWS_AS(Timeout(Seconds(std::numeric_limits<double>::quiet_NaN())),
                    std::invalid_argument);
}

TEST_CASE("an error says in words how long was waited", "[timeout][errors]")
{
    auto const words = [](Timeout timeout) {
        return std::string(TimeoutExpired("c", timeout).what());
    };
    CHECK(words(0s) == "\"c\" timed out after 0 s");
    CHECK(words(20ms) == "\"c\" timed out after 20 ms");
    CHECK(words(1500ms) == "\"c\" timed out after 1.5 s");
    CHECK(words(3s) == "\"c\" timed out after 3 s");
    CHECK(words(2h) == "\"c\" timed out after 7200 s");
}
