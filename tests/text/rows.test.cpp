// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Lines cut into columns.
#include <runnel/rows.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace runnel;

namespace {

using Texts = std::vector<std::string>;

Texts fields_of(std::string_view line, Separator separator = {})
{
    Texts all;
    for (std::string_view const field : fields(line, separator))
        all.emplace_back(field);
    return all;
}

/// The message for the only row that cannot be read, and where it says it is.
template <class... Columns>
std::string complaint(Texts const& texts, Separator separator = {})
{
    try {
        for (auto const& row : texts | rows<Columns...>(separator))
            static_cast<void>(row);
        return "";
    } catch (RowError const& error) {
        return std::to_string(error.row()) + ' '
             + std::to_string(error.column()) + ' ' + error.what();
    }
}

} // namespace

TEST_CASE("a handler of SubprocessError gets rows that are wrong",
          "[ranges][rows]")
{
    Texts const texts{"x"};
    try {
        for (auto const& row : texts | rows<int>)
            static_cast<void>(row);
        FAIL("no error");
    } catch (SubprocessError const& error) {
        CHECK(error.code() == std::errc::bad_message);
        CHECK(std::string_view(error.what())
              == "line 1, column 1: \"x\" is not an integer");
    }
}

TEST_CASE("blanks separate fields, those at the ends do not count",
          "[ranges][rows]")
{
    CHECK(fields_of("a b") == Texts{"a", "b"});
    CHECK(fields_of("  a \t b\t") == Texts{"a", "b"});
    CHECK(fields_of("a").size() == 1);
    CHECK(fields_of("").empty());
    CHECK(fields_of(" \t ").empty());
}

TEST_CASE("a byte separates fields, also empty ones", "[ranges][rows]")
{
    CHECK(fields_of("a:b", ':') == Texts{"a", "b"});
    CHECK(fields_of(":a::", ':') == Texts{"", "a", "", ""});
    CHECK(fields_of(" a : b ", ':') == Texts{" a ", " b "});
    CHECK(fields_of("", ':').empty());
}

TEST_CASE("the end of a line is in no field", "[ranges][rows]")
{
    CHECK(fields_of("a b\n") == Texts{"a", "b"});
    CHECK(fields_of("a,b\r\n", ',') == Texts{"a", "b"});
    CHECK(fields_of("a,b\r", ',') == Texts{"a", "b\r"});
    CHECK(fields_of("\n").empty());
}

TEST_CASE("fields are a forward range, which can be read twice",
          "[ranges][rows]")
{
    static_assert(std::ranges::forward_range<Fields>);
    auto const all = fields("a b c");
    CHECK(std::ranges::distance(all) == 3);
    CHECK(std::ranges::distance(all) == 3);
    auto at = all.begin();
    CHECK(*at++ == "a");
    CHECK(*at == "b");
    CHECK(at != all.begin());
}

TEST_CASE("a row is a tuple of the columns that were asked for",
          "[ranges][rows]")
{
    Texts const texts{"ann 7 1.5", "bob -2 +1e3"};
    std::vector<std::tuple<std::string, int, double>> all;
    for (auto const& row : texts | rows<std::string, int, double>)
        all.push_back(row);
    CHECK(all
          == std::vector<std::tuple<std::string, int, double>>{
              {"ann", 7, 1.5}, {"bob", -2, 1000.0}});
}

TEST_CASE("a text as the last column takes the rest of the line",
          "[ranges][rows]")
{
    Texts const texts{"1  a  b c ", "2 d"};
    Texts rest;
    for (auto const& [number, text] : texts | rows<int, std::string_view>)
        rest.push_back(std::to_string(number) + '|' + std::string(text));
    CHECK(rest == Texts{"1|a  b c", "2|d"});
    rest.clear();
    Texts const with_colons{"x:y::z:"};
    for (auto const& [first, text] :
         with_colons | rows<std::string_view, std::string_view>(':'))
        rest.emplace_back(text);
    CHECK(rest == Texts{"y::z:"});
}

TEST_CASE("a column that may be missing is optional", "[ranges][rows]")
{
    using Row = std::tuple<std::string, std::optional<int>>;
    std::vector<Row> all;
    Texts const texts{"a,1", "b,", "c"};
    for (auto const& row : texts | rows<std::string, std::optional<int>>(','))
        all.push_back(row);
    CHECK(all == std::vector<Row>{{"a", 1}, {"b", {}}, {"c", {}}});
}

TEST_CASE("a column can be ignored, and be one character", "[ranges][rows]")
{
    Texts const texts{"x 99 S"};
    for (auto const& [name, skipped, state] :
         texts | rows<std::string_view, Ignored, char>) {
        CHECK(name == "x");
        CHECK(state == 'S');
    }
    CHECK(complaint<char>({"ab"})
          == R"(1 1 line 1, column 1: "ab" is not one character)");
}

TEST_CASE("a bad row names its line and column", "[ranges][rows]")
{
    CHECK(complaint<std::string, int>({"a 1", "b x"})
          == R"(2 2 line 2, column 2: "x" is not an integer)");
    CHECK(complaint<int, int>({"1"})
          == R"(1 2 line 1, column 2: there is none in "1")");
    CHECK(complaint<int, int>({"1 2 3"})
          == R"(1 3 line 1, column 3: one too many in "1 2 3")");
    CHECK(complaint<int>({"1", ""})
          == R"(2 1 line 2, column 1: there is none in "")");
    CHECK(complaint<int, int>({"1,"}, ',')
          == R"(1 2 line 1, column 2: "" is not an integer)");
    CHECK(
        complaint<std::uint8_t>({"256"})
        == R"(1 1 line 1, column 1: "256" does not fit into the type of the column)");
    CHECK(complaint<unsigned>({"-1"})
          == R"(1 1 line 1, column 1: "-1" is not an integer)");
}

TEST_CASE("a number is a whole field in decimal", "[ranges][rows]")
{
    for (auto const* text : {"1x", "0x10", "1.5", "+-1", "+", "--1", "1e3"}) {
        INFO(text);
        CHECK_FALSE(complaint<int>({text}).empty());
    }
    for (auto const* text : {"1,5", "0x10", "1.5f", "+-1", "+", "-", "1e"}) {
        INFO(text);
        CHECK_FALSE(complaint<double>({text}).empty());
    }
    for (auto const* text : {"1", "-1.5", "+2.", ".5", "1e-3"}) {
        INFO(text);
        CHECK(complaint<double>({text}).empty());
        CHECK(complaint<float>({text}).empty());
    }
}

TEST_CASE("text of others in the message is escaped and cut",
          "[ranges][rows][fault:W03]")
{
    CHECK(complaint<int>({"\x1b[2J"})
          == R"(1 1 line 1, column 1: "\x1b[2J" is not an integer)");
    CHECK(complaint<int>({std::string(1000, 'y')}).size() < 150);
}

TEST_CASE("a loop goes on after a bad row", "[ranges][rows]")
{
    Texts const texts{"1", "x", "3"};
    auto all = texts | rows<int>;
    int sum = 0;
    int bad = 0;
    for (auto at = all.begin(); at != all.end(); ++at)
        try {
            sum += std::get<0>(*at);
        } catch (RowError const& error) {
            bad += static_cast<int>(error.row());
        }
    CHECK(sum == 4);
    CHECK(bad == 2);
}

TEST_CASE("rows keep the text of an element that is made when it is looked at",
          "[ranges][rows]")
{
    std::vector<std::string> const texts{
        "a long word, not kept inline and another", "c d"};
    auto const to_upper = [](std::string text) {
        for (auto& c : text)
            c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        return text;
    };
    std::string all;
    for (auto const& [first, rest] :
         texts | std::views::transform(to_upper)
             | rows<std::string_view, std::string_view>)
        all += std::string(first) + '|' + std::string(rest) + ';';
    CHECK(all == "A|LONG WORD, NOT KEPT INLINE AND ANOTHER;C|D;");
}

TEST_CASE("a number that the type cannot hold is too large", "[ranges][rows]")
{
    CHECK(complaint<float>({"1e300"}).find("does not fit")
          != std::string::npos);
    CHECK(complaint<double>({"1e999"}).find("does not fit")
          != std::string::npos);
    CHECK(complaint<double>({"1e300"}).empty());
    CHECK(complaint<float>({"1e999x"}).find("is not a number")
          != std::string::npos);
}

TEST_CASE("rows leave out the end that a record keeps", "[ranges][rows]")
{
    std::vector<Line> const records_of_two{Line("1 2|", '|', true),
                                           Line("3 4", '|', true)};
    long sum = 0;
    for (auto const& [a, b] : records_of_two | rows<long, long>)
        sum += a * b;
    CHECK(sum == 14);
}
