// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a child wrote, if anybody kept it.
#include "support/children.hpp"

#include <runnel/output.hpp>
#include <runnel/result.hpp>

#include <catch2/catch.hpp>

#include <sstream>
#include <string>
#include <string_view>
#include <utility>

using namespace runnel;
using namespace runnel::test;

namespace {

Output captured(std::string_view text)
{
    return Output(runnel::detail::Bytes(text));
}

} // namespace

TEST_CASE("an output that was not captured is no empty one",
          "[output][row:C04][row:C05]")
{
    Output const none;
    CHECK(!none.captured());
    CHECK(captured("").captured());
    CHECK(captured("").empty());
    CHECK(!(none == captured("")));
    CHECK(none == Output());
    CHECK_THROWS_AS(none.view(), std::logic_error);
    CHECK_THROWS_AS(none.size(), std::logic_error);
    CHECK_THROWS_AS(none == "", std::logic_error);
    CHECK(message_of<std::logic_error>([&] {
              none.str();
          }).find("add \"> capture\"")
          != std::string::npos);
}

TEST_CASE("an output reads, compares and prints as text", "[output]")
{
    auto const output = captured("some text\n\n");
    std::string_view const view = output;
    CHECK(view == "some text\n\n");
    CHECK(output == "some text\n\n");
    CHECK(output < "t");
    CHECK(output > "a");
    CHECK(output.str() == view);
    CHECK(output.size() == 11);
    CHECK(output.data() == view.data());
    CHECK(output.trimmed() == "some text");
    CHECK(captured("\n\n").trimmed() == "");
    CHECK(captured(" \n").trimmed() == " ");
    std::ostringstream stream;
    stream << output;
    CHECK(stream.str() == view);
}

TEST_CASE("an output holds any byte", "[output]")
{
    std::string const bytes("\0a\xff", 3);
    CHECK(captured(bytes) == bytes);
}

TEST_CASE("outputs copy and move as values", "[output]")
{
    auto first = captured("text");
    auto const copy = first;
    auto const moved = std::move(first);
    CHECK(copy == "text");
    CHECK(moved == copy);
}

TEST_CASE("an output with given text can be made", "[output][found:F14]")
{
    std::string const text = "some text";
    CHECK(Output(text) == "some text");
    CHECK(Output(std::string_view(text)).captured());
    CHECK(Output("").captured());
    CHECK(!Output("x").truncated());
    CompletedProcess faked;
    faked.out = Output("from a fake\n");
    CHECK(faked.out.trimmed() == "from a fake");
}
