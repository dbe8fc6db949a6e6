// One range over what all stages write.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

static_assert(std::ranges::input_range<TaggedRange>);
static_assert(std::ranges::view<TaggedRange>);

namespace {

using Seen = std::vector<std::string>;

/// "stage stream line" of each line, sorted: the order of streams is open.
template <class Range>
Seen seen(Range&& range)
{
    Seen all;
    for (auto const& [stage, stream, line, time] : range)
        all.push_back(
            (stage == TaggedLine::no_stage ? "-" : std::to_string(stage)) + ' '
            + std::to_string(stream) + ' ' + line);
    std::ranges::sort(all);
    return all;
}

Command says(std::string_view out, std::string_view err)
{
    return sh("cat; echo \"$0\"; echo \"$1\" >&2", out, err);
}

} // namespace

TEST_CASE("tagged gives the lines of all stages, with stage and stream",
          "[ranges][tagged]")
{
    NoLeaks const no_leaks;
    auto const e = (says("a", "x") < devnull) | says("b", "y");
    CHECK(seen(e | tagged) == Seen{"0 2 x", "1 1 a", "1 1 b", "1 2 y"});
}

TEST_CASE("the lines of one stream come in order, without loss",
          "[ranges][tagged]")
{
    NoLeaks const no_leaks;
    auto const counts = sh("seq 1 20000; seq 20001 40000 >&2");
    int out = 0;
    int err = 20000;
    for (auto const& line : counts | tagged) {
        auto& last = line.stream == 1 ? out : err;
        if (std::stoi(line.line) != last + 1)
            FAIL(line.line << " after " << last);
        ++last;
    }
    CHECK(out == 20000);
    CHECK(err == 40000);
}

TEST_CASE("a tagged line comes as soon as it is there", "[ranges][tagged]")
{
    NoLeaks const no_leaks;
    for (auto const& line : sh("echo first >&2; exec sleep 60") | tagged) {
        CHECK(line.line == "first");
        CHECK(line.stream == 2);
        break;
    }
}

TEST_CASE("what goes elsewhere is not tagged", "[ranges][tagged]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const part = (says("a", "x") < devnull) > err(directory / "err");
    CHECK(seen(part | tagged) == Seen{"0 1 a"});
    auto const whole =
        ((says("a", "x") < devnull) | says("b", "y")) > err(directory / "err");
    CHECK(seen(whole | tagged) == Seen{"1 1 a", "1 1 b"});
    auto const file = ((says("a", "x") < devnull)) > directory / "out";
    CHECK(seen(file | tagged) == Seen{"0 2 x"});
    auto const err_only = stderr_of(says("a", "x") < devnull) | cmd("cat");
    CHECK(seen(err_only | tagged) == Seen{"0 1 a", "1 1 x"});
}

TEST_CASE("lists, substitutions, tees and C++ are tagged", "[ranges][tagged]")
{
    NoLeaks const no_leaks;
    auto const list = seq(sh("echo a"), sh("echo b >&2"));
    CHECK(seen(list | tagged) == Seen{"0 1 a", "1 2 b"});
    auto const from_word = cmd("cat", from(sh("echo a; echo x >&2")));
    CHECK(seen(from_word | tagged) == Seen{"0 1 a", "1 2 x"});
    std::string kept;
    auto const teed = sh("echo a") | tee(to(kept), cmd("cat"));
    CHECK(seen(teed | tagged) == Seen{"- 1 a", "1 1 a"});
    CHECK(kept == "a\n");
    auto const code = sh("echo a; echo x >&2; echo b") | first(1);
    auto const some = seen(code | tagged);
    CHECK(std::ranges::find(some, "- 1 a") != some.end());
}

TEST_CASE("a failure is thrown behind the last tagged line", "[ranges][tagged]")
{
    NoLeaks const no_leaks;
    auto const failing = sh("echo a; exit 3");
    Seen got;
    auto const range = failing | tagged;
    try {
        for (auto const& line : range)
            got.push_back(line.line);
        FAIL("nothing was thrown");
    } catch (CalledProcessError const& error) {
        CHECK(error.returncode() == 3);
    }
    CHECK(got == Seen{"a"});
    CHECK(range.result().returncode == 3);
    auto const unchecked = failing | tagged({.check = false});
    CHECK(seen(unchecked) == Seen{"0 1 a"});
    CHECK(unchecked.result().returncode == 3);
    CHECK_FALSE(unchecked.result().stages[0].out.captured());
}

TEST_CASE("tagged lines are cut as told", "[ranges][tagged]")
{
    NoLeaks const no_leaks;
    auto const raw = cmd(child("print"), "a\r\nb\rc");
    CHECK(seen(raw | tagged({.universal_newlines = true}))
          == Seen{"0 1 a", "0 1 b", "0 1 c"});
    CHECK(seen(cmd(child("print"), "a:b") | tagged({.delimiter = ':'}))
          == Seen{"0 1 a", "0 1 b"});
    CHECK_THROWS_AS(
        seen(sh("echo far too long; exec sleep 60") | tagged({.max_line = 5})),
        LineTooLong);
}

TEST_CASE("a tagged range holds its deadline and leaves nothing behind",
          "[ranges][tagged]")
{
    NoLeaks const no_leaks;
    auto const quiet = sh("echo a; exec sleep 60");
    Seen got;
    CHECK_THROWS_AS(
        [&] {
            for (auto const& line : quiet | tagged({.timeout = 100ms}))
                got.push_back(line.line);
        }(),
        TimeoutExpired);
    CHECK(got == Seen{"a"});
    CHECK_THROWS_AS(seen(cmd("no-such-program") | tagged), SpawnError);
    CHECK(no_leaks.left_behind() == "");
}

TEST_CASE("tagged composes with the standard's views", "[ranges][tagged]")
{
    NoLeaks const no_leaks;
    auto const is_err = [](TaggedLine const& line) { return line.stream == 2; };
    auto const text = [](TaggedLine const& line) { return line.line; };
    auto const e = sh("echo a; echo x >&2; echo b; echo y >&2");
    Seen got;
    for (auto const& line :
         e | tagged | std::views::filter(is_err) | std::views::transform(text))
        got.push_back(line);
    CHECK(got == Seen{"x", "y"});
}
