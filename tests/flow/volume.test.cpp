// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Much of it: long streams, long lines, many lines, in bounded memory.
#include "support/children.hpp"
#include "support/collect.hpp"
#include "support/files.hpp"
#include "support/instrumented.hpp"
#include "support/leaks.hpp"
#include "support/private_process.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <fstream>
#include <ranges>
#include <string>

#include <fcntl.h>
#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

namespace {

struct Seen {
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;
    bool in_order = true; ///< each begins with its number
};

/// Reads all of it; looks at one line of `every`.
Seen look_at(LineRange const& range, std::uint64_t every)
{
    Seen seen;
    for (std::string_view const line : range) {
        if (seen.lines % every == 0)
            seen.in_order &= line.starts_with(std::to_string(seen.lines));
        ++seen.lines;
        seen.bytes += line.size();
    }
    return seen;
}

/// The most memory that this process has had so far, in KiB.
long peak_memory()
{
    std::ifstream status("/proc/self/status");
    std::string field;
    long value = -1;
    while (status >> field)
        if (field == "VmHWM:")
            status >> value;
    return value;
}

constexpr long MiB = 1024; // in KiB

} // namespace

TEST_CASE("a stream of 64 MiB comes through as it is", "[lines][volume]")
{
    NoLeaks const no_leaks;
    constexpr std::uint64_t count = 1 << 20;
    auto const seen = look_at(cmd(child("write_lines"), count, 63) | lines, 97);
    CHECK(seen.lines == count);
    CHECK(seen.bytes == count * 63);
    CHECK(seen.in_order);
}

TEST_CASE("a million empty lines are a million lines", "[lines][volume]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("write_lines"), 1'000'000, 0);
    std::size_t lines_seen = 0;
    bool all_empty = true;
    for (std::string_view const line : e | lines) {
        all_empty &= line.empty();
        ++lines_seen;
    }
    CHECK(lines_seen == 1'000'000);
    CHECK(all_empty);
}

TEST_CASE("a line of 10 MiB is one line", "[lines][volume]")
{
    NoLeaks const no_leaks;
    constexpr std::size_t length = 10 * 1024 * 1024;
    auto const e = cmd(child("write_lines"), 2, length);
    std::size_t seen = 0;
    for (std::string_view const line : e | lines) {
        CHECK(line.size() == length);
        CHECK(line.find_first_not_of('x', 1) == line.npos);
        CHECK(line.front() == (seen == 0 ? '0' : '1'));
        ++seen;
    }
    CHECK(seen == 2);
}

TEST_CASE("lines of every length up to some blocks are whole",
          "[lines][volume]")
{
    NoLeaks const no_leaks;
    std::string all;
    for (std::size_t length = 0; length < 1500; ++length)
        all += std::string(length, 'x') + '\n';
    std::size_t length = 0;
    bool all_right = true;
    for (std::string_view const line : (cmd(child("copy")) < text(all)) | lines)
        all_right &= line == std::string(length++, 'x');
    CHECK(all_right);
    CHECK(length == 1500);
}

TEST_CASE("a writer of single bytes is read as any other", "[lines][volume]")
{
    NoLeaks const no_leaks;
    std::string all;
    for (int line = 0; line < 10'000; ++line)
        all += std::to_string(line) + '\n';
    auto const e = cmd(child("copy_bytewise")) < text(all);
    auto const seen = look_at(e | lines, 1);
    CHECK(seen.lines == 10'000);
    CHECK(seen.in_order);
}

TEST_CASE("a slow writer of single bytes is waited for", "[lines][volume]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("slow_writer"), "one\ntwo\n\nlast");
    CHECK(collect(e | lines) == Strings{"one", "two", "", "last"});
}

TEST_CASE("a range uses no more memory the longer it is", "[lines][volume]")
{
    auto const complaints = in_private_process([](Complaints const& it) {
        long const before = peak_memory();
        constexpr std::uint64_t count = 1 << 20;
        auto const e =
            cmd(child("write_lines"), count, 63) | cmd(child("copy"));
        EXPECT_IN(it, look_at(e | lines, 1000).lines == count);
        EXPECT_IN(it, before > 0);
        EXPECT_IN(it, is_instrumented || peak_memory() - before < 8 * MiB);
    });
    CHECK(complaints == "");
}

TEST_CASE("a stream of 4 GiB is read in little memory",
          "[lines][volume][.nightly]")
{
    auto const complaints = in_private_process([](Complaints const& it) {
        Watchdog const watchdog(600);
        long const before = peak_memory();
        constexpr std::uint64_t count = std::uint64_t{1} << 26;
        auto const seen =
            look_at(cmd(child("write_lines"), count, 63) | lines, 997);
        EXPECT_IN(it, seen.lines == count);
        EXPECT_IN(it, seen.bytes == count * 63);
        EXPECT_IN(it, seen.in_order);
        EXPECT_IN(it, before > 0);
        EXPECT_IN(it, is_instrumented || peak_memory() - before < 8 * MiB);
    });
    CHECK(complaints == "");
}

TEST_CASE("a line of 1 GiB is refused in the memory of max_line",
          "[lines][volume][.nightly]")
{
    auto const complaints = in_private_process([](Complaints const& it) {
        Watchdog const watchdog(600);
        long const before = peak_memory();
        auto const e = cmd(child("fill"), std::uint64_t{1} << 30);
        bool refused = false;
        try {
            collect(e | lines);
        } catch (LineTooLong const& error) {
            refused = error.max_line() == std::size_t{256} * 1024 * 1024;
        }
        EXPECT_IN(it, refused);
        EXPECT_IN(it, is_instrumented || peak_memory() - before < 800 * MiB);
    });
    CHECK(complaints == "");
}

TEST_CASE("a line of 1 GiB is one line if max_line allows it",
          "[lines][volume][.nightly]")
{
    auto const complaints = in_private_process([](Complaints const& it) {
        Watchdog const watchdog(600);
        constexpr std::size_t length = std::size_t{1} << 30;
        auto const e = cmd(child("write_lines"), 1, length);
        std::size_t lines_seen = 0;
        for (std::string_view const line : e | lines({.max_line = length})) {
            EXPECT_IN(it, line.size() == length);
            EXPECT_IN(it, line.front() == '0' && line.back() == 'x');
            ++lines_seen;
        }
        EXPECT_IN(it, lines_seen == 1);
    });
    CHECK(complaints == "");
}
