// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// One range over what all stages write.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/limits.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <ranges>
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

TEST_CASE("the lines of several C++ parts do not mix", "[ranges][tagged]")
{
    NoLeaks const no_leaks;
    auto const same = [](LineRange in) { return in; };
    std::string text;
    for (int i = 0; i < 100'000; ++i)
        text += "line " + std::to_string(i) + '\n';
    auto const e = (cmd(child("copy")) < runnel::text(text)) | tee(stage(same));
    std::map<std::string, int> counts;
    for (auto const& line : e | tagged)
        ++counts[line.line];
    CHECK(counts.size() == 100'000);
    CHECK(std::ranges::all_of(
        counts, [](auto const& entry) { return entry.second == 2; }));
}

TEST_CASE("what a branch of a tee writes is tagged where the pipeline is",
          "[ranges][tagged][tee]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const branch = sh("sed 's/^/branch /'; echo x >&2");
    auto const e =
        cmd(child("print"), "a\n") | tee(branch) | cmd("sed", "s/^/main /");
    CHECK(seen(e | tagged) == Seen{"1 1 branch a", "1 2 x", "2 1 main a"});
    auto const alone = (tee(branch) < text("a\n")) > directory / "out";
    CHECK(seen(alone | tagged) == Seen{"0 1 branch a", "0 2 x"});
    CHECK(read_file(directory / "out") == "a\n");
    auto const whole =
        (cmd(child("print"), "a\n") | tee(branch) | cmd("sed", "s/^/main /"))
        > directory / "out";
    CHECK(seen(whole | tagged) == Seen{"1 2 x"});
    CHECK(lines_of(read_file(directory / "out")).size() == 2);
    auto const piped =
        cmd(child("print"), "a\n") | (tee(tee(branch)) > directory / "out");
    CHECK(seen(piped | tagged) == Seen{"- 1 a", "1 1 branch a", "1 2 x"});
}

TEST_CASE("what a word stands for is tagged though its command is redirected",
          "[ranges][tagged]")
{
    NoLeaks const no_leaks;
    auto const fed = cmd("tee", into(sh("cat; echo x >&2")));
    auto const e = ((fed < text("a\n")) > devnull) > err(devnull);
    CHECK(seen(e | tagged) == Seen{"1 1 a", "1 2 x"});
    auto const piped = (fed < text("a\n")) | sh("cat >/dev/null");
    CHECK(seen(piped | tagged) == Seen{"1 2 x"});
}

TEST_CASE("a capture of one's own stays whole beside what is tagged",
          "[ranges][tagged]")
{
    NoLeaks const no_leaks;
    auto const one = (says("a", "x") < devnull) > err(capture);
    auto const range = one | tagged;
    CHECK(seen(range) == Seen{"0 1 a"});
    CHECK(range.result().err == "x\n");
    CHECK(range.result().stages[0].err == "x\n");
    CHECK_FALSE(range.result().out.captured());
    CHECK_FALSE(range.result().stages[0].out.captured());

    auto const first_of_two = one | (says("b", "y") > capture) | tagged;
    CHECK(seen(first_of_two) == Seen{"1 2 y"});
    CHECK(first_of_two.result().out == "a\nb\n");
    CHECK(first_of_two.result().err == "x\n");

    auto const up = [](std::string_view line) {
        return "+" + std::string(line);
    };
    auto const each = stage(std::views::transform(up));
    auto const code = cmd(child("print"), "a\n") | tee(each > capture) | each;
    auto const with_code = code | tagged;
    CHECK(seen(with_code) == Seen{"- 1 +a"});
    REQUIRE(with_code.result().captures.size() == 1);
    CHECK(with_code.result().captures[0].bytes == "+a\n");
    CHECK_FALSE(with_code.result().out.captured());
    CHECK_FALSE(with_code.result().err.captured());
}

TEST_CASE("what cannot be a line is thrown behind the lines in front of it",
          "[ranges][tagged]")
{
    NoLeaks const no_leaks;
    auto const lines_before = [](auto const& range, auto const& is_reason) {
        Seen got;
        try {
            for (auto const& line : range)
                got.push_back(line.line);
            FAIL("nothing was thrown");
        } catch (std::exception const& error) {
            CHECK(is_reason(error));
        }
        CHECK(range.begin() == range.end());
        return got;
    };
    auto const is_too_long = [](std::exception const& error) {
        return dynamic_cast<LineTooLong const*>(&error) != nullptr;
    };
    auto const is_no_text = [](std::exception const& error) {
        return dynamic_cast<TextError const*>(&error) != nullptr;
    };
    // It ends what would go on for ever.
    auto const long_line =
        sh("printf 'ok\\nfar too long a line\\n'; exec sleep 60");
    CHECK(lines_before(long_line | tagged({.max_line = 10}), is_too_long)
          == Seen{"ok"});
    auto const no_text = sh("printf 'ok\\nnot \\377\\n'; exec sleep 60");
    CHECK(lines_before(no_text | tagged({.text = true}), is_no_text)
          == Seen{"ok"});
    auto const half = cmd(child("print"), "ok\nhalf \xC3");
    CHECK(lines_before(half | tagged({.text = true}), is_no_text)
          == Seen{"ok"});
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
    CHECK(at_some_limit([&](Timeout limit) {
        Seen got;
        CHECK_THROWS_AS(
            [&] {
                for (auto const& line : quiet | tagged({.timeout = limit}))
                    got.push_back(line.line);
            }(),
            TimeoutExpired);
        return got == Seen{"a"};
    }));
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

TEST_CASE("a tagged range that is asked to stop before it begins says so",
          "[ranges][tagged][stop]")
{
    NoLeaks const no_leaks;
    StopSource stop;
    stop.request_stop();
    CHECK_THROWS_AS(
        seen(cmd("no-such-program") | tagged({.stop = stop.token()})),
        StopRequested);
}
