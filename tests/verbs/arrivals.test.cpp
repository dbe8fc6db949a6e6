// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Lines of several ranges in the order in which they come.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/arrivals.hpp>
#include <runnel/rows.hpp>
#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

using Seen = std::vector<std::string>;

Seen seen(Arrivals&& arrivals)
{
    Seen all;
    for (auto const& [index, line] : arrivals)
        all.push_back(std::to_string(index) + ' ' + std::string(line));
    return all;
}

} // namespace

TEST_CASE("lines of several ranges come in the order in which they arrive",
          "[ranges][arrivals]")
{
    NoLeaks const no_leaks;
    // Each line is written because another one was read.
    Job first = start(cmd("cat") < Stdio::pipe > Stdio::pipe);
    Job second = start(cmd("cat") < Stdio::pipe > Stdio::pipe);
    auto const say = [](Job& job, std::string_view line) {
        job.in().write(line);
        job.in().flush();
    };
    Seen all;
    say(second, "a\n");
    for (auto const& [index, line] :
         as_they_come(first.out() | lines, second.out() | lines)) {
        all.push_back(std::to_string(index) + ' ' + std::string(line));
        if (line == "a")
            say(first, "b\n");
        else if (line == "b")
            say(second, "c\n");
        else {
            first.in().close();
            second.in().close();
        }
    }
    CHECK(all == Seen{"1 a", "0 b", "1 c"});
    CHECK(first.wait());
    CHECK(second.wait());
}

TEST_CASE("each range gives one of the lines that are there, in turn",
          "[ranges][arrivals]")
{
    TemporaryDirectory const dir;
    write_file(dir / "many", "1\n2\n3\n");
    write_file(dir / "few", "x\n");
    CHECK(seen(as_they_come(Stdio(dir / "many") | lines,
                            Stdio(dir / "few") | lines))
          == Seen{"0 1", "1 x", "0 2", "0 3"});
}

TEST_CASE("no line is lost, however many ranges there are",
          "[ranges][arrivals]")
{
    NoLeaks const no_leaks;
    std::vector<LineRange> ranges;
    for (int i = 0; i < 20; ++i)
        ranges.push_back(cmd("seq", 1000) | lines);
    std::vector<int> last(ranges.size());
    for (auto const& [index, line] : as_they_come(std::move(ranges))) {
        ++last[index];
        if (line != std::to_string(last[index]))
            FAIL("line " << line << " of " << index << " after "
                         << last[index] - 1);
    }
    CHECK(last == std::vector<int>(20, 1000));
}

TEST_CASE("no ranges, and ranges without lines, have no arrivals",
          "[ranges][arrivals]")
{
    NoLeaks const no_leaks;
    CHECK(seen(as_they_come(std::vector<LineRange>())).empty());
    CHECK(seen(as_they_come(cmd("true") | lines)).empty());
    CHECK(seen(as_they_come(LineRange(), cmd("true") | lines)).empty());
}

TEST_CASE("a failure comes out of the loop, the other ranges can be read on",
          "[ranges][arrivals]")
{
    NoLeaks const no_leaks;
    auto all = as_they_come(cmd("false") | lines, cmd("echo", "x") | lines);
    Seen rest;
    int failures = 0;
    for (bool is_over = false; !is_over;)
        try {
            for (auto const& [index, line] : all)
                rest.emplace_back(line);
            is_over = true;
        } catch (CalledProcessError const&) {
            ++failures;
        }
    CHECK(rest == Seen{"x"});
    CHECK(failures == 1);
}

TEST_CASE("the time limit of one range holds while others are silent",
          "[ranges][arrivals]")
{
    NoLeaks const no_leaks;
    CHECK_THROWS_AS(
        seen(as_they_come(cmd("sleep", 1000) | lines,
                          cmd("sleep", 1000) | lines({.timeout = 20ms}))),
        TimeoutExpired);
}

TEST_CASE("a range that is never silent does not keep others from the loop",
          "[ranges][arrivals]")
{
    NoLeaks const no_leaks;
    for (auto const& [index, line] :
         as_they_come(cmd("yes") | lines, cmd("echo", "x") | lines))
        if (index == 1) {
            CHECK(line == "x");
            break;
        }
}

TEST_CASE("leaving the loop ends what still runs", "[ranges][arrivals]")
{
    NoLeaks const no_leaks;
    for (auto const& arrived :
         as_they_come(cmd("yes") | lines, cmd("sleep", 1000) | lines)) {
        CHECK(arrived.line == "y");
        break;
    }
}

TEST_CASE("output of a command can be cut into rows", "[ranges][rows]")
{
    NoLeaks const no_leaks;
    int sum = 0;
    for (auto const& [name, number] : cmd("printf", "%s\\n", "a 1", "b 2")
                                          | lines | rows<std::string_view, int>)
        sum += number;
    CHECK(sum == 3);
}
