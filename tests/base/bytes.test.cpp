// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How bytes are kept, and given away.
#include <runnel/detail/bytes.hpp>
#include <runnel/output.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

using namespace runnel;
using detail::Bytes;

namespace {

constexpr std::size_t mib = 1 << 20;

/// `size` bytes, each position different from its neighbours.
std::string pattern(std::size_t size)
{
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<char>(i * 7 + i / 251);
    return text;
}

Bytes for_string(std::string_view text)
{
    Bytes bytes;
    bytes.expect_string();
    for (std::size_t at = 0; at < text.size(); at += 100'000)
        bytes.append(text.substr(at, 100'000));
    return bytes;
}

bool lies_in(std::string const& text, char const* place)
{
    return place >= text.data() && place < text.data() + text.capacity();
}

} // namespace

TEST_CASE("bytes that grow keep their content", "[bytes]")
{
    auto const text = pattern(9 * mib);
    Bytes bytes;
    for (std::size_t at = 0; at < text.size(); at += 70'000)
        bytes.append(std::string_view(text).substr(at, 70'000));
    CHECK(bytes.view() == text);
    CHECK(for_string(text).view() == text);
}

TEST_CASE("many bytes become a string without a copy", "[bytes]")
{
    auto const text = pattern(3 * mib);
    auto bytes = for_string(text);
    auto const* const before = bytes.data();
    std::string taken = "old";
    bytes.move_to(taken);
    CHECK(taken == text);
    CHECK(lies_in(taken, before));
    CHECK(bytes.empty());
    bytes.append("again");
    CHECK(bytes.view() == "again");
}

TEST_CASE("few bytes become a string, and so do those of another kind",
          "[bytes]")
{
    std::string taken = "old";
    auto few = for_string("few");
    few.move_to(taken);
    CHECK(taken == "few");
    auto const text = pattern(2 * mib);
    Bytes plain(text);
    plain.move_to(taken);
    CHECK(taken == text);
    CHECK(plain.empty());
    Bytes().move_to(taken);
    CHECK(taken.empty());
}

TEST_CASE("a string begins where its bytes do", "[bytes]")
{
    auto const text = pattern(3 * mib);
    auto bytes = for_string(text);
    bytes.drop_front(mib);
    bytes.drop_back(10);
    bytes.append("end");
    std::string taken;
    bytes.move_to(taken);
    CHECK(taken == text.substr(mib, 2 * mib - 10) + "end");
}

TEST_CASE("bytes whose front is dropped stay within their size", "[bytes]")
{
    Bytes bytes;
    bytes.expect_string();
    auto const text = pattern(40 * mib);
    for (std::size_t at = 0; at < text.size(); at += mib / 2) {
        bytes.append(std::string_view(text).substr(at, mib / 2));
        if (bytes.size() > 3 * mib)
            bytes.drop_front(bytes.size() - 3 * mib);
    }
    std::string taken;
    bytes.move_to(taken);
    CHECK(taken == text.substr(37 * mib));
    CHECK(taken.capacity() < 40 * mib);
}

TEST_CASE("copies of bytes are independent of a string", "[bytes]")
{
    auto const text = pattern(2 * mib);
    auto bytes = for_string(text);
    auto copy = bytes;
    auto moved = std::move(bytes);
    copy.append("x");
    CHECK(moved.view() == text);
    CHECK(copy.view() == text + "x");
    moved.shrink();
    CHECK(moved.view() == text);
}

TEST_CASE("an output that nobody shares gives its bytes away", "[output]")
{
    auto const text = pattern(2 * mib);
    Output output(for_string(text));
    auto const* const before = output.data();
    auto const taken = std::move(output).str();
    CHECK(taken == text);
    CHECK(lies_in(taken, before));
    CHECK_FALSE(output.captured()); // NOLINT(bugprone-use-after-move): says so
}

TEST_CASE("a shared output leaves its bytes to the others", "[output]")
{
    auto const text = pattern(2 * mib);
    Output output(for_string(text));
    auto const other = output;
    CHECK(std::move(output).str() == text);
    CHECK_FALSE(output.captured()); // NOLINT(bugprone-use-after-move): says so
    CHECK(other == text);
    CHECK_THROWS_AS(Output().str(), std::logic_error);
}
