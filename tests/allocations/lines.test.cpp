// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Lines cost no allocation each, runs a few, and input no copy. A program of its own,
// for it counts all of them: those of the C library as well.
#include "../../bench/allocations.hpp"
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <vector>

#include <poll.h>

using namespace runnel;
using namespace runnel::test;

namespace {

/// Allocations while the later half of `count` elements is read. Nothing where
/// they cannot be counted.
template <class R>
std::optional<std::uint64_t> in_later_half(R&& range, std::uint64_t count)
{
    std::optional<std::uint64_t> before;
    std::optional<std::uint64_t> after;
    std::uint64_t seen = 0;
    for ([[maybe_unused]] auto&& element : range) {
        if (++seen == count / 2)
            before = bench::allocations();
        if (seen == count)
            after = bench::allocations();
    }
    CHECK(seen == count);
    if (!before)
        return {};
    return *after - *before;
}

/// That none of the elements needs one. A buffer grows once or twice, and when depends
/// on how fast the writer is. Where they cannot be counted, nothing is said.
void check_not_each(std::optional<std::uint64_t> allocations)
{
    if (allocations)
        CHECK(*allocations <= 4);
}

constexpr std::uint64_t many = 200'000;

/// An expression that writes many lines.
Command writer()
{
    return cmd(child("write_lines"), many, 50);
}

/// Of `work`, after it has been done once. Nothing where they cannot be counted.
template <class Work>
std::optional<std::uint64_t> allocations_of(Work work)
{
    work();
    auto const before = bench::allocations();
    work();
    auto const after = bench::allocations();
    if (!before || !after)
        return {};
    return *after - *before;
}

/// The bytes that `work` allocates. 0 where they cannot be counted.
template <class Work>
std::uint64_t bytes_of(Work work)
{
    auto const before = bench::allocated_bytes().value_or(0);
    work();
    return bench::allocated_bytes().value_or(0) - before;
}

Pipeline pipeline(int stages)
{
    Pipeline all = cmd(child("exit_with"), 0);
    for (int i = 1; i < stages; ++i)
        all = all | cmd(child("exit_with"), 0);
    return all;
}

} // namespace

TEST_CASE("allocations are counted", "[lines][allocations]")
{
    if (auto const before = bench::allocations()) {
        // Through a function that the compiler does not see, or it may leave
        // the allocation out.
        std::string (*volatile make)(int) = std::to_string;
        std::string text;
        for (int i = 0; i < 100; ++i)
            text += make(i);
        CHECK(text.size() == 190);
        CHECK(*bench::allocations() > *before);
    }
}

TEST_CASE("a line of an expression costs no allocation", "[lines][allocations]")
{
    NoLeaks const no_leaks;
    check_not_each(in_later_half(writer() | lines, many));
    check_not_each(in_later_half(writer() | cmd(child("copy")) | lines, many));
    check_not_each(in_later_half(writer() | lines({.keep_ends = true}), many));
    check_not_each(
        in_later_half(writer() | lines({.universal_newlines = true}), many));
    check_not_each(in_later_half(writer() | lines({.max_line = 1000}), many));
    check_not_each(in_later_half(
        writer() | lines({.timeout = std::chrono::seconds(20)}), many));
}

TEST_CASE("a line of a file and of a stream costs no allocation",
          "[lines][allocations]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const name = directory / "f";
    check(writer() > name);
    check_not_each(in_later_half(Stdio(name) | lines, many));
    Popen p({child("write_lines"), many, 50}, {.out = Stdio::pipe});
    check_not_each(in_later_half(p.out() | lines, many));
}

TEST_CASE("views that make nothing make no allocation either",
          "[lines][allocations]")
{
    NoLeaks const no_leaks;
    auto const all = [](std::string_view line) { return !line.empty(); };
    auto const size = [](std::string_view line) { return line.size(); };
    check_not_each(in_later_half(writer() | lines | std::views::filter(all)
                                     | std::views::transform(size),
                                 many));
}

TEST_CASE("a line that a stage passes on costs no allocation",
          "[lines][allocations]")
{
    NoLeaks const no_leaks;
    auto const all = stage(std::views::filter(
        [](std::string_view line) { return !line.empty(); }));
    check_not_each(in_later_half(writer() | all | lines, many));
    check_not_each(in_later_half(writer() | all | all | lines, many));
}

TEST_CASE("a chunk costs no allocation", "[chunks][allocations]")
{
    NoLeaks const no_leaks;
    check_not_each(in_later_half(writer() | chunks(51, {.full = true}), many));
}

TEST_CASE("a line that is taken without waiting costs no allocation",
          "[lines][event_loop][allocations]")
{
    NoLeaks const no_leaks;
    auto range = writer() | lines;
    std::optional<std::uint64_t> before;
    std::optional<std::uint64_t> after;
    std::uint64_t seen = 0;
    while (seen < many) {
        if (!range.try_next()) {
            ::pollfd item{range.fd(), POLLIN, 0};
            ::poll(&item, 1, -1);
        } else if (++seen == many / 2)
            before = bench::allocations();
        else if (seen == many)
            after = bench::allocations();
    }
    if (before)
        check_not_each(*after - *before);
}

TEST_CASE("a word that goes into a command costs no allocation",
          "[lines][allocations]")
{
    NoLeaks const no_leaks;
    auto const cost_of = [](std::uint64_t count) {
        auto const before = bench::allocations().value_or(0);
        check(cmd(child("write_lines"), count, 50) | lines
              | (cmd(child("copy")) > devnull));
        return bench::allocations().value_or(0) - before;
    };
    auto const few = cost_of(100);
    CHECK(cost_of(many) < few + 100);
}

TEST_CASE("runs take few allocations", "[allocations]")
{
    NoLeaks const no_leaks;
    std::vector<Word> const args{child("exit_with"), 0};
    auto const e = cmd(child("exit_with"), 0);
    auto const print = cmd(child("print"), "x");
    auto const two = pipeline(2);
    auto const ten = pipeline(10);
    auto const popen = allocations_of([&] { Popen(args).wait(); });
    auto const one = allocations_of([&] { (void)run(e); });
    auto const captured = allocations_of([&] { (void)read(print); });
    auto const of_two = allocations_of([&] { (void)run(two); });
    auto const of_ten = allocations_of([&] { (void)run(ten); });
    WARN(popen.value_or(0) << ' ' << one.value_or(0) << ' '
                           << captured.value_or(0) << ' '
                           << of_ten.value_or(0) - of_two.value_or(0));
    CHECK(popen.value_or(0) <= 10);
    CHECK(one.value_or(0) <= 40);
    CHECK(captured.value_or(0) <= 60);
    CHECK(of_ten.value_or(0) - of_two.value_or(0) <= 8 * 25);
}

TEST_CASE("input is written from where it is", "[communicate][allocations]")
{
    NoLeaks const no_leaks;
    std::string const input(4'000'000, 'x');
    auto const limit = input.size() / 4;
    auto const sink = cmd(child("copy")) > devnull;
    CHECK(bytes_of([&] { (void)run(sink, {.input = input}); }) < limit);
    CHECK(bytes_of([&] { (void)run(sink, {.input = input, .text = true}); })
          < limit);
    auto const given = sink < text(input);
    CHECK(bytes_of([&] { (void)run(given); }) < limit);
    CHECK(bytes_of([&] { (void)run(given, {.text = true}); }) < limit);
    // One that lives on is kept once.
    CHECK(bytes_of(
              [&] { (void)start(sink, {.input = input, .text = true}).wait(); })
          < input.size() + limit);
}

TEST_CASE("communicate writes its input from where it is",
          "[communicate][allocations]")
{
    NoLeaks const no_leaks;
    std::string const input(4'000'000, 'x');
    auto const limit = input.size() / 4;
    auto const cost_of = [&](PopenOptions options, std::string_view before) {
        options.in = Stdio::pipe;
        options.out = devnull;
        Popen p({child("copy")}, options);
        p.in().write(before);
        return bytes_of([&] { p.communicate(input); });
    };
    CHECK(cost_of({}, "") < limit);
    CHECK(cost_of({}, "not flushed") < limit);
    CHECK(cost_of({.text = true}, "not flushed") < limit);
}

TEST_CASE("input that is kept after a timeout is copied once",
          "[communicate][allocations]")
{
    NoLeaks const no_leaks;
    std::string const input(4'000'000, 'x');
    Popen p({child("sleep_until_killed")}, {.in = Stdio::pipe, .out = devnull});
    CHECK(bytes_of([&] {
              CHECK_THROWS_AS(
                  p.communicate(input, std::chrono::milliseconds(1)),
                  TimeoutExpired);
          })
          < input.size() + input.size() / 4);
    p.kill();
    p.wait();
}
