// Settings of commands and of wholes, literals, prefixes, which.
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

using namespace runnel;
using namespace runnel::test;

TEST_CASE("settings of a whole hold for commands that say nothing",
          "[language][settings]")
{
    NoLeaks const no_leaks;
    auto const where = cmd(child("print_cwd"));
    auto const e = seq(where, where.cwd("/usr")).cwd("/");
    CHECK(read(e) == "/\n/usr");
    auto const plan = make_plan(e);
    CHECK(plan.stages[0]->options.cwd.str() == "/");
    CHECK(plan.stages[1]->options.cwd.str() == "/usr");
    auto const pair = (cmd("a").accept({2}) | cmd("b")).accept({0, 1});
    CHECK(make_plan(pair).stages[0]->accept == std::vector{2});
    CHECK(make_plan(pair).stages[1]->accept == std::vector{0, 1});
    auto const twice = (cmd("a") | cmd("b")).cwd("/x").cwd("/y");
    CHECK(make_plan(twice).stages[1]->options.cwd.str() == "/y");
    auto const outer = ((cmd("a") | cmd("b")).cwd("/in") && cmd("c")).cwd("/o");
    CHECK(make_plan(outer).stages[0]->options.cwd.str() == "/in");
    CHECK(make_plan(outer).stages[2]->options.cwd.str() == "/o");
}

TEST_CASE("the environment comes in layers", "[language][settings]")
{
    NoLeaks const no_leaks;
    auto const print = cmd(child("print_env"));
    auto const whole = seq(print.env("A", "own"), print.unset("B"))
                           .clean_env()
                           .env("A", "outer")
                           .env("B", "b");
    CHECK(read(whole) == "A=own\nB=b\nA=outer");
    auto const clean_inside = seq(print.clean_env()).env("A", "outer");
    CHECK(read(clean_inside) == "");
}

TEST_CASE("paths get entries in front and behind", "[language][settings]")
{
    NoLeaks const no_leaks;
    auto const print = cmd(child("print_env")).clean_env();
    CHECK(read(print.prepend_path("/a")) == "PATH=/a");
    CHECK(read(print.env("PATH", "/m").prepend_path("/a").append_path("/z"))
          == "PATH=/a:/m:/z");
    CHECK(read(print.prepend_path("/2").prepend_path("/1")) == "PATH=/1:/2");
    CHECK(read(print.append_path("/man", "MANPATH")) == "MANPATH=/man");
    CHECK(read(print.prepend_path("/a").env("PATH", "/new")) == "PATH=/new");
    ScopedVariable const path("PATH", "/usr/bin:/bin");
    CHECK(read(cmd(child("print_env")).prepend_path("/opt"))
              .find("PATH=/opt:/usr/bin:/bin")
          != std::string::npos);
}

TEST_CASE("the program is looked up in the PATH that the command gets",
          "[language][settings]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    copy_child("print", folder / "only-here");
    CHECK(read(cmd("only-here", "found").prepend_path(folder.path()))
          == "found");
    CHECK_THROWS_AS(read(cmd("only-here", "found")), SpawnError);
}

TEST_CASE("which finds what would be executed", "[language][which]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const first;
    TemporaryDirectory const second;
    copy_child("print", second / "tool");
    write_file(first / "tool", "not executable");
    auto const path = first.str() + "::relative:" + second.str();
    CHECK(which("tool", path) == second / "tool");
    CHECK(which("no-such-tool", path) == std::nullopt);
    CHECK(which("tool", "") == std::nullopt);
    CHECK(which("") == std::nullopt);
    CHECK(which(second / "tool") == second / "tool");
    CHECK(which(first / "tool") == std::nullopt);
    CHECK(which(first.str()) == std::nullopt);
    ScopedVariable const variable("PATH", path.c_str());
    CHECK(which("tool") == second / "tool");
}

// --- literals ------------------------------------------------------------------------

TEST_CASE("a literal is split when it is compiled", "[language][literal]")
{
    using Words = std::vector<std::string>;
    auto const words = [](Command const& command) {
        return make_plan(command).stages[0]->args;
    };
    CHECK(words("ls"_cmd) == Words{"ls"});
    CHECK(words("  ls \t-l  /tmp "_cmd) == Words{"ls", "-l", "/tmp"});
    CHECK(words("a 'b c' \"d e\" f\\ g ''"_cmd)
          == Words{"a", "b c", "d e", "f g", ""});
    CHECK(words("a 'x'\"y\"z"_cmd) == Words{"a", "xyz"});
    CHECK(words("a '$HOME *' \"\\$x \\\" \\\\ \\n\" \\*"_cmd)
          == Words{"a", "$HOME *", "$x \" \\ \\n", "*"});
}

TEST_CASE("each placeholder stays inside its word", "[language][literal]")
{
    using Words = std::vector<std::string>;
    auto const words = [](Command const& command) {
        return make_plan(command).stages[0]->args;
    };
    std::string const name = "a b; *";
    CHECK(words("grep -n --include={} -r {} ."_cmd("*.c", name))
          == Words{"grep", "-n", "--include=*.c", "-r", "a b; *", "."});
    CHECK(words("{} {}{}-{}"_cmd("x", 1, "", 2)) == Words{"x", "1-2"});
    CHECK(words("say \"{} and {}\" '{}'"_cmd("x", "{}"))
          == Words{"say", "x and {}", "{}"});
    CHECK(words("{}"_cmd("")) == Words{""});
    CHECK_THROWS_AS("a {}"_cmd(std::string("x\0y", 3)), std::invalid_argument);
}

// --- prefixes ------------------------------------------------------------------------

TEST_CASE("a prefix stands in front of each command", "[language][prefix]")
{
    NoLeaks const no_leaks;
    auto const with_env = prefix({"env", "A=1"});
    auto const e = with_env(cmd(child("print_env")).clean_env());
    CHECK(read(e) == "A=1");
    auto const shell = with_env(sh("echo \"$A$1\"", "sh", "x y"));
    CHECK(read(shell) == "1x y");
    CHECK(to_string(prefix({"nice", "-n", 5})(cmd("a") | (cmd("b") > "f")))
          == "nice -n 5 a | nice -n 5 b > f");
    auto const inner =
        prefix({"nice"})(cmd("a").with({.executable = "/bin/b"}));
    CHECK(to_string(inner) == "nice /bin/b");
}

TEST_CASE("a prefix goes into words and branches, and leaves C++ alone",
          "[language][prefix]")
{
    auto const nicely = prefix({"nice", "-n", 5});
    CHECK(to_string(nicely(cmd("a", "b", from(cmd("c")), into(cmd("d")))))
          == "nice -n 5 a b <(nice -n 5 c) >(nice -n 5 d)");
    CHECK(to_string(nicely(sh("cat \"$1\"", "sh", from(cmd("a")))))
          == "nice -n 5 /bin/sh -c 'cat \"$1\"' sh <(nice -n 5 a)");
    CHECK(to_string(nicely(cmd("a") | first(3) | tee("f", cmd("b"))))
          == "nice -n 5 a | head -n 3 | tee f "
             ">(nice -n 5 b; cat > /dev/null)");
}

TEST_CASE("a prefix that takes a script is quoted once more on each level",
          "[language][prefix]")
{
    NoLeaks const no_leaks;
    auto const script = prefix({"sh", "-c"}, Quoting::shell_text);
    auto const e = cmd(child("print_args"), "it's", "a  b", "$HOME", "\\", "\n")
                 | cmd(child("copy"));
    auto const plain = read(e);
    CHECK(read(script(e)) == plain);
    CHECK(read(script(script(e))) == plain);
    CHECK(read(script(script(script(e)))) == plain);
    CHECK(make_plan(script(e)).stages.size() == 1);
    TemporaryDirectory const folder;
    check(script(cmd(child("print"), "x") > folder / "f"));
    CHECK(read_file(folder / "f") == "x");
    CHECK_THROWS_AS(script(cmd("a") > capture), std::invalid_argument);
    CHECK_THROWS_AS(script(cmd("a") | tee(capture)), std::invalid_argument);
    CHECK_THROWS_AS(script(std::vector{1} | cmd("a")), std::invalid_argument);
    CHECK_THROWS_AS(script(cmd("a", from(cmd("b") > err(capture)))),
                    std::invalid_argument);
    CHECK(to_string(script(cmd("a", from(cmd("b"))) | first(1)))
          == "sh -c 'a <(b) | head -n 1'");
    CHECK_THROWS_AS(prefix({}), std::invalid_argument);
}

TEST_CASE("a command may have a name of its own", "[language][settings]")
{
    auto const e = cmd(child("exit_with"), 3).named("the check");
    CHECK(message_of<CalledProcessError>([&] {
              check(e);
          }).starts_with("\"the check\" ended with exit code 3"));
    CHECK(to_string(e) == child("exit_with") + " 3");
}

TEST_CASE("with() leaves alone what it does not set", "[language][settings]")
{
    NoLeaks const no_leaks;
    auto const e = cmd(child("print_env")).clean_env().env("A", "1").cwd("/");
    CHECK(read(e.with({.umask = 022})) == "A=1");
    CHECK(make_plan(e.with({.umask = 022})).stages[0]->options.cwd.str()
          == "/");
    auto const twice = cmd("a").with({.umask = 022}).with({.pipesize = 4096});
    CHECK(make_plan(twice).stages[0]->options.umask == 022);
}

TEST_CASE("options of a Popen object are refused in an expression",
          "[plan][settings][found:A12]")
{
    CHECK_THROWS_AS(cmd("a").with({.bufsize = 0}), std::invalid_argument);
    CHECK_THROWS_AS(cmd("a").with({.on_destroy = OnDestroy::detach}),
                    std::invalid_argument);
}

TEST_CASE("a prefix that takes a script loses no judgement",
          "[language][prefix][status]")
{
    NoLeaks const no_leaks;
    auto const script = prefix({"sh", "-c"}, Quoting::shell_text);
    CHECK(run(script(cmd(child("exit_with"), 1).accept({1}))));
    CHECK(run(script(cmd(child("exit_with"), 1).unchecked())));
    auto const inside = cmd("a").accept({1}) | cmd("b");
    CHECK_THROWS_AS(script(inside), std::invalid_argument);
}
