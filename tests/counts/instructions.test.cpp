// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How many instructions a line takes. CMakeLists.txt has this file optimized as a
// user's program is. Sanitizers add instructions of their own.
#ifndef RUNNEL_SANITIZED
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

using namespace runnel;
using namespace runnel::test;

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
    return static_cast<double>(*of_many - *of_few) / 1'000;
}

} // namespace

// A loop by hand over a buffer takes some 15, of which 10 are for the line. The
// limits leave room for another compiler.
TEST_CASE("a line takes few instructions", "[counts][lines]")
{
    auto const plain = instructions_per_line([](std::string const& name) {
        std::size_t bytes = 0;
        for (std::string_view const line : Stdio(name) | lines)
            bytes += line.size();
        return bytes;
    });
    CHECK(plain.value_or(0) < 32);
}

TEST_CASE("a view adds few instructions to those of a line", "[counts][lines]")
{
    auto const filtered = instructions_per_line([](std::string const& name) {
        auto const is_kept = [](std::string_view line) {
            return line.back() != '7';
        };
        std::size_t bytes = 0;
        for (std::string_view const line :
             Stdio(name) | lines | std::views::filter(is_kept))
            bytes += line.size();
        return bytes;
    });
    auto const sizes = instructions_per_line([](std::string const& name) {
        auto const size = [](std::string_view line) { return line.size(); };
        std::size_t bytes = 0;
        for (auto const one : Stdio(name) | lines | std::views::transform(size))
            bytes += one;
        return bytes;
    });
    CHECK(filtered.value_or(0) < 42);
    CHECK(sizes.value_or(0) < 35);
}

#endif
