// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What an element of a line range is, and how it goes out again.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <ranges>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>

using namespace runnel;
using namespace runnel::test;

static_assert(std::derived_from<Line, std::string_view>);
static_assert(std::is_trivially_copyable_v<Line>);
static_assert(std::regular<Line>);
static_assert(std::convertible_to<Line, std::string>);
static_assert(std::constructible_from<std::string, Line>);
static_assert(!std::convertible_to<std::string_view, Line>);
static_assert(std::indirectly_copyable<LineRange::iterator, std::string*>);
static_assert(std::common_reference_with<Line&&, std::string&>);
static_assert(std::input_iterator<LineRange::iterator>);
static_assert(!std::forward_iterator<LineRange::iterator>);
static_assert(std::sentinel_for<std::default_sentinel_t, LineRange::iterator>);
static_assert(!std::ranges::common_range<LineRange>);
static_assert(!std::ranges::borrowed_range<LineRange>);
static_assert(std::copyable<LineRange>);
static_assert(std::default_initializable<LineRange>);

namespace {

auto writes(std::string_view bytes)
{
    return cmd(child("copy")) < text(bytes);
}

/// What a command gets to read from `words`.
template <class R>
std::string sent(R&& words)
{
    auto const e = std::forward<R>(words) | cmd(child("copy")) | capture;
    return run(e).out.str();
}

std::string nul_separated()
{
    return std::string("a b\0\0c\nd\0", 9);
}

} // namespace

TEST_CASE("an element is a view of the line", "[lines][elements]")
{
    NoLeaks const no_leaks;
    std::size_t sum = 0;
    for (Line const line : writes("one\nthree\n") | lines)
        sum += line.size() + (line.front() == 'o' ? 100 : 0);
    CHECK(sum == 108);
    for (std::string_view const line : writes("one") | lines)
        CHECK(line == "one");
    for (auto const line : writes("one") | lines)
        CHECK(line == "one");
}

TEST_CASE("an element becomes a string where one is wanted",
          "[lines][elements]")
{
    NoLeaks const no_leaks;
    Strings all;
    std::map<std::string, int> counts;
    std::ostringstream printed;
    for (std::string line : writes("b\na\nb\n") | lines) {
        line += '!';
        all.push_back(std::move(line));
    }
    CHECK(all == Strings{"b!", "a!", "b!"});
    all.clear();
    for (Line const line : writes("b\na\nb\n") | lines) {
        all.push_back(line);
        all.emplace_back(line);
        ++counts[line];
        printed << line << ';';
    }
    CHECK(all == Strings{"b", "b", "a", "a", "b", "b"});
    CHECK(counts == std::map<std::string, int>{{"a", 1}, {"b", 2}});
    CHECK(printed.str() == "b;a;b;");
}

TEST_CASE("an element becomes a path where one is wanted", "[lines][elements]")
{
    NoLeaks const no_leaks;
    for (Line const line : writes("/usr/bin") | lines) {
        CHECK(std::filesystem::path(line).filename() == "bin");
        CHECK(Word(line).str() == "/usr/bin");
    }
}

TEST_CASE("what is collected are owned strings", "[lines][elements]")
{
    NoLeaks const no_leaks;
    auto const e = writes("b\na\nc\n");
    Strings copied;
    std::ranges::copy(e | lines, std::back_inserter(copied));
    CHECK(copied == Strings{"b", "a", "c"});

    auto common = e | lines | std::views::common;
    std::set<std::string> const sorted(common.begin(), common.end());
    CHECK(sorted == std::set<std::string>{"a", "b", "c"});

    std::vector<std::ranges::range_value_t<LineRange>> values;
    for (auto&& line : e | lines)
        values.push_back(line);
    CHECK(values == Strings{"b", "a", "c"});
}

TEST_CASE("algorithms that keep a value keep a string", "[lines][elements]")
{
    NoLeaks const no_leaks;
    auto const largest = std::ranges::max(writes("b\nc\na\n") | lines);
    static_assert(std::same_as<decltype(largest), std::string const>);
    CHECK(largest == "c");
    auto const range = writes("b\nc\na\n") | lines;
    auto const found = std::ranges::find(range, std::string_view("c"));
    CHECK(std::string_view(*found) == "c");
    auto const e = writes("a\nb\na");
    CHECK(std::ranges::count(e | lines, std::string("a")) == 2);
    CHECK(std::ranges::distance(e | lines) == 3);
    CHECK(std::ranges::equal(writes("a\nb") | lines, Strings{"a", "b"}));
}

TEST_CASE("NUL bytes are data", "[lines][elements]")
{
    NoLeaks const no_leaks;
    std::string const bytes("a\0b\n\0\n\0", 7);
    CHECK(collect(writes(bytes) | lines)
          == Strings{std::string("a\0b", 3), std::string(1, '\0'),
                     std::string(1, '\0')});
}

TEST_CASE("bytes of any encoding are left alone", "[lines][elements]")
{
    NoLeaks const no_leaks;
    std::string all;
    for (int c = 0; c < 256; ++c)
        if (c != '\n')
            all += static_cast<char>(c);
    CHECK(collect(writes(all + '\n' + all) | lines) == Strings{all, all});
}

TEST_CASE("a line is valid until the iterator moves on", "[lines][elements]")
{
    NoLeaks const no_leaks;
    std::string bytes;
    for (int i = 0; i < 100'000; ++i)
        bytes += "line " + std::to_string(i) + '\n';
    auto const range = writes(bytes) | lines;
    int i = 0;
    bool all_valid = true;
    for (auto at = range.begin(); at != range.end(); ++at, ++i) {
        std::string_view const line = *at;
        std::string_view const again = *at;
        all_valid &= at != range.end() && line.data() == again.data()
                  && line == "line " + std::to_string(i);
    }
    CHECK(i == 100'000);
    CHECK(all_valid);
}

TEST_CASE("a line may be much longer than a read", "[lines][elements]")
{
    NoLeaks const no_leaks;
    std::string const length = "3000000";
    auto const e =
        seq(cmd(child("write_lines"), 2, length), cmd(child("print"), "end"));
    Strings const got = collect(e | lines);
    REQUIRE(got.size() == 3);
    std::string line(3'000'000, 'x');
    line[0] = '0';
    CHECK((got[0] == line));
    line[0] = '1';
    CHECK((got[1] == line));
    CHECK(got[2] == "end");
}

TEST_CASE("a line knows how it was cut", "[lines][elements]")
{
    NoLeaks const no_leaks;
    for (Line const line : writes("a") | lines) {
        CHECK(line.delimiter() == '\n');
        CHECK_FALSE(line.keeps_end());
    }
    for (Line const line : writes("a\n") | lines({.keep_ends = true})) {
        CHECK(line.delimiter() == '\n');
        CHECK(line.keeps_end());
    }
    for (Line const line : writes("a;") | records(';')) {
        CHECK(line.delimiter() == ';');
        CHECK_FALSE(line.keeps_end());
    }
    CHECK(Line("x").delimiter() == '\n');
    CHECK(Line().empty());
}

// --- out again ---------------------------------------------------------------------

TEST_CASE("lines go out with a newline, the last one too", "[lines][elements]")
{
    NoLeaks const no_leaks;
    CHECK(sent(writes("a\n\nb\n") | lines) == "a\n\nb\n");
    CHECK(sent(writes("a\nb") | lines) == "a\nb\n");
    CHECK(sent(writes("") | lines) == "");
}

TEST_CASE("lines that keep their ends go out byte for byte",
          "[lines][elements]")
{
    NoLeaks const no_leaks;
    LineOptions const kept{.keep_ends = true};
    for (std::string const bytes : {"a\n\nb", "a\n\nb\n", "\n", "", "x"})
        CHECK(sent(writes(bytes) | lines(kept)) == bytes);
    CHECK(sent(writes("a\r\nb\rc")
               | lines({.keep_ends = true, .universal_newlines = true}))
          == "a\r\nb\rc");
}

TEST_CASE("records go out with the end that they came in with",
          "[lines][elements]")
{
    NoLeaks const no_leaks;
    CHECK(sent(writes(nul_separated()) | records('\0')) == nul_separated());
    CHECK(sent(writes("a;b") | records(';')) == "a;b;");
    CHECK(sent(writes("a;b") | records(';', {.keep_ends = true})) == "a;b");
    CHECK(sent(writes("a\r\nb") | records("\r\n")) == "a\r\nb\r\n");
    CHECK(sent(writes("a\r\nb") | records("\r\n", {.keep_ends = true}))
          == "a\r\nb");
    auto const same = stage(std::identity(), records("\r\n"));
    CHECK(sent(writes("a\r\nb\nc\r\n") | same | same | lines)
          == "a\r\nb\nc\r\n");
}

TEST_CASE("records reach xargs -0 as its words", "[lines][elements]")
{
    NoLeaks const no_leaks;
    auto const e = writes(nul_separated()) | records('\0')
                 | cmd("xargs", "-0", child("print_args"));
    CHECK(read(e) == "<a b>\n<>\n<c\nd>");
}

TEST_CASE("lines that were chosen go out as they came in", "[lines][elements]")
{
    NoLeaks const no_leaks;
    auto const is_long = [](std::string_view line) { return line.size() > 1; };
    CHECK(sent(writes("aa;b;cc;") | records(';') | std::views::filter(is_long))
          == "aa;cc;");
    CHECK(sent(writes("aa\nb\ncc") | lines({.keep_ends = true})
               | std::views::drop(1))
          == "b\ncc");
}

TEST_CASE("lines that were changed are words like any other",
          "[lines][elements]")
{
    NoLeaks const no_leaks;
    auto const twice = [](std::string_view line) {
        return std::string(line) + std::string(line);
    };
    auto const size = [](std::string_view line) { return line.size(); };
    auto const e = writes("a;bb;") | records(';');
    CHECK(sent(e | std::views::transform(twice)) == "aa\nbbbb\n");
    CHECK(sent(writes("a;bb;") | records(';') | std::views::transform(size))
          == "1\n2\n");
}

TEST_CASE("universal newlines go out as newlines", "[lines][elements]")
{
    NoLeaks const no_leaks;
    CHECK(sent(writes("a\r\nb\rc\n") | lines({.universal_newlines = true}))
          == "a\nb\nc\n");
}

TEST_CASE("lines of a file and of a stream go into a command as well",
          "[lines][elements]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    write_file(directory / "f", "a\nb");
    CHECK(sent(Stdio(directory / "f") | lines) == "a\nb\n");
    Popen p({child("print"), "a\nb"}, {.out = Stdio::pipe});
    CHECK(sent(p.out() | lines({.keep_ends = true})) == "a\nb");
}

TEST_CASE("a failure of what writes the lines reaches who runs the command",
          "[lines][elements]")
{
    NoLeaks const no_leaks;
    auto const e = sh("echo a; exit 3") | lines | cmd(child("copy")) | capture;
    CHECK_THROWS_AS(run(e), CalledProcessError);
    CHECK(no_leaks.left_behind() == "");
}
