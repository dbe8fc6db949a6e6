// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Settings of commands and of wholes, literals, prefixes, which.
#include "support/bash.hpp"
#include "support/children.hpp"
#include "support/files.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <csignal>

#include <unistd.h>

using namespace runnel;
using namespace runnel::test;

TEST_CASE("an in-process stage has no settings", "[plan][settings]")
{
    auto const code = stage(std::identity());
    auto const message = [](auto const& set) {
        return message_of<std::invalid_argument>(set);
    };
    CHECK(message([&] { (void)code.timeout(std::chrono::seconds(1)); })
          == "\"stage\" is C++ code of this process, and only commands have "
             "settings");
    CHECK_THROWS_AS(code.cwd("/"), std::invalid_argument);
    CHECK_THROWS_AS(code.env("A", "b"), std::invalid_argument);
    CHECK_THROWS_AS(code.unchecked(), std::invalid_argument);
    CHECK_THROWS_AS(first(1).nice(1), std::invalid_argument);
    // Those of a whole are for its commands.
    CHECK_NOTHROW((cmd("a") | code).timeout(std::chrono::seconds(1)));
}

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
        return make_plan(command).stages[0]->argv();
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
        return make_plan(command).stages[0]->argv();
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
    CHECK_THROWS_AS(cmd("a").with({.teardown = Teardown::kill()}),
                    std::invalid_argument);
}

TEST_CASE("what a script connects is free on this side of the prefix",
          "[language][prefix][found:F3]")
{
    NoLeaks const no_leaks;
    TemporaryDirectory const folder;
    auto const script = prefix({"sh", "-c"}, Quoting::shell_text);
    auto const in_file = script(cmd(child("print"), "x") > folder / "f");
    auto const done = run(in_file, {.capture_output = true});
    CHECK(done.out == "");
    CHECK(done.err == "");
    CHECK(read_file(folder / "f") == "x");
    CHECK(read(in_file | cmd("wc", "-c")) == "0");
    auto const from_file = script(cmd(child("copy")) < folder / "f");
    CHECK(read(from_file, {.input = "not read"}) == "x");
    auto const merged = script(sh("echo e >&2") > err_to_out);
    CHECK(run((merged > err(capture)) | capture).out == "e\n");
    // Words in front of a command change nothing of its streams.
    CHECK_THROWS_AS(
        run(prefix({"env"})(cmd("a") > folder / "f"), {.capture_output = true}),
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

TEST_CASE("what a child does about itself is a setting of each expression",
          "[plan][settings]")
{
    NoLeaks const no_leaks;
    auto const print = cmd(child("print_settings"));
    auto const nice = std::stoi(field_of(read(print), "nice"));
    auto const both = seq(print.nice(2), print)
                          .limit(Resource::core_size, 0)
                          .limit(Resource::open_files, 64, 128)
                          .nice(1)
                          .idle()
                          .no_new_privileges()
                          .die_with_parent();
    auto const text = read(both);
    auto const second = text.find("address_space", 1);
    for (auto const& one : {text.substr(0, second), text.substr(second)}) {
        CHECK(field_of(one, "core_size") == "0 0");
        CHECK(field_of(one, "open_files") == "64 128");
        CHECK(field_of(one, "policy") == "5");
        CHECK(field_of(one, "no_new_privileges") == "1");
        CHECK(field_of(one, "parent_death") == "9");
    }
    CHECK(field_of(text.substr(0, second), "nice") == std::to_string(nice + 2));
    CHECK(field_of(text.substr(second), "nice") == std::to_string(nice + 1));
    auto const signals = read(cmd(child("print_signals"))
                                  .ignore_signals({SIGUSR1})
                                  .block_signals({SIGUSR2, SIGTERM}));
    CHECK(field_of(signals, "SigBlk") == "0000000000004800");
    CHECK((std::stoull(field_of(signals, "SigIgn"), nullptr, 16) & 0x200) != 0);
}

TEST_CASE("each resource of a whole is limited unless a command does",
          "[plan][settings]")
{
    auto const e = (cmd("a").limit(Resource::cpu, 1) | cmd("b"))
                       .limit(Resource::cpu, 2)
                       .limit(Resource::stack, 3)
                       .limit(Resource::stack, 4);
    using Limits = std::vector<ResourceLimit>;
    auto const plan = make_plan(e);
    CHECK(plan.stages[0]->options.limits
          == Limits{{Resource::cpu, 1}, {Resource::stack, 4}});
    CHECK(plan.stages[1]->options.limits
          == Limits{{Resource::cpu, 2}, {Resource::stack, 4}});
}

TEST_CASE("a whole hands every setting down to commands that do not say "
          "otherwise",
          "[plan][settings]")
{
    auto const a = cmd("a").with({.process_group = 0, .umask = 022});
    auto const e = (a | cmd("b"))
                       .with({.cwd = "/d",
                              .env = {{"K", "1"}},
                              .restore_signals = false,
                              .start_new_session = true,
                              .user = 7,
                              .umask = 077,
                              .cpus = {0, 1}});
    auto const plan = make_plan(e);
    auto const& first = plan.stages[0]->options;
    auto const& second = plan.stages[1]->options;
    CHECK(first.umask == 022);
    CHECK(first.process_group == 0);
    CHECK(!first.start_new_session);
    CHECK(second.umask == 077);
    CHECK(second.start_new_session);
    for (auto const* options : {&first, &second}) {
        CHECK(options->cwd.str() == "/d");
        CHECK(!options->env.is_inherited());
        CHECK(!options->restore_signals);
        CHECK(options->user->number() == 7);
        CHECK(options->cpus == std::vector{0, 1});
    }
    auto const leader = cmd("a").with({.start_new_session = true});
    auto const other = (leader | cmd("b")).with({.process_group = 0});
    CHECK(!make_plan(other).stages[0]->options.process_group);
    CHECK(make_plan(other).stages[1]->options.process_group == 0);
}

TEST_CASE("what is of one command is refused for a whole", "[plan][settings]")
{
    auto const whole = cmd("a") | cmd("b");
    for (auto const& options :
         {PopenOptions{.executable = "/x"}, PopenOptions{.shell = true},
          PopenOptions{.in = Stdio::devnull}, PopenOptions{.out = "f"},
          PopenOptions{.err = "f"}, PopenOptions{.close_fds = false},
          PopenOptions{.pass_fds = {7}}, PopenOptions{.pipesize = 4096},
          PopenOptions{.preexec_fn = [] {}}, PopenOptions{.bufsize = 0},
          PopenOptions{.text = true}})
        CHECK_THROWS_AS(whole.with(options), std::invalid_argument);
}

TEST_CASE("settings that no child can have are refused when given",
          "[plan][settings]")
{
    using Bad = std::invalid_argument;
    auto const a = cmd("a");
    CHECK_THROWS_AS(a.ignore_signals({99}), Bad);
    CHECK_THROWS_AS((a | a).block_signals({0}), Bad);
    CHECK_THROWS_AS(a.die_with_parent(99), Bad);
    CHECK_THROWS_AS(a.nice(100), Bad);
    CHECK_THROWS_AS(a.cpus({-1}), Bad);
    CHECK_THROWS_AS((a && a).limit(Resource::cpu, 2, 1), Bad);
    CHECK_THROWS_AS(a.with({.umask = 01000}), Bad);
}

TEST_CASE("settings read as the tools that make them", "[plan][settings]")
{
    auto const a = cmd("a");
    CHECK(to_string(a.nice(10)) == "nice -n 10 a");
    CHECK(to_string(a.nice(-1)) == "nice -n -1 a");
    CHECK(to_string(a.cpus({0, 2})) == "taskset -c 0,2 a");
    CHECK(to_string(a.idle()) == "chrt -i 0 a");
    CHECK(to_string(a.limit(Resource::cpu, 5)) == "prlimit --cpu=5:5 a");
    CHECK(to_string(a.limit(Resource::open_files, 64, ResourceLimit::unchanged)
                        .limit(Resource::core_size, ResourceLimit::unchanged,
                               ResourceLimit::unlimited))
          == "prlimit --nofile=64: --core=:unlimited a");
    CHECK(to_string(a.no_new_privileges()) == "setpriv --no-new-privs a");
    CHECK(to_string(a.die_with_parent()) == "setpriv --pdeathsig KILL a");
    CHECK(to_string(a.ignore_signals({SIGINT, SIGQUIT}))
          == "env --ignore-signal=INT,QUIT a");
    CHECK(to_string(a.block_signals({SIGUSR1, SIGRTMIN}))
          == "env --block-signal=USR1,34 a");
    CHECK(to_string(a.with({.user = 7,
                            .group = "staff",
                            .extra_groups = std::vector<Id>{5, "x y"}}))
          == "setpriv --groups=5,'x y' setpriv --regid=staff --keep-groups "
             "setpriv --reuid=7 a");
    CHECK(to_string(a.with({.extra_groups = std::vector<Id>{}}))
          == "setpriv --clear-groups a");
    CHECK(to_string((a | cmd("b")).nice(1)) == "nice -n 1 a | nice -n 1 b");
    CHECK(to_string(a.env("K", "1").nice(1).timeout(std::chrono::seconds(2)))
          == "timeout --foreground -k 2 2 nice -n 1 env K=1 a");
}

TEST_CASE("settings that bash has no words for are remarks", "[plan][settings]")
{
    auto const a = cmd("a");
    CHECK(to_string(a.with({.process_group = 0})) == "a # process_group = 0");
    CHECK(to_string(a.with({.preexec_fn = [] {}}) | a)
          == "a | a # a preexec_fn");
    CHECK_THROWS_AS(
        prefix({"sh", "-c"}, Quoting::shell_text)(a.with({.process_group = 0})),
        std::invalid_argument);
}

TEST_CASE("bash makes the same settings", "[plan][settings][differential]")
{
    NoLeaks const no_leaks;
    auto const print = cmd("print_settings");
    auto const signals = cmd("print_signals");
    PopenOptions const other{
        .user = 12345, .group = 54321, .extra_groups = std::vector<Id>{5, 6}};
    std::vector<Pipeline> expressions{
        print.nice(1),
        print.nice(39),
        print.cpus({0}),
        print.idle(),
        print.limit(Resource::open_files, 64, 128),
        print.limit(Resource::file_size, 1000),
        print.limit(Resource::core_size, 0, ResourceLimit::unchanged),
        print.no_new_privileges(),
        print.die_with_parent(SIGTERM),
        print.nice(1).idle().no_new_privileges().die_with_parent().env("A",
                                                                       "1"),
        print.nice(1).cwd("d"),
        print.nice(1).timeout(std::chrono::seconds(20)),
        signals.ignore_signals({SIGINT, SIGRTMIN}),
        signals.block_signals({SIGUSR1, SIGRTMAX}),
        cmd("print_args", "A=1", "-x").nice(1),
        cmd("echo", "-n", "x").nice(1),
        cmd("cat", from(print.nice(1))).nice(2),
    };
    if (::geteuid() == 0)
        expressions.emplace_back(cmd("id").with(other));
    CHECK(differences_from_bash(expressions) == "");
}
