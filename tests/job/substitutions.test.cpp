// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Expressions as words of a command.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"
#include "support/limits.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

Command print(std::string_view text)
{
    return cmd(child("print"), text);
}

Command cat()
{
    return cmd("cat");
}

} // namespace

TEST_CASE("from is the name of what an expression writes", "[ranges][from]")
{
    NoLeaks const no_leaks;
    CHECK(read(cmd("cat", from(print("a\n")), from(print("b\n")))) == "a\nb");
    auto const sorted = [](std::string_view text) {
        return from(print(text) | cmd("sort"));
    };
    auto const different =
        cmd("comm", "-3", sorted("b\na\n"), sorted("c\na\n"));
    CHECK(read(different) == "b\n\tc");
}

TEST_CASE("into is the name of what an expression reads", "[ranges][from]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const counted = cmd("wc", "-c") > directory / "count";
    auto const e = print("abc") | (cmd("tee", into(counted)) > devnull);
    auto const done = run(e);
    CHECK(done);
    CHECK(read_file(directory / "count") == "3\n");
    REQUIRE(done.stages.size() == 3);
    CHECK(done.stages[2].args.front() == "wc");
}

TEST_CASE("substitutions nest", "[ranges][from]")
{
    NoLeaks const no_leaks;
    auto const inner = cmd("cat", from(print("a\n")), from(print("b\n")));
    auto const e =
        cmd("paste", "-sd,",
            from(cmd("cat", from(inner), from(print("c\n") | cat()))));
    CHECK(read(e) == "a,b,c");
    CHECK(run(e | capture).stages.size() == 7);
}

TEST_CASE("a substitution stands in a pipeline and in a list", "[ranges][from]")
{
    NoLeaks const no_leaks;
    auto const joined =
        print("x\n") | cmd("cat", "-", from(print("y\n"))) | cat();
    CHECK(read(joined) == "x\ny");
    auto const listed =
        seq(cmd("cat", from(print("1\n"))), cmd("cat", from(print("2\n"))));
    CHECK(read(listed | cat()) == "1\n2");
    auto const script = sh("cat \"$0\" \"$1\"", from(print("a\n")),
                           from(seq(print("b\n"), print("c\n"))));
    CHECK(read(script) == "a\nb\nc");
}

TEST_CASE("a substitution sees the stdin of its place", "[ranges][from]")
{
    NoLeaks const no_leaks;
    CHECK(read(print("piped\n") | cmd("cat", from(cat()))) == "piped");
}

TEST_CASE("C++ stands in a substitution", "[ranges][from]")
{
    NoLeaks const no_leaks;
    std::vector<std::string> const words{"a", "b"};
    CHECK(read(cmd("cat", from(words | cat()))) == "a\nb");
    CHECK(read(cmd("cat", from(print("a\nb\nc\n") | first(2)))) == "a\nb");
}

TEST_CASE("only its command has the descriptor of a substitution",
          "[ranges][from][fault:F03]")
{
    NoLeaks const no_leaks;
    auto const fds = cmd(child("print_open_fds"));
    CHECK(read(cmd("cat", from(fds))) == read(fds | cat()));
    auto const e = cmd(child("print_open_fds"), from(print("x"))) | capture;
    auto const open = run(e).out.str();
    CHECK(open.find("63") != std::string::npos);
}

TEST_CASE("a number that is taken is not taken again", "[ranges][from]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const directory;
    auto const e =
        cmd("bash", "-c", "cat \"$0\"; echo other >&63", from(print("a\n")))
        > fd(63, directory / "f");
    CHECK(read(e) == "a");
    CHECK(read_file(directory / "f") == "other\n");
}

TEST_CASE("a substitution that fails makes the command fail",
          "[ranges][from][status]")
{
    NoLeaks const no_leaks;
    auto const done = run(cmd("cat", from(sh("echo a; exit 3"))) | capture);
    CHECK(done.out == "a\n");
    CHECK_FALSE(done);
    CHECK(done.returncode == 3);
    CHECK(done.decided_by == 1);
    auto const differ =
        cmd("diff", "-q", from(print("a")), from(print("b"))).accept({0, 1})
        > devnull;
    auto const compared = run(differ);
    CHECK(compared);
    CHECK(compared.returncode == 1);
}

TEST_CASE("one whose reader had enough is forgiven", "[ranges][from][sigpipe]")
{
    NoLeaks const no_leaks;
    auto const done =
        run(cmd("head", "-n", 1, from(cmd(child("write_forever")))) | capture);
    CHECK(done);
    CHECK(done.stages[1].forgiven);
    CHECK(done.returncode == 0);
}

TEST_CASE("a substitution that cannot start leaves nothing behind",
          "[ranges][from][fault:D01]")
{
    NoLeaks const no_leaks;
    auto const e = cmd("cat", from(print("a")), from(cmd("no-such-program")));
    try {
        check(e);
        FAIL("nothing was thrown");
    } catch (SpawnError const& error) {
        CHECK(error.stage() == 3);
        CHECK(error.stages() == 3);
    }
    CHECK_THROWS_AS(check(cmd("no-such-program", from(print("a")))),
                    SpawnError);
    CHECK_THROWS_AS(check(cmd("cat", from(print("a") < "/no/such/file"))),
                    SpawnError);
}

TEST_CASE(
    "settings of a whole go into substitutions, those of a command do not",
    "[ranges][from]")
{
    NoLeaks const no_leaks;
    auto const show = sh("echo ${X:-none}");
    auto const whole = (cmd("cat", from(show)) | cat()).env("X", "1");
    CHECK(read(whole) == "1");
    CHECK(read(cmd("cat", from(show)).env("X", "1")) == "none");
}

TEST_CASE("a prefix goes into substitutions", "[ranges][from]")
{
    NoLeaks const no_leaks;
    auto const with_x = prefix({"env", "X=1"});
    CHECK(read(with_x(cmd("cat", from(sh("echo $X"))))) == "1");
    CHECK(read(with_x(sh("cat \"$0\"; echo $X", from(sh("echo $X")))))
          == "1\n1");
}

TEST_CASE("a timeout ends substitutions as well", "[ranges][from]")
{
    NoLeaks const no_leaks;
    auto const e = cmd("cat", from(sh("echo a; exec sleep 60")));
    CHECK(at_some_limit([&](Timeout limit) {
        try {
            check(e | capture, {.timeout = limit});
            FAIL("nothing was thrown");
        } catch (TimeoutExpired const& late) {
            return late.out() == "a\n";
        }
        return false;
    }));
}
