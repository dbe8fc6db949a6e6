// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Loops over lines whose instructions are counted. A file that includes this compiles
// them for itself: what they cost must not depend on what else is in it.
#pragma once

#include "support/files.hpp"
#include "support/traced.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>

#if __has_include(<range/v3/view/filter.hpp>)
#define RUNNEL_TESTS_RANGE_V3
#include <runnel/range_v3.hpp>

#include <range/v3/view/filter.hpp>
#include <range/v3/view/transform.hpp>
#endif

namespace runnel::test {

namespace {

/// Of a line of 10 bytes, read from a file by `loop`.
template <class Loop>
std::optional<double> instructions_per_line(Loop loop)
{
    TemporaryDirectory const folder;
    auto const write = [&](std::string const& name, int count) {
        std::ofstream file(name);
        for (int i = 0; i < count; ++i)
            file << "line " << 1000 + i % 9000 << '\n';
    };
    auto const few = folder / "few";
    auto const many = folder / "many";
    write(few, 1'000);
    write(many, 2'000);
    auto const of_few = instructions_of([&] { (void)loop(few); });
    auto const of_many = instructions_of([&] { (void)loop(many); });
    if (!of_few || !of_many) {
        WARN("instructions cannot be counted here");
        return {};
    }
    return (static_cast<double>(*of_many) - static_cast<double>(*of_few))
         / 1'000;
}

template <class Lines>
std::size_t bytes_in(Lines&& lines_of_file)
{
    std::size_t bytes = 0;
    for (std::string_view const line : lines_of_file)
        bytes += line.size();
    return bytes;
}

template <class Sizes>
std::size_t sum_of(Sizes&& sizes)
{
    std::size_t sum = 0;
    for (auto const one : sizes)
        sum += one;
    return sum;
}

constexpr auto is_kept = [](std::string_view line) {
    return line.back() != '7';
};
constexpr auto size_of = [](std::string_view line) { return line.size(); };

// g++ 12 makes 16 for a line, and one more for a filter; clang 19 makes 21.
void check_lines()
{
    auto const plain = instructions_per_line(
        [](std::string const& name) { return bytes_in(Stdio(name) | lines); });
    auto const by_records = instructions_per_line([](std::string const& name) {
        return bytes_in(Stdio(name) | records('\n'));
    });
    CHECK(plain.value_or(0) < 26);
    CHECK(by_records.value_or(0) < 26);
}

void check_views()
{
    auto const filtered = instructions_per_line([](std::string const& name) {
        return bytes_in(Stdio(name) | lines | std::views::filter(is_kept));
    });
    auto const sizes = instructions_per_line([](std::string const& name) {
        return sum_of(Stdio(name) | lines | std::views::transform(size_of));
    });
    CHECK(filtered.value_or(0) < 28);
    CHECK(sizes.value_or(0) < 26);
#ifdef RUNNEL_TESTS_RANGE_V3
    auto const v3_filtered = instructions_per_line([](std::string const& name) {
        return bytes_in(Stdio(name) | lines | ranges::views::filter(is_kept));
    });
    auto const v3_sizes = instructions_per_line([](std::string const& name) {
        return sum_of(Stdio(name) | lines | ranges::views::transform(size_of));
    });
    // g++ calls the algorithm that finds the next element, and clang copies the
    // iterator for each element: both are inside of range-v3.
    CHECK(v3_filtered.value_or(0) < 68);
    CHECK(v3_sizes.value_or(0) < 52);
#endif
}

void check_chunks()
{
    auto const bytes = instructions_per_line([](std::string const& name) {
        std::size_t sum = 0;
        for (Chunk const chunk : Stdio(name) | chunks)
            sum += chunk.size();
        return sum;
    });
    CHECK(bytes.value_or(0) < 1);
}

} // namespace

} // namespace runnel::test
