// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a program says about captures that are shown, and stderr on its way
// through an expression.
#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace runnel;

namespace {

using Shown = std::vector<int>;

/// Where each capture is shown.
Shown shown_of(Expression const& e, RunOptions options = {})
{
    options.show = true;
    Shown all;
    for (auto const& kept : lower(e, options).captures)
        all.push_back(kept.shown_on);
    return all;
}

Command const a = cmd("a");
Command const b = cmd("b");

} // namespace

TEST_CASE("a program says which captures are shown, and where", "[plan][show]")
{
    std::string s;
    RunOptions const all{.capture_output = true};
    CHECK(shown_of(a | b, all) == Shown{1, 2, 2});
    CHECK(shown_of(a > capture > err(capture)) == Shown{1, 2});
    CHECK(shown_of(a > to(s) > fd(3, to(s))) == Shown{1, -1});
    CHECK(shown_of(a > both(capture)) == Shown{1});
    CHECK(shown_of(a > err(capture) > out_to_err) == Shown{2});
    CHECK(shown_of(a | tee(capture)) == Shown{-1});
    CHECK(shown_of(a | tee("f") | capture) == Shown{1});
    CHECK(shown_of(a > "f") == Shown{});
    CHECK(lower(a > capture).captures[0].shown_on == -1);
}

TEST_CASE("a program with a shown capture differs from one without",
          "[plan][show]")
{
    auto const e = a > capture;
    auto const shown = lower(e, {.show = true});
    CHECK_FALSE(shown == lower(e));
    CHECK(to_string(shown).find("stream 1 of command 0, shown on 1")
          != std::string::npos);
    CHECK(lower(a, {.show = true}) == lower(a));
}

TEST_CASE("the first unit needs the descriptors where something is shown",
          "[plan][show]")
{
    using Step = ProgramUnit::Step;
    auto const program =
        lower(seq(a, b > capture, b > err(capture) > fd(3, "f"), b > capture),
              {.show = true});
    std::vector<int> needed;
    for (auto const step : program.units[0].steps)
        if (step.kind == Step::Kind::need)
            needed.push_back(program.endpoints[step.index].fd);
    CHECK(needed == std::vector{1, 2});
    for (std::size_t i = 1; i < program.units.size(); ++i)
        for (auto const step : program.units[i].steps)
            CHECK(step.kind != Step::Kind::need);
}

TEST_CASE("a diagram draws stderr through an expression beside stdout",
          "[plan][show]")
{
    auto const drawn = to_mermaid(make_plan((a > err(tee("log"))) | cmd("c")));
    CHECK(drawn.find("n0[\"a\"]") != drawn.npos);
    CHECK(drawn.find("n1{\"tee\"}") != drawn.npos);
    CHECK(drawn.find("n4[\"c\"]") != drawn.npos);
    CHECK(drawn.find("n0 -->|\"stderr\"| n1") != drawn.npos);
    CHECK(drawn.find("n0 --> n4") != drawn.npos);
    CHECK(drawn.find("n1 --> n4") == drawn.npos);
}

TEST_CASE("stderr that goes through an expression is a pipe and a redirection "
          "in shell text",
          "[plan][show]")
{
    CHECK(to_string(a > "f" > err(tee("log"))) == "a 2>&1 > f | tee log >&2");
    CHECK(to_string(a > err(tee("log")))
          == "{ a 2>&1 >&9 9>&- | tee log 9>&- >&2; } 9>&1");
    CHECK(to_string((a > err(b)) | cmd("c"))
          == "{ { a 2>&1 >&9 9>&- | b 9>&- >&2; } 9>&1; } | c");
    CHECK(to_string(a > err(b > "f"))
          == "{ a 2>&1 >&9 9>&- | b 9>&- > f; } 9>&1");
}
