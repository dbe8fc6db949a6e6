// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Which stage failed, and which status is the pipeline's; the numbers are
// those of src/job/verdict.cpp and docs/status.md.
#include "job/verdict.hpp"
#include "support/children.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <csignal>

using namespace runnel;
using namespace runnel::test;

namespace {

int const zero[] = {0};
int const zero_or_one[] = {0, 1};

ExitStatus const sigpipe = ExitStatus::of_signal(SIGPIPE);

} // namespace

TEST_CASE("0 that is not accepted is a failure with the returncode 1",
          "[language][status][found:D3]")
{
    NoLeaks const no_leaks;
    auto const e = cmd("true").accept({1, 3});
    auto const done = run(e);
    CHECK(done.failed);
    CHECK(done.returncode == 1);
    CHECK(done.stages[0].status == ExitStatus::of_code(0));
    CHECK(run(cmd("true") | e).returncode == 1);
    CHECK(run(e | cmd("true")).returncode == 1);
    CHECK(run(e && cmd("true")).returncode == 1);
    CHECK(run(!e).returncode == 0);
    CHECK(run(cmd("true").accept({})).returncode == 1);
    CHECK(run(cmd("true").accept({1}).unchecked()).returncode == 0);
    CHECK(call(e) == 1);
    std::string const message =
        message_of<CalledProcessError>([&] { check(e); });
    CHECK_THAT(message,
               Catch::Contains("ended with exit code 0 (accepted: 1, 3)"));
    auto const three = message_of<CalledProcessError>([] {
        check(sh("exit 3").accept({0, 1}));
    });
    CHECK_THAT(three,
               Catch::Contains("ended with exit code 3 (accepted: 0, 1)"));
    auto const none =
        message_of<CalledProcessError>([] { check(cmd("true").accept({})); });
    CHECK_THAT(none, Catch::Contains("(no exit code is accepted)"));
}

TEST_CASE("what is no exit code cannot be accepted",
          "[language][status][found:D3]")
{
    for (int const code : {-1, 256, -15, 1000})
        CHECK(message_of<std::invalid_argument>([&] {
                  (void)cmd("true").accept({0, code});
              })
              == "accept: an exit code is from 0 to 255, but not "
                     + std::to_string(code));
    CHECK_NOTHROW((void)cmd("true").accept({0, 255}));
    CHECK_THROWS_AS((cmd("a") | cmd("b")).accept({256}), std::invalid_argument);
}

TEST_CASE("1. a stage fails by a code that it does not accept",
          "[language][status]")
{
    CHECK(judge({ExitStatus::of_code(0), zero}) == Verdict{false, false});
    CHECK(judge({ExitStatus::of_code(1), zero}) == Verdict{true, false});
    CHECK(judge({ExitStatus::of_code(1), zero_or_one})
          == Verdict{false, false});
    CHECK(judge({ExitStatus::of_code(2), zero_or_one}) == Verdict{true, false});
}

TEST_CASE("1. a stage fails by a signal or an unknown end",
          "[language][status]")
{
    CHECK(judge({ExitStatus::of_signal(SIGTERM), zero}).failed);
    CHECK(judge({ExitStatus::unknown(), zero}).failed);
}

TEST_CASE("2. SIGPIPE is forgiven to a stage that fed a reader",
          "[language][status][fault:D02]")
{
    CHECK(judge({sigpipe, zero, true, true}) == Verdict{false, true});
    CHECK(judge({ExitStatus::of_code(141), zero, true, true})
          == Verdict{false, true});
    CHECK(judge({sigpipe, zero, true, false}) == Verdict{true, false});
    CHECK(judge({ExitStatus::of_code(141), zero, true, false}).failed);
}

TEST_CASE("3. an unchecked stage does not fail", "[language][status]")
{
    CHECK(judge({ExitStatus::of_code(9), zero, false, false}) == Verdict{});
    CHECK(judge({sigpipe, zero, false, false}) == Verdict{});
}

TEST_CASE("4. the rightmost failed stage decides, else the last",
          "[language][status][fault:P15]")
{
    struct Part {
        int code;
        bool failed;
    };
    std::vector<Part> const two_failed{{3, true}, {4, true}, {0, false}};
    CHECK(decisive(two_failed).code == 4);
    std::vector<Part> const accepted{{0, false}, {1, false}};
    CHECK(decisive(accepted).code == 1);
}

TEST_CASE("a run tells how every stage ended", "[language][status]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("exit_with"), "3") | cmd(child("exit_with"), "4")
                 | cmd(child("exit_with"), "0");
    auto const done = run(e);
    REQUIRE(done.stages.size() == 3);
    CHECK_FALSE(done);
    CHECK(done.returncode == 4);
    CHECK(done.stages[0].status == ExitStatus::of_code(3));
    CHECK(done.stages[1].failed);
    CHECK_FALSE(done.stages[2].failed);
    CHECK(done.stages[1].args
          == std::vector<std::string>{child("exit_with"), "4"});
    for (auto const& stage : done.stages) {
        CHECK(stage.pid > 0);
        CHECK(stage.wall_time.count() > 0);
        CHECK(stage.usage.max_rss_kib > 0);
    }
}

TEST_CASE("a writer whose reader has had enough succeeds, on record",
          "[language][status][sigpipe][fault:F04]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("write_forever")) | cmd(child("take_lines"), 1);
    auto const captured = e | capture;
    auto const done = run(captured);
    CHECK(done);
    CHECK(done.returncode == 0);
    CHECK(done.stages[0].status.signal() == SIGPIPE);
    CHECK(done.stages[0].forgiven);
    CHECK_FALSE(done.stages[1].forgiven);
}

TEST_CASE("the last stage gets no mercy for SIGPIPE", "[language][status]")
{
    NoLeaks const no_leaks;
    auto const done = run(cmd(child("kill_self"), int(SIGPIPE)));
    CHECK_FALSE(done);
    CHECK(done.returncode == -SIGPIPE);
}

TEST_CASE("accept and unchecked belong to their command", "[language][status]")
{
    NoLeaks const no_leaks;
    auto const one = cmd(child("exit_with"), 1);
    CHECK_FALSE(run(one));
    CHECK(run(one.accept({0, 1})));
    CHECK(run(one.accept({0, 1})).returncode == 1);
    CHECK(run(one.unchecked()));
    auto const e = one.unchecked() | cmd(child("exit_with"), 0);
    CHECK(run(e));
}

TEST_CASE("a reader of stderr earns no mercy for SIGPIPE", "[language][status]")
{
    NoLeaks const no_leaks;
    auto job = start(cmd(child("kill_self"), int(SIGPIPE)) > err(Stdio::pipe));
    CHECK_FALSE(job.wait());
}
