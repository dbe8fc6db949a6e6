// The same lines for any pieces.
#include "line_splitter.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace runnel;

namespace {

using Strings = std::vector<std::string>;

Strings split(std::string_view text, std::size_t piece, bool keep_ends = false)
{
    LineSplitter splitter;
    Strings lines;
    for (;;) {
        while (splitter.next(keep_ends))
            lines.emplace_back(splitter.line());
        if (splitter.ended())
            return lines;
        auto const tail = splitter.tail();
        auto const part = text.substr(0, std::min(piece, tail.size()));
        std::ranges::copy(part, tail.begin());
        splitter.commit(part.size());
        text.remove_prefix(part.size());
    }
}

} // namespace

TEST_CASE("any pieces give the same lines", "[lines][splitter]")
{
    constexpr char raw[] = "a\n\nlonger line\nwith\0nul\n\xff\n tail";
    std::string const text(raw, sizeof raw - 1);
    Strings const wanted{
        "a", "", "longer line", std::string("with\0nul", 8), "\xff", " tail"};
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        CAPTURE(piece);
        CHECK(split(text, piece) == wanted);
    }
}

TEST_CASE("the end of input ends the last line once", "[lines][splitter]")
{
    CHECK(split("", 1).empty());
    CHECK(split("\n", 1) == Strings{""});
    CHECK(split("x", 1) == Strings{"x"});
    CHECK(split("x\n", 1, true) == Strings{"x\n"});
    CHECK(split("x\ny", 2, true) == Strings{"x\n", "y"});
}

TEST_CASE("a line may be longer than any buffer",
          "[lines][splitter][fault:I07]")
{
    std::string const line(10 * 1024 * 1024, 'x');
    auto const lines = split(line + '\n' + line, 100'000);
    REQUIRE(lines.size() == 2);
    CHECK((lines[0] == line && lines[1] == line));
}
