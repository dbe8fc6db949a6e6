// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Processes that a group or a session did not reach: the result tells them.
#include "support/children.hpp"
#include "support/leaks.hpp"
#include "support/tree.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

#include <signal.h>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// SIGTERM, and SIGKILL soon after.
Teardown const quick{{SIGTERM, 30ms}};

} // namespace

TEST_CASE("the result says which processes a group or session did not reach",
          "[job][containment][fault:W12][guard]")
{
    for (auto const level : containments())
        for (auto const* kind : {"child", "group", "session"}) {
            NoLeaks const no_leaks;
            CAPTURE(to_string(level), kind);
            auto job = start(grow_tree(kind) > Stdio::pipe,
                             {.teardown = quick, .containment = level});
            Grandchild const grandchild(job.out().readline());
            job.tear_down();
            std::vector<int> const left{grandchild.pid()};
            bool const is_told =
                level != Containment::none && !reaches(level, kind);
            CHECK(job.wait().stages[0].escaped
                  == (is_told ? left : std::vector<int>()));
            CHECK(grandchild.runs() == !reaches(level, kind));
        }
}

TEST_CASE("an escaped process is found however the run was ended",
          "[job][containment]")
{
    auto const level = Containment::group;
    NoLeaks const no_leaks;
    for (auto limit = 30ms;; limit *= 2)
        try {
            (void)run(grow_tree("session") > capture,
                      {.timeout = limit, .containment = level});
            FAIL("no time limit");
        } catch (TimeoutExpired const& late) {
            if (late.out().empty())
                continue;
            Grandchild const grandchild(late.out().str());
            CHECK(late.result().stages[0].escaped
                  == std::vector{grandchild.pid()});
            break;
        }
    Popen p({child("grow_tree"), "session", "stay"},
            {.out = Stdio::pipe, .teardown = quick, .containment = level});
    Grandchild const grandchild(p.out().readline());
    CHECK(p.escaped().empty());
    p.tear_down();
    CHECK(p.escaped() == std::vector{grandchild.pid()});
    ::kill(grandchild.pid(), SIGKILL);
    grandchild.wait_for_end();
    CHECK(p.escaped().empty());
}

TEST_CASE("a command that ends by itself is not asked for escaped processes",
          "[job][containment]")
{
    NoLeaks const no_leaks;
    auto const done = run(grow_tree("session", "leave") > capture,
                          {.containment = Containment::group});
    Grandchild const grandchild(done.out.str());
    CHECK(done.stages[0].escaped.empty());
}
