// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The verbs without exceptions.
#include "support/leaks.hpp"

#include <runnel/expected.hpp>
#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

static_assert(noexcept(try_run(std::declval<Expression const&>(),
                               std::declval<RunOptions const&>())));
static_assert(noexcept(try_read(std::declval<Expression const&>(),
                                std::declval<RunOptions const&>())));

TEST_CASE("what a verb returns is the value", "[verbs][expected]")
{
    NoLeaks const no_leaks;
    CHECK(try_read(cmd("echo", "x")).value() == "x");
    CHECK(try_run(cmd("echo", "x") > capture)->out == "x\n");
    CHECK(*try_read_lines(cmd("printf", "a\\nb\\n"))
          == std::vector<std::string>{"a", "b"});
    CHECK(try_check(cmd("true")).has_value());
    auto job = try_start(cmd("true"));
    REQUIRE(job);
    CHECK(job->wait());
}

TEST_CASE("what a verb would throw is the failure", "[verbs][expected]")
{
    NoLeaks const no_leaks;
    auto const text = try_read(cmd("sh", "-c", "echo out; exit 3"));
    REQUIRE_FALSE(text);
    auto const* const called = text.error().as<CalledProcessError>();
    REQUIRE(called != nullptr);
    CHECK(called->returncode() == 3);
    CHECK(text.error().as<SpawnError>() == nullptr);
    CHECK(text.error().what() == std::string(called->what()));
    CHECK(text.error().code().value() == 3);
    CHECK(text.value_or("none") == "none");
    CHECK_FALSE(try_check(cmd("false")));
    CHECK_FALSE(try_read_lines(cmd("false")));
}

TEST_CASE("a failure has the error of the system", "[verbs][expected]")
{
    NoLeaks const no_leaks;
    for (auto const& failure : {try_run(cmd("/no/such/program")).error(),
                                try_start(cmd("/no/such/program")).error(),
                                try_read(cmd("cat") < "/no/such/file").error()})
        CHECK(failure.code() == std::errc::no_such_file_or_directory);
}

TEST_CASE("a command that fails is a result of try_run", "[verbs][expected]")
{
    NoLeaks const no_leaks;
    auto const done = try_run(cmd("false"));
    REQUIRE(done);
    CHECK(done->failed);
}

TEST_CASE("limits and mistakes of the caller are failures, too",
          "[verbs][expected]")
{
    NoLeaks const no_leaks;
    auto const late = try_run(cmd("sleep", 1000), {.timeout = 10ms});
    REQUIRE_FALSE(late);
    CHECK(late.error().as<TimeoutExpired>() != nullptr);
    auto const mistake = try_run(cmd("true") < text("x"), {.input = "y"});
    REQUIRE_FALSE(mistake);
    CHECK(mistake.error().code() == std::error_code());
    CHECK(mistake.error().as<std::invalid_argument>() != nullptr);
}

TEST_CASE("a failure can be thrown later, and copies share it",
          "[verbs][expected]")
{
    NoLeaks const no_leaks;
    auto const copy = Failure(try_check(cmd("false")).error());
    CHECK_THROWS_AS(copy.raise(), CalledProcessError);
    CHECK(copy.as<CalledProcessError>()->returncode() == 1);
    CHECK(Failure(std::make_exception_ptr(7)).what()
          == std::string("unknown exception"));
}

TEST_CASE("attempt turns any call into a value", "[verbs][expected]")
{
    CHECK(attempt([] { return 7; }).value() == 7);
    auto const none = attempt([]() -> int { throw std::runtime_error("no"); });
    REQUIRE_FALSE(none);
    CHECK(none.error().what() == std::string("no"));
}
