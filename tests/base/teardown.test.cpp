// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How to end what runs, as a value.
#include <runnel/teardown.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <span>
#include <stdexcept>
#include <vector>

#include <signal.h>

using namespace runnel;
using namespace std::chrono_literals;

namespace {

std::vector<TeardownStep> steps(Teardown const& how)
{
    return {how.steps().begin(), how.steps().end()};
}

} // namespace

TEST_CASE("the default teardown asks for two seconds", "[teardown]")
{
    CHECK(steps(Teardown()) == std::vector<TeardownStep>{{SIGTERM, 2s}});
    CHECK(Teardown() == Teardown{{SIGTERM, 2s}});
    CHECK(Teardown().grace() == 2s);
}

TEST_CASE("a teardown keeps its steps in order", "[teardown]")
{
    Teardown const how{
        {SIGINT, 1s}, {.signal = 0, .grace = 5ms}, {SIGTERM, 2s}};
    CHECK(steps(how)
          == std::vector<TeardownStep>{{SIGINT, 1s}, {0, 5ms}, {SIGTERM, 2s}});
    CHECK(how.grace() == 3005ms);
    CHECK(Teardown(std::span(how.steps())) == how);
    CHECK(how != Teardown{{SIGINT, 1s}});
}

TEST_CASE("a copy of a teardown lives on", "[teardown]")
{
    Teardown copy;
    {
        Teardown const how{{SIGINT, 1s}, {SIGTERM, 2s}};
        copy = how;
    }
    CHECK(steps(copy)
          == std::vector<TeardownStep>{{SIGINT, 1s}, {SIGTERM, 2s}});
}

TEST_CASE("a teardown that was moved from is whole", "[teardown]")
{
    Teardown how{{SIGINT, 1s}, {SIGTERM, 2s}};
    Teardown const moved = std::move(how);
    CHECK(how == moved);
    CHECK(how.steps().size() == 2);
}

TEST_CASE("what follows SIGKILL, and a step without grace, is left out",
          "[teardown]")
{
    CHECK(Teardown::kill().steps().empty());
    CHECK(Teardown::kill().grace() == 0s);
    CHECK(Teardown{{SIGKILL, 1s}, {SIGTERM, 1s}} == Teardown::kill());
    CHECK(Teardown{{SIGINT, 1s}, {SIGKILL, 1s}} == Teardown{{SIGINT, 1s}});
    CHECK(Teardown{{SIGTERM, 0s}} == Teardown::kill());
    CHECK(Teardown{{SIGTERM, -1s}, {SIGINT, 1s}} == Teardown{{SIGINT, 1s}});
    CHECK(Teardown(std::span<TeardownStep const>()) == Teardown::kill());
}

TEST_CASE("a step with a signal that does not exist is refused at once",
          "[teardown][signals][found:A14]")
{
    auto const signal = GENERATE(-1, 65, 1000);
    CHECK_THROWS_AS((Teardown{{signal, 1s}}), std::invalid_argument);
    CHECK_THROWS_AS((Teardown{{SIGTERM, 1s}, {signal, 1s}}),
                    std::invalid_argument);
    CHECK_THROWS_AS((Teardown{{SIGKILL, 1s}, {signal, 0s}}),
                    std::invalid_argument);
    try {
        Teardown const bad{{signal, 1s}};
    } catch (std::invalid_argument const& e) {
        CHECK(e.what()
              == "teardown: there is no signal " + std::to_string(signal));
    }
}

TEST_CASE("the graces of a teardown add up to no more than for ever",
          "[teardown]")
{
    auto const forever = std::chrono::nanoseconds::max();
    CHECK(Teardown{{SIGTERM, forever}}.grace() == forever);
    CHECK(Teardown{{SIGTERM, forever}, {SIGINT, 1s}}.grace() == forever);
    CHECK(Teardown{{SIGTERM, 1s}, {SIGINT, forever}}.grace() == forever);
}
