// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Plans as data, and others than this machine that run them.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

using namespace runnel;
using namespace runnel::test;

namespace {

/// Remembers what it was to run and gives what it was told to give.
struct Fake : Executor {
    std::vector<std::string> ran;
    int returncode = 0;

    std::unique_ptr<Running> start(Program program, RunOptions const&) override
    {
        ran.push_back(program.text);
        auto result = successful(program);
        result.returncode = returncode;
        result.failed = returncode != 0;
        result.stages.back().failed = result.failed;
        result.stages.back().status = ExitStatus::of_code(returncode);
        return finished(std::move(program), std::move(result));
    }
};

} // namespace

TEST_CASE("a plan is data", "[language][plan]")
{
    auto const list = (cmd("a") | cmd("b")) && cmd("c");
    auto const plan = make_plan(list);
    REQUIRE(plan.stages.size() == 3);
    CHECK(plan.root->kind == PlanNode::Kind::all_of);
    CHECK(plan.root->parts[0]->kind == PlanNode::Kind::pipeline);
    CHECK(plan.root->parts[0]->piped == std::vector{1});
    CHECK(plan.stages[2]->args[0] == "c");
}

TEST_CASE("a dry run starts nothing and says what it would run",
          "[language][plan]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    std::string log;
    DryRun dry(log);
    auto const file = folder / "f";
    check((cmd("rm", "-r", "a b") | cmd("c")) > file, {.executor = &dry});
    CHECK(log == "rm -r 'a b' | c > " + file + "\n");
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK(read(cmd("no-such-program"), {.executor = &dry}) == "");
}

TEST_CASE("an executor of one's own stands in for this machine",
          "[language][plan]")
{
    NoLeaks const no_leaks;
    Fake fake;
    CHECK(run(cmd("a") | cmd("b"), {.executor = &fake}));
    fake.returncode = 4;
    CHECK(run(cmd("c"), {.executor = &fake}).returncode == 4);
    CHECK_THROWS_AS(check(cmd("d"), {.executor = &fake}), CalledProcessError);
    auto job = start(cmd("e"), {.executor = &fake});
    CHECK(job.wait().returncode == 4);
    CHECK(fake.ran == std::vector<std::string>{"a | b", "c", "d", "e"});
}
