// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// `using namespace std;` beside `using namespace runnel;`.
#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

using namespace std;
using namespace runnel;

TEST_CASE("no word of the language is a name of std", "[api][found:D14]")
{
    CHECK(negate<int>()(1) == -1);

    string target;
    vector<string> const words{"b", "a"};
    CHECK(read(words | cmd("sort") | first(1)) == "a");
    CHECK((cmd("true") | lines | to_vector).empty());
    CHECK((cmd("true") | records('\0') | to_vector).empty());
    CHECK((cmd("true") | chunks(10) | to_vector).empty());
    CHECK((cmd("true") | tagged | to_vector).empty());
    CHECK(read_lines(cmd("true")).empty());
    check(seq(cmd("true"), sh("true") | to(target)));
    check(grouped(!cmd("false")) | capture);
    check(cmd("cat") < text("x") > devnull > err(append("/dev/null")));
    check(cmd("true") > both("/dev/null"));
    check(cmd("true") > err_to_out > fd(3, devnull));
    check(cmd("true") > out_to_err);
    check(stderr_of(cmd("true")) | stage(identity()) | tee("/dev/null"));
    check(cmd("true", from(cmd("true")), into(cmd("true"))));
    check(prefix({"env"})(cmd("true")));
    CHECK(join(shlex::split("a")) == quote("a"));
    CHECK(which("sh").has_value());
    CHECK(run("true"_cmd));
    CHECK(start(cmd("true")).wait());
    CHECK(lower(cmd("true")).commands.size() == 1);
}
