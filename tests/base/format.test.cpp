// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What std::format makes of types that read as text. tests/CMakeLists.txt
// compiles this file as C++23 where it can: there, a type with begin() and end()
// is formatted as a range, unless it has a formatter of its own.
#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <version>

#ifdef __cpp_lib_format

#include <format>
#include <string_view>
#include <vector>

using namespace runnel;

TEST_CASE("std::format prints a line as text", "[lines][found:D15]")
{
    CHECK(std::format("{}", Line("hi")) == "hi");
    CHECK(std::format("{:>4}", Line("hi")) == "  hi");
}

TEST_CASE("std::format prints a chunk as text", "[chunks][found:D15]")
{
    std::vector<std::byte> const bytes{std::byte('h'), std::byte('i')};
    CHECK(std::format("{}", Chunk(bytes)) == "hi");
}

TEST_CASE("std::format prints an output as text", "[output][found:D15]")
{
    CHECK(std::format("{}", Output("hi\n")) == "hi\n");
}

TEST_CASE("std::format prints an expression as shell text",
          "[language][found:D15]")
{
    auto const e = cmd("a", "b c") | cmd("d");
    CHECK(std::format("{}", e) == "a 'b c' | d");
    CHECK(std::format("{}", Pipeline(e)) == "a 'b c' | d");
    CHECK(std::format("{}", cmd("a")) == "a");
}

TEST_CASE("std::format prints a result as its text", "[run][found:D15]")
{
    CompletedProcess const result;
    CHECK(std::format("{}", result) == to_string(result));
}

#endif
