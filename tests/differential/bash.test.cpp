// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What an expression does is what bash does with its text. Each case is a
// theme of the language; random.test.cpp mixes them.
#include "support/bash.hpp"
#include "support/children.hpp"
#include "support/leaks.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

#include <csignal>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

/// Says what it reads and where it stands; see tests/children/tell_flow.cpp.
Command flow(std::string_view name, std::string_view from = "",
             std::string_view to = "1", int code = 0)
{
    return cmd("tell_flow", name, code, from, to);
}

Command copy()
{
    return cmd("copy");
}

Command says(std::string_view text)
{
    return cmd("print", text);
}

/// Writes "out" to stdout and "err" to stderr.
Command speaker()
{
    return cmd("write_to", 1, "out\n", 2, "err\n");
}

Command ends(int code)
{
    return cmd("exit_with", code);
}

Command dies(int signal)
{
    return cmd("kill_self", signal);
}

Command missing()
{
    return cmd("no-such-program");
}

Command args(std::string_view word)
{
    return cmd("print_args", word, "end");
}

} // namespace

TEST_CASE("bash reads every word as it was", "[differential]")
{
    NoLeaks const no_leaks;
    std::string every_byte;
    for (int byte = 1; byte < 256; ++byte)
        every_byte += char(byte);
    auto const found = differences_from_bash({
        args(""),
        args(" "),
        args("two words"),
        args("it's"),
        args("''"),
        args("say \"hi\""),
        args("$HOME ${HOME} $(date) `date`"),
        args("back\\slash\\\\"),
        args("\\"),
        args("two\nlines\n"),
        args("tab\there"),
        args("* ? [a-z] {a,b} {1..3}"),
        args("if"),
        args("A=1"),
        args("-n"),
        args("--"),
        args("~"),
        args("~/x:~"),
        args("a=~"),
        args("!"),
        args("!!"),
        args("#"),
        args("a#b"),
        args("; & | < > ( ) && ||"),
        args("{"),
        args("}"),
        args("gr\xc3\xbc\xc3\x9f"),
        args("\xff\xfe"),
        args("@%+=:,./-_"),
        args("^a^b"),
        args(every_byte),
        cmd("print_args", "a", "", "b", std::vector<std::string>{}, 7,
            std::vector<std::string>{"x y", "*"}),
    });
    CHECK(found == "");
}

TEST_CASE("bash finds the program that we find", "[differential]")
{
    NoLeaks const no_leaks;
    auto const found = differences_from_bash({
        cmd(child("print"), "by path\n"),
        cmd("echo", "-n", "x\\n"),
        cmd("echo", "-e", "x\\ty\\u00e9"),
        cmd("echo", "-ne", "x\\ty\\u00e9"),
        cmd("echo", "-E", "-x"),
        cmd("test", "-l", "abc", "-eq", 3),
        cmd("[", "-l", "abc", "-eq", 3, "]"),
        cmd("kill", "-l", 15),
        cmd("printf", "%b\\n", "\\x41\\u00e9"),
        cmd("pwd", "-P"),
        cmd("time", "--version"),
        cmd("test", "-v", "HOME"),
        cmd("[", "b", "<", "a", "]"),
        cmd("printf", "-v", "x", "y"),
        cmd("printf", "%b", "a\\tb"),
        cmd("true"),
        cmd("false"),
        cmd("test", "a", "=", "b"),
        cmd("[", "a", "=", "a", "]"),
        cmd("printf", "%s-%d\\n", "x", 3),
        cmd("printf", "--", "x\\n"),
        cmd("echo", "--version"),
        cmd("true", "--help"),
        cmd("pwd", "--version"),
        cmd("kill", "--version"),
        cmd("if"),
        cmd("then", "x"),
        cmd("time"),
        cmd("A=1"),
        cmd("A=1", "true"),
        cmd("eval", "echo x"),
        cmd("exit", 3),
        cmd("cd", "d"),
        cmd("!", "false"),
        cmd("{"),
        cmd("[[", "a"),
        cmd("~"),
        cmd("./d"),
        cmd(""),
    });
    CHECK(found == "");
}

TEST_CASE("no builtin of bash takes the place of a program",
          "[differential][found:D8]")
{
    auto const builtins = cmd("bash", "-c", "compgen -b; compgen -k") | lines;
    for (std::string_view word : builtins) {
        auto const line = to_string(cmd(word, "--help"));
        CHECK((line.starts_with("env ") || line.starts_with('\'')));
    }
}

TEST_CASE("bash reads literals and scripts as they were", "[differential]")
{
    NoLeaks const no_leaks;
    auto const found = differences_from_bash({
        "print_args -n 'a b' '$' \"x\\\"\" y"_cmd,
        "print_args --include={} -r {} ."_cmd("*.c", "a b"),
        sh("echo \"$0-$1\" | cat; exit 3", "sh", "it's"),
        sh("read line; echo \"<$line>\"") < "in",
        sh("echo $$ >/dev/null; kill -9 $$"),
        sh(""),
    });
    CHECK(found == "");
}

TEST_CASE("bash opens the same files", "[differential]")
{
    NoLeaks const no_leaks;
    auto const nul = std::string("a\0b\0001\0", 6);
    auto const found = differences_from_bash({
        speaker() > "new",
        speaker() > "log",
        speaker() >> "log",
        speaker() > append("new file"),
        speaker() > "--",
        speaker() > "a*b",
        speaker() > "&1",
        speaker() > "d/new",
        copy() < "in",
        copy() < "in" > "new",
        copy() > "new" < "in",
        copy() < "d/in" > append("log"),
        copy() < "in" > "in",
        copy(),
        copy() < devnull,
        speaker() > devnull,
        speaker() > err(devnull),
        speaker() > both(devnull),
        speaker() > err("e"),
        speaker() > err(append("log")),
        speaker() > "o" > err("e"),
        speaker() > err("e") > "o",
        speaker() > both("f"),
        speaker() > both(append("log")),
        speaker() > append("log") > err(append("log")),
        speaker() > capture,
        copy() < "in" > capture,
        copy() < text("given"),
        copy() < text("given\n"),
        copy() < text(""),
        copy() < text("\n\n"),
        copy() < text("100% \\n %s it's"),
        copy() < text("-n"),
        copy() < text(nul),
        copy() < text(std::string("100% \\n\0%s\\", 11)),
        copy() < text(std::string(70'000, 'x')) > "large",
    });
    CHECK(found == "");
}

TEST_CASE("bash redirects descriptors in the same order", "[differential]")
{
    NoLeaks const no_leaks;
    auto const one_and_two = flow("a", "", "12");
    auto const three = flow("a", "", "123");
    auto const four = flow("a", "", "1234");
    auto const found = differences_from_bash({
        one_and_two > err_to_out,
        one_and_two > err_to_out > "f",
        one_and_two > "f" > err_to_out,
        one_and_two > out_to_err,
        one_and_two > out_to_err > err("f"),
        one_and_two > err("f") > out_to_err,
        one_and_two > "o" > fd(2, fd(1)),
        one_and_two > fd(1, fd(2)),
        one_and_two > fd(1, "f"),
        one_and_two > fd(2, append("log")),
        three > fd(3, "f"),
        three > fd(3, append("log")),
        three > fd(3, devnull),
        three > fd(3, fd(1)) > "f",
        three > "f" > fd(3, fd(1)),
        three > fd(3, fd(1)) > err_to_out > "f",
        three > fd(3, fd(2)) > err("f"),
        three > fd(3, fd(1)) > out_to_err > fd(2, fd(3)),
        four > fd(3, "f") > fd(4, fd(3)) > fd(1, fd(4)),
        four > fd(4, fd(1)) > fd(3, fd(2)) > fd(1, fd(3)) > fd(2, fd(4)),
        flow("a", "", "56789") > fd(9, "f9") > fd(5, fd(9)) > fd(6, fd(9))
            > fd(7, "f7") > fd(8, fd(1)),
        flow("a", "3") < fd(3, "in"),
        flow("a", "03") < "more" < fd(3, "in"),
        flow("a", "03") < fd(3, fd(0)) < "in",
        flow("a", "03") < "in" < fd(3, fd(0)),
        flow("a", "3") < fd(3, text("x\ny\n")),
        flow("a", "9") < fd(9, text("x")),
        flow("a", "0") < fd(0, "in"),
        flow("a", "04") < fd(4, "in") < fd(0, fd(4)),
        flow("a", "0", "3") < text("t") > fd(3, "f"),
        cmd("write_to", 12, "twelve\n") > fd(12, "f"),
        cmd("write_to", 10, "ten\n", 11, "eleven\n") > fd(10, "f")
            > fd(11, fd(1)),
        cmd("write_to", 0, "zero\n") > fd(0, "f"),
        cmd("write_to", 1, "x") < fd(1, "in"),
        cmd("write_to", 3, "not open"),
        flow("a", "", "2") > err(fd(1)) > "o",
        flow("a", "3") < fd(3, "in") > "f",
        three > both("f") > fd(3, fd(2)),
    });
    CHECK(found == "");
}

TEST_CASE("text comes in its turn, as in bash", "[differential]")
{
    NoLeaks const no_leaks;
    auto const found = differences_from_bash({
        flow("a", "3") < fd(3, fd(0)) < text("x"),
        flow("a", "3") < text("x") < fd(3, fd(0)),
    });
    CHECK(found == "");
}

TEST_CASE("bash knows the descriptors of this process that were redirected",
          "[differential]")
{
    NoLeaks const no_leaks;
    auto const e = flow("a", "", "12");
    auto const reader = flow("b", "0", "12");
    auto const found = differences_from_bash({
        e > Stdio(7),
        e > err(7),
        e > "f" > err(1),
        e > err(1) > "f",
        e > Stdio(2) > err(1),
        e > err("f") > Stdio(2),
        e > "f" > err(Stdio::inherit),
        e > "f" > fd(7, Stdio::inherit) > err(fd(7)),
        e > Stdio::inherit,
        (flow("a", "", "5") > "f") > fd(5, 1),
        (flow("a", "", "59") > "f") > fd(9, "g") > fd(5, 1),
        flow("a", "0") < Stdio(8),
        flow("a", "3") < fd(3, 8),
        flow("a", "03") < "in" < fd(3, 0),
        copy() < Stdio::inherit,
        copy() | (reader > Stdio(7)),
        e | (reader > err(1)),
        (e > err(1)) | reader,
        (e > err(1)) | (reader > "f" > err(1)),
        (e | reader) > Stdio(7),
        (e | reader) > "f" > err(1),
        (e | flow("b", "03") | reader) < fd(3, 0),
        seq(e, reader < devnull) > "f" > err(1),
        seq(e, (reader < devnull) > err(1)) > "f",
    });
    CHECK(found == "");
}

TEST_CASE("bash makes pipes before redirections", "[differential]")
{
    NoLeaks const no_leaks;
    auto const a = flow("a", "", "12");
    auto const b = flow("b", "0", "12");
    auto const found = differences_from_bash({
        copy() | copy() | copy(),
        (copy() < "in") | (copy() > "f"),
        (says("x") | copy()) > capture,
        (a > err_to_out) | b,
        (a > err("e")) | b,
        (a > err("e")) | (b > err(append("log"))) | (flow("c", "0") > "f"),
        (flow("a", "", "13") > fd(3, fd(1))) | b,
        (flow("a", "", "13") > fd(3, fd(1))) | (b > fd(3, "unused")),
        (flow("a", "", "123") > fd(3, fd(2)) > fd(2, fd(1))) | b,
        a | (flow("b", "03") < fd(3, fd(0))),
        a | (flow("b", "03") < fd(3, text("t"))),
        (copy() < text("t")) | b,
        (copy() < text("t")) | copy() | copy() | flow("d", "0", "1"),
    });
    CHECK(found == "");
}

TEST_CASE("bash sends on the same stderr", "[differential]")
{
    NoLeaks const no_leaks;
    auto const a = flow("a", "", "12");
    auto const b = flow("b", "0", "12");
    auto const c = flow("c", "0", "12");
    auto const b_out = b > err(devnull);
    auto const c_out = c > err(devnull);
    auto const found = differences_from_bash({
        stderr_of(flow("a", "", "2")) | b_out,
        stderr_of(a) | (c_out > "f"),
        stderr_of(a > "o") | c_out,
        stderr_of(a > append("log")) | c_out,
        stderr_of(a > devnull) | c_out,
        stderr_of(a > Stdio(7)) | c_out,
        stderr_of(a > Stdio(2)) | c_out,
        stderr_of(a > Stdio(1)) | (c_out > "f"),
        stderr_of(a > Stdio::inherit) | (c_out > "f"),
        stderr_of(a > out_to_err) | c_out,
        stderr_of(flow("a", "", "123") > fd(3, fd(2)) > "o") | c_out,
        stderr_of(flow("a", "", "123") > "o" > fd(3, fd(1))) | c_out,
        stderr_of(flow("a", "", "23") > fd(3, fd(1))) | (c_out > "f"),
        stderr_of(flow("a", "0", "2") < "in") | c_out,
        stderr_of(flow("a", "3", "2") < fd(3, text("x"))) | c_out,
        (stderr_of(a) | (c_out > "f")) > err("e"),
        ((stderr_of(a > "o") | b) > "f") > err("e"),
        says("x") | (stderr_of(b > "o") | c_out),
        stderr_of(says("x") | (b > "o")) | c_out,
        stderr_of((a > err("e")) | (b > "o")) | c_out,
        stderr_of(a | (b > "o")) | c_out,
        stderr_of(stderr_of(a > "o") | (b > "p")) | c_out,
        (stderr_of(stderr_of(a > "o") | (b > "p")) | (c > "f")) > err("e"),
        says("x") | grouped(stderr_of(b > "o") | c_out)
            | (flow("d", "0") > "f"),
        (stderr_of(a > "o") | (b > err("e"))) | (c_out > "f"),
        (stderr_of(a > "o") | (b > err("e"))) > "f",
        stderr_of(seq(a, a) > "o") | c_out,
        stderr_of(seq(a, a > "p") > "o") | c_out,
        stderr_of(seq(a > "o", flow("d", "", "2"))) | c_out,
        seq(says("x\n"), (stderr_of(a) | (c_out > "f"))) > "o",
        (says("x\n") && (stderr_of(a > "o") | c_out)),
        stderr_of(flow("a", "", "2", 3)) | flow("b", "0", "1", 4),
        stderr_of(flow("a", "", "2", 3)) | c_out,
        (stderr_of(flow("a", "", "12", 3).unchecked()) | (c_out > "f"))
            && says("on\n"),
        (stderr_of(flow("a", "", "12", 3).accept({0, 3})) | (c_out > "f"))
            && says("on\n"),
        stderr_of(sh("echo o; echo e >&2")) | (c_out > "f"),
    });
    CHECK(found == "");
}

TEST_CASE("bash redirects wholes around their parts", "[differential]")
{
    NoLeaks const no_leaks;
    auto const a = flow("a", "0", "1");
    auto const b = flow("b", "0", "1");
    auto const e1 = flow("a", "0", "12");
    auto const e2 = flow("b", "0", "1");
    auto const found = differences_from_bash({
        (a | b) < "in",
        (a | b) > "f",
        (a | b) < "in" > "f",
        (a | b) >> "log",
        (a | b) < text("t"),
        (a | b) > err("e"),
        (e1 | e2) > err("e"),
        (e1 | e2) > both("f"),
        ((e1 > err("own")) | flow("b", "0", "12")) > err("e"),
        (e1 | e2) > err_to_out > "f",
        (e1 | e2) > "f" > err_to_out,
        (e1 | e2) > out_to_err,
        (a | flow("b", "0", "3")) > fd(3, "f"),
        (a | flow("b", "03", "1")) < fd(3, "in"),
        (a | b) < "in" > fd(1, fd(0)),
        (a | b) > "f" < fd(0, fd(1)),
        (flow("a") | b) > fd(0, "f") > fd(1, fd(0)),
        (flow("a") | b) > fd(1, fd(2)),
        (a | b) > fd(1, fd(1)),
        (a | b) > Stdio(1),
        (a | b) < Stdio(0),
        (a | b) > Stdio(0),
        seq((a | b) > Stdio(0), flow("c")) > "f",
        (a | flow("b", "0", "3")) > "f" > fd(3, fd(1)),
        (a | flow("b", "0", "3")) > fd(3, fd(1)) > "f",
        ((a > fd(3, fd(1))) | b) > "f",
        ((flow("a", "0", "13") > fd(3, fd(1))) | b) > fd(4, "f"),
        (a | (flow("b", "0", "13") > fd(3, fd(4)))) > fd(4, "f"),
        (a | flow("b", "0", "13")) > Stdio(7) > fd(3, 1),
        (a | b) < Stdio(8),
        (a | b) > Stdio(0) < "in",
        (flow("a", "0", "1") | b) < Stdio(0) > Stdio(2),
        (a | b) < Stdio(1),
        (flow("x") | ((a | b) > "f")),
        ((a | b) < "in") | flow("c", "0"),
        ((a | b) < "in" > err("e")) | flow("c", "0"),
        ((a | b) < "in") | ((flow("c", "0") | flow("d", "0")) > "f"),
        (((a | b) > fd(3, "f")) | flow("c", "0")),
    });
    CHECK(found == "");
}

TEST_CASE("bash runs the same commands of a list", "[differential]")
{
    NoLeaks const no_leaks;
    auto const a = says("a\n");
    auto const b = says("b\n");
    auto const c = says("c\n");
    auto const found = differences_from_bash({
        a && b,
        a || b,
        ends(1) && b,
        ends(3) || b,
        ends(3) || ends(4),
        ends(0) && ends(4),
        !a,
        !ends(3),
        !(!ends(3)),
        !(!ends(0)),
        !(!(!ends(3))),
        (!(!ends(3))) > "f",
        !((!ends(3)) > "f"),
        !a && b,
        !a || b,
        !(a && ends(2)),
        !(a | copy()),
        seq(a, b),
        seq(a, ends(3)),
        seq(ends(3), a, ends(0)),
        seq(a),
        (a && b) || c,
        (ends(1) && b) || c,
        (ends(1) || b) && c,
        a || grouped(b && c),
        ends(1) || grouped(ends(2) && c),
        grouped(a || b) && c,
        a && grouped(ends(1) || c),
        a && (b && ends(5)),
        seq(seq(a, b), c),
        seq(a, seq(ends(1), b), c),
        seq(a && ends(1), b || c),
        a && seq(ends(1), b),
        seq(a, ends(2)) || c,
        seq(a, ends(2)) && c,
        !seq(a, ends(2)),
        (a | copy()) && (b | copy()),
        (a | ends(3) | copy()) || b,
        (ends(3) | copy()) || b,
        (copy() < "in") && (b > "f"),
        seq(a > "f", b > "f", c >> "f"),
        seq(a > "f", copy() < "f"),
        (a && b) > "f",
        (ends(1) || b) > "f",
        (!a) > "f",
        (!ends(1)) > "f",
        seq(a, b) > "f" > err_to_out,
        seq(cmd("take_lines", 1), cmd("take_lines", 1)) < "in",
        seq(cmd("take_lines", 1), copy()) < text("1\n2\n3\n"),
        cmd("take_lines", 1) && copy(),
        seq(speaker(), speaker() > err("own")) > err("e"),
        seq(a, seq(b, c) > "f"),
        (a && (b && c) > "f"),
        (a || (b && c) > "f"),
        (seq(a, b) > "f") && c,
        (!(seq(a, b) > "f")) || c,
        seq((a && b) > "f", (b || c) > append("f")) > err("e"),
    });
    CHECK(found == "");
}

TEST_CASE("bash runs groups as stages", "[differential]")
{
    NoLeaks const no_leaks;
    auto const a = flow("a", "", "1");
    auto const b = flow("b", "", "1");
    auto const c = flow("c", "0", "1");
    auto const found = differences_from_bash({
        grouped(seq(a, b)) | c,
        grouped(a && b) | c,
        grouped(flow("a", "", "1", 1) || b) | c,
        grouped(!a) | c,
        c | grouped(!c),
        grouped(!ends(1)) | flow("c", "0", "1", 4),
        a | grouped(seq(cmd("take_lines", 1), b)),
        a | grouped(seq(c, c)) | c,
        a | grouped(c && (c > "f")) | c,
        (seq(a, b) > err("e")) | c,
        a | (seq(c, b) > "f"),
        a | (seq(c, b) > err_to_out) | c,
        (seq(a, b > "f") > err_to_out) | c,
        (seq(a, b) < "in") | c,
        grouped(seq(a, grouped(seq(b, a)) | c)) | c,
        grouped(seq(a, b) | c) | (c > "f"),
        (grouped(seq(a, b)) | c) > "f",
        (grouped(seq(flow("a", "0", "1"), b)) | c) < "in",
        (a | grouped(seq(c, b))) > "f",
        (a | grouped(c || b)) > "f",
        a | grouped(c && (flow("d", "", "3") > fd(3, "f"))),
        (a
         | (grouped(c && (flow("d", "", "31") > fd(3, fd(1))))
            > fd(4, "unused")))
            > "f",
        grouped(a | c) | c,
        a | grouped(c | c),
        a | grouped((c | c) > err("e")) | c,
        grouped(seq(ends(3), ends(4))) | c,
        a | grouped(seq(c, ends(4))),
        a | grouped(seq(c, ends(4))) | flow("d", "0", "1", 0),
        (grouped(seq(a, b)) | c) && a,
    });
    CHECK(found == "");
}

TEST_CASE("bash knows the same codes for success in lists", "[differential]")
{
    NoLeaks const no_leaks;
    auto const b = says("b\n");
    auto const c = says("c\n");
    auto const may_fail = ends(3).accept({0, 3});
    auto const found = differences_from_bash({
        may_fail && b,
        may_fail || b,
        !may_fail,
        ends(0).accept({0, 3}) && b,
        ends(4).accept({0, 3}) && b,
        ends(4).accept({0, 3}) || b,
        ends(1).accept({1}) && b,
        ends(0).accept({1}) || b,
        ends(4).accept({1, 3, 4}) && b,
        ends(4).unchecked() && b,
        ends(4).unchecked() || b,
        !ends(4).unchecked(),
        dies(SIGTERM).unchecked() && b,
        seq(ends(4).unchecked(), ends(5).accept({0, 5})),
        seq(b, ends(4).accept({0, 5})),
        (ends(0) | may_fail) && c,
        (may_fail | (copy() > "f")) && c,
        (ends(4).unchecked() | copy()) && c,
        ((ends(3) | copy() | ends(3)).accept({0, 3})) && c,
        (ends(3) || ends(4)).accept({0, 4}) && c,
        (speaker() > "o" > err("e")).unchecked() && c,
        (ends(3) > "f").accept({0, 3}) && c,
        ends(0).accept({}) || b,
        seq(b, ends(0).accept({})),
        seq(b, ends(7).accept({1})),
        seq(b, ends(7).accept({0, 7, 8}) && c),
        (stderr_of(flow("a", "", "2", 3).accept({1})) | copy()) || c,
        (copy() | (stderr_of(flow("b", "0", "2", 3).unchecked()) | copy()))
            && c,
    });
    CHECK(found == "");
}

TEST_CASE("bash sees the same stages fail and die", "[differential]")
{
    NoLeaks const no_leaks;
    auto const a = flow("a", "", "1");
    auto const c = flow("c", "0", "1");
    auto const found = differences_from_bash({
        ends(0),
        ends(1),
        ends(255),
        ends(256),
        dies(SIGTERM),
        dies(SIGKILL),
        dies(SIGHUP),
        dies(SIGABRT),
        dies(SIGSEGV),
        dies(SIGUSR1),
        dies(SIGPIPE),
        dies(SIGTERM) | c,
        flow("a", "", "") | dies(SIGKILL) | c,
        a | c | flow("d", "0", "1", 128 + SIGTERM),
        ends(3) | c,
        ends(3) | ends(4) | c,
        ends(3) | dies(SIGKILL) | c,
        a | c | flow("d", "0", "1", 7),
        a | flow("c", "0", "1", 7) | flow("d", "0", "1", 8),
        dies(SIGTERM) || a,
        dies(SIGTERM) && a,
        !dies(SIGKILL),
        seq(dies(SIGKILL), a),
        seq(a, dies(SIGKILL)),
        (dies(SIGKILL) | c) || a,
        grouped(seq(a, dies(SIGKILL))) | c,
        a | grouped(seq(c, dies(SIGTERM))),
        sh("exit 141"),
          // Forgiven, and so not what bash takes for the status:
        dies(SIGPIPE) | c,
        ends(141) | c,
        cmd("write_forever") | cmd("take_lines", 2),
        cmd("write_forever") | copy() | cmd("take_lines", 2),
        cmd("write_forever") | cmd("take_lines", 2) | flow("d", "0", "1", 3),
        ends(3) | (cmd("write_forever") > err("e")) | cmd("take_lines", 1),
          // Not forgiven: it is the last.
        flow("c", "0", "") | dies(SIGPIPE),
    });
    CHECK(found == "");
}

TEST_CASE("bash agrees on what cannot be started", "[differential]")
{
    NoLeaks const no_leaks;
    auto const b = says("b\n");
    auto const quiet = cmd("sh", "-c", "exit 0");
    auto const found = differences_from_bash({
        missing(),
        cmd("./missing"),
        cmd("/no/such/program"),
        cmd("./in"),
        cmd("./d"),
        missing() || b,
        missing() && b,
        cmd("./in") || b,
        seq(missing(), b),
        seq(b, missing()),
        b && missing(),
        ends(3) || missing(),
        (missing() || b) > "f",
        (missing() > "f") || (copy() < "f"),
        missing() | copy(),
        (quiet | missing()) || b,
        (missing() | quiet) || b,
        grouped(missing() || b) | copy(),
        grouped(seq(missing(), b)) | copy(),
        b | grouped(missing() || copy()),
        copy() < "missing",
        speaker() > "no/such/folder",
        speaker() > "d",
        (copy() < "missing") || b,
        (copy() < "missing") && b,
        seq(copy() < "missing", b),
        (seq(b, b) < "missing") || says("c\n"),
        flow("a", "3") < fd(3, fd(5)),
        (flow("a", "3") < fd(3, fd(5))) || b,
        flow("a", "", "3") > fd(3, 6),
        missing().env("A", "1") || b,
        missing().cwd("d") || b,
        b.cwd("no-such-folder") || says("c\n"),
    });
    CHECK(found == "");
}

TEST_CASE("bash makes the same of settings", "[differential]")
{
    NoLeaks const no_leaks;
    auto const show = sh("echo \"<${A-none}> <${B-none}> <${HOME+home}>\"");
    auto const where = cmd("print_cwd");
    auto const argv = cmd(child("print_args"), "x");
    auto const paths = [](Command const& e) {
        return e.env("LIST", "a:b").prepend_path("/new", "LIST");
    };
    auto const list = sh("echo \"$LIST-$PATHS\"");
    auto const found = differences_from_bash({
        show.env("A", "1"),
        show.env("A", "two words").env("B", "it's $A"),
        show.env("A", "1").env("A", "2"),
        show.env("A", ""),
        show.env("A", "1").unset("A"),
        show.unset("HOME"),
        show.unset("HOME").env("A", "1"),
        show.clean_env(),
        show.clean_env().env("A", "1"),
        show.env("A", "1").clean_env(),
        show.env("A", "=x=").env("B", "a\nb"),
        show.env("not-an-identifier", "1").env("A", "1"),
        argv.env("A", "1"),
        cmd("A=1").env("A", "1"),
        cmd("print_args", "A=1").env("A", "1"),
        cmd("-x").env("A", "1"),
        paths(list),
        paths(list).append_path("/last", "LIST"),
        list.prepend_path("/x y", "NEW").prepend_path("/z", "NEW"),
        list.append_path("/x", "PATHS").append_path("/y", "PATHS"),
        list.append_path("/x", "PATHS").prepend_path("/y", "PATHS"),
        sh("echo \"${PATH##*:}\"").append_path("/last"),
        sh("echo \"${PATH%%:*}\"").prepend_path("/first"),
        cmd("print", "found\n").prepend_path("/nowhere"),
        where.cwd("d"),
        where.cwd("/"),
        where.cwd("d").env("A", "1"),
        (where.cwd("d") > "here"),
        where.cwd("./d"),
        where.cwd("d/.."),
        where.cwd(".."),
        cmd("pwd").clean_env(),
        cmd("print").clean_env() || says("none\n"),
        copy().cwd("d") < "in",
        sh("cat in").cwd("d"),
        cmd("../prog").cwd("d") || says("none\n"),
        where.cwd("d") | copy(),
        (where | copy()).cwd("d"),
        (where | copy().cwd("/")).cwd("d"),
        (show && show.env("A", "own")).env("A", "whole").env("B", "b"),
        seq(where, where.cwd("/")).cwd("d") > "f",
        (!show).env("A", "1"),
        argv.timeout(10s),
        ends(3).timeout(10s),
        dies(SIGTERM).timeout(10s),
        (copy() < "in").timeout(10s),
        copy().timeout(10s).env("A", "1").cwd("d") < "in",
        prefix({"env", "A=p"})(show | (copy() > "f")),
        prefix({"nice", "-n", 1})(says("nice\n")),
        prefix({"sh", "-c"},
               Quoting::shell_text)(show.env("A", "x y") | (copy() > err("e"))),
        show.named("nice name").env("A", "1"),
        sh("umask").with({.umask = 0027}),
        (sh("umask").with({.umask = 0}) > "f"),
        cmd("shown name", "x").with({.executable = child("print_argv0")}),
        cmd("shown", "x")
            .with({.executable = "print_argv0", .env = {{"A", "1"}}}),
        cmd("named", "-c", "echo \"$0-$A\"")
            .with({.executable = "/bin/sh", .env = {{"A", "1"}}}),
        cmd("named", "-c", "echo \"$0-$PWD\"")
            .with({.executable = "/bin/sh", .cwd = "d", .umask = 0}),
        show.with({.executable = "/bin/bash"}),
        cmd("named", "-c", "echo \"$0-$A\"")
            .with({.executable = "/bin/sh"})
            .env("A", "1")
            .cwd("d"),
        cmd("named", "-c", "echo \"$0\"")
            .with({.executable = "/bin/sh"})
            .timeout(10s),
        cmd("print_args", "x").with({.start_new_session = true}),
        copy().with({.in = "in", .out = "f"}),
        speaker().with({.out = "f", .err = Stdio::out}),
        flow("a", "", "7").with({.pass_fds = {7}}),
    });
    CHECK(found == "");
}

TEST_CASE("bash decides by every stage of a pipeline",
          "[differential][found:D7]")
{
    NoLeaks const no_leaks;
    auto const on = says("on\n");
    auto const ignored = ends(3).accept({0, 3});
    auto const endless = cmd("write_forever");
    auto const two = cmd("take_lines", 2);
    auto const found = differences_from_bash({
        (ends(1) | ends(0)) && on,
        (ends(1) | ends(0)) || on,
        (ends(0) | ends(0)) && on,
        (ends(0) | ends(4)) && on,
        (ends(3) | ends(4) | ends(0)) || on,
        !(ends(3) | ends(0)),
        !(ends(0) | ends(0)),
        ((ends(3) | ends(0)) > "f") || on,
        ((ends(3) | ends(0)) > err("e")) || on,
        (ends(3).unchecked() | ends(0)) && on,
        (ends(0) | ends(3).unchecked()) && on,
        (ends(4) | ends(3).unchecked()) && on,
        (ends(3).unchecked() | ends(4).unchecked()) && on,
        (ignored | ends(0)) && on,
        (ends(0) | ignored) && on,
        (ends(4).accept({0, 3}) | ignored) || on,
        (ends(0).accept({1}) | ends(0)) || on,
        (ends(0) | ends(0).accept({1, 2})) || on,
        (ends(0).accept({}) | ends(0)) || on,
        (missing() | ends(0)) || on,
        (dies(SIGTERM) | ends(0)) || on,
        (ends(3) | grouped(on && on)) || on,
        (grouped(ends(3) && on) | ends(0)) || on,
        (grouped(on || on) | copy()) && on,
        (grouped(ends(3) | ends(0)) | copy()) || on,
        (on | grouped(copy() | ends(3) | ends(0))) || on,
        (on | ((copy() | ends(3) | ends(0)) > "f")) || on,
        (stderr_of(ends(3)) | ends(0)) || on,
        (stderr_of(ends(3) | ends(0)) | ends(0)) || on,
        (ends(3) | tee("f") | copy()) || on,
        seq(ends(1) | ends(0), on),
        seq(on, ends(1) | ends(0)),
        seq((ends(1) | ends(0)) && on, on),
        cmd("cat", from((ends(1) | ends(0)) || on)),
        on | tee((ends(1) | ends(0)) || (on > "f")),
        grouped((ends(1) | ends(0)) || on) | copy(),
          // SIGPIPE is forgiven where a reader may have had enough.
        (endless | two) && on,
        (endless | copy() | two) && on,
        (ends(141) | ends(0)) && on,
        (ends(0) | ends(141)) || on,
        (dies(SIGPIPE) | ends(0)) && on,
        (flow("c", "", "") | dies(SIGPIPE)) || on,
        (dies(SIGPIPE).accept({1}) | ends(0)) && on,
        grouped(endless && (on > "f")) | two,
        (grouped(endless && (on > "f")) | two) && on,
        grouped(dies(SIGPIPE) || (on > "f")) | copy(),
        grouped((dies(SIGPIPE) > "g") || (on > "f")) | copy(),
        grouped((dies(SIGPIPE) > "g" > err(fd(1))) || (on > "f")) | copy(),
        grouped((dies(SIGPIPE) > err_to_out > "g") || (on > "f")) | copy(),
        stderr_of((dies(SIGPIPE) > "g") || (on > "f")) | copy(),
        stderr_of((dies(SIGPIPE) > err("g")) || (on > "f")) | copy(),
        dies(SIGPIPE) || on,
        cmd("cat", from(dies(SIGPIPE) || on)),
        (says("t\n") | cmd("tee", into(ends(0)))) || on,
          // A builtin would end the whole list.
        grouped(seq(cmd("echo", std::string(100'000, 'x')), on > "f"))
            | ends(0),
    });
    CHECK(found == "");
}

TEST_CASE("bash makes the same of strange settings", "[differential][found:D8]")
{
    NoLeaks const no_leaks;
    auto const all = cmd("tell_flow", "?", 0, "", "1");
    auto const sleeps = cmd("sleep_until_killed", "");
    auto const on = says("on\n");
    std::vector<Pipeline> expressions{
        all,
        all.env("-x", "1"),
        all.env("-u", "1").unset("not-a-name"),
        all.env("-", "").env("A", "-"),
        all.clean_env().env("-i", "1").env("PATH", child("")),
        all.env("a b", "c\nd").env("it's", "'").env("A[0]", "$(x)"),
        all.env("\xff", "\xfe").env("_x", "\x01"),
        all.env("BASH_ENV", "in").env("SHELLOPTS", "noexec"),
        all.env("PATH", child("")).cwd("d"),
        all.unset("-u").unset("LIST").unset("missing"),
        all.prepend_path("/x y", "LIST").append_path("/$z", "LIST"),
        all.append_path("/x", "NEW"),
        cmd("-x").env("A", "1") || on,
        cmd("-x") || on,
        cmd("-x").cwd("d") || on,
        cmd("-x").timeout(1h) || on,
        cmd("B=1").env("PATH", "/nowhere") || on,
        cmd("B=1").with({.umask = 0}) || on,
        all.with({.executable = "tell_flow"}).env("A", "1"),
        all.with({.executable = "tell_flow"}).env("PATH", child("")),
        all.with({.executable = child("tell_flow")})
            .env("BASH_ENV", "in")
            .env("-x", "1"),
        all.with({.executable = "-x"}) || on,
        all.cwd("") || on,
        all.cwd("missing") || on,
        all.cwd("in") || on,
        all.cwd("link/.."),
        all.cwd("link"),
        all.timeout(1500ms + 1h),
        all.timeout(1h + 1ns),
        all.timeout(Timeout::forever()),
        sleeps.timeout(0s) || on,
        sleeps.timeout(1ns) && on,
        sleeps.timeout(20ms),
        sleeps.timeout(1.5ms).unchecked() && on,
        sleeps.timeout(0s).accept({0, 143}) || on,
        all.timeout(1h).with({.start_new_session = true}),
        all.with({.umask = 077, .nice = 3}),
        all.ignore_signals({SIGTERM, SIGUSR1, SIGPIPE, 40}),
        all.block_signals({SIGHUP, 41}),
        all.limit(Resource::open_files, 100),
        all.idle().no_new_privileges().die_with_parent(),
        all.nice(2).timeout(1h).env("-x", "1").cwd("a b"),
        sh("echo \"$0\""),
        sh("echo \"$0\" \"$1\"", "name", "x"),
        sh("echo \"$0\"").env("A", "1").cwd("d"),
        sh("echo \"$0\"").with({.executable = "/bin/bash"}),
        (copy() < "/dev/tcp/127.0.0.1/9") || on,
        (says("x") > "/dev/udp/127.0.0.1/9") || on,
        (speaker() > err("f") > "/dev/stderr"),
        (speaker() > "f" > err("/dev/stdout")),
        copy() | (flow("b", "03") < fd(3, "/dev/fd/8")),
        on | (flow("b", "03") < fd(3, "/proc/self/fd/0")),
        on | tee("/dev/stdout") | (copy() > "f"),
        on | tee(append("/dev/fd/7"), "f") | (copy() > "g"),
        on | (tee("/dev/fd/7") > "f"),
        cmd("cat", from(on)) > fd(63, "f"),
        cmd("cat", from(on), from(on)) > fd(63, "f") > fd(62, "g"),
        (cmd("cat", from(on)) > fd(63, "f") > err("e")) && on,
        cmd("bash", "-c", "cat \"$0\"; echo x >&63", from(on)) > fd(63, "f"),
        flow("a", "3") < fd(3, text("t")) < fd(63, "in"),
        on | (tee(copy()) > fd(63, "f")),
    };
    for (auto const& name : strange_directories())
        expressions.push_back(all.cwd(name));
    CHECK(differences_from_bash(expressions) == "");
}

TEST_CASE("bash substitutes what a word stands for", "[differential]")
{
    NoLeaks const no_leaks;
    auto const x = flow("x", "", "1");
    auto const y = flow("y", "", "1");
    auto const reader = flow("r", "0", "12");
    auto const found = differences_from_bash({
        cmd("cat", from(x), from(y)),
        cmd("cat", "in", from(x), "more"),
        cmd("cat", from(cmd("cat", from(x), "in", from(y)))),
        cmd("cat", from(x | reader)),
        cmd("cat", from(seq(x, y))),
        cmd("cat", from(x && y)),
        cmd("cat", from(ends(1) || y)),
        cmd("cat", from(grouped(seq(x, y)) | reader)),
        cmd("cat", from(copy() < "in")),
        cmd("cat", from(copy() < text("it's"))),
        cmd("cat", from(says("two words; $x `y` )(\n"))),
        cmd("cat", from(says("#\n")), from(says(")"))),
        cmd("cat", "-", from(x)) < text("t\n"),
        cmd("cat", from(x)) > "two words",
        cmd("print_args", from(x), "<(x)", ">(y)"),
        cmd("test", "-e", from(x)),
        sh("cat \"$1\" in", "sh", from(x)),
        prefix({"nice", "-n", 1})(cmd("cat", from(x | reader))),
        prefix({"nice", "-n", 1})(sh("cat \"$1\" in", "sh", from(x))),
        prefix({"bash", "-c"}, Quoting::shell_text)(cmd("cat", from(x)) > "f"),
        cmd("exit_with", 3, from(x)),
        cmd("no-such-program", from(copy() < "in")),
        says("t\n") | cmd("tee", into(flow("z", "0", "21") > err("e"))),
        cmd("tee", into(flow("z", "0", "")), into(copy() > "f")) < "in",
        says("t\n") | cmd("tee", into(copy() | (reader > "f" > err("e")))),
        says("t\n") | cmd("tee", into(seq(cmd("take_lines", 1), x) > "f")),
        says("t\n")
            | cmd("tee", into(cmd("cat", "-", from(x)) > "f"),
                  into(cmd("tee", "g", into(copy() > "h")) > devnull)),
        sh("cat > \"$1\"", "sh", into(copy() > "f")) < "in",
    });
    CHECK(found == "");
}

TEST_CASE("what a word stands for sees the streams of the same place in bash",
          "[differential]")
{
    NoLeaks const no_leaks;
    auto const x = flow("x", "", "21");
    auto const reader = flow("r", "0", "12");
    auto const cat = cmd("cat", from(x));
    auto const both = cmd("cat", "-", from(x));
    auto const to_1 = cmd("cat", from(flow("x", "", "12") > err(1)));
    auto const z = flow("z", "0", "12");
    auto const found = differences_from_bash(
        {
            cmd("cat", from(copy())),
            says("t") | cmd("cat", from(copy())),
            says("t") | cmd("cat", from(flow("x", "", "1")), "-"),
            cat | reader,
            says("t") | both | reader,
            cat > "f",
            cat > err("e"),
            cat > "f" > err_to_out,
            cat > out_to_err,
            (cat | reader) > err("e"),
            (cat | reader) > "f" > err_to_out,
            cmd("cat", from(copy())) < "in",
            (cmd("cat", from(copy())) | reader) < "in",
            (reader | cmd("cat", from(copy()))) > "f",
            (cmd("cat", from(flow("x", "3", "1"))) | reader) < fd(3, "in"),
            (cmd("cat", from(flow("x", "", "13"))) | reader) > fd(3, "f"),
            stderr_of(cat) | (reader > "f"),
            stderr_of(cat > "g") | (reader > "f"),
            stderr_of(cat | both) | (reader > "f"),
            stderr_of(x) | both,
            to_1,
            to_1 > "f",
            to_1 | reader,
            (to_1 | reader) > "f",
            stderr_of(to_1) | reader,
            seq(to_1, to_1) > "f",
            cmd("cat", from(to_1)),
            cmd("cat", from(flow("x", "0", "1") < Stdio(0))) < "in",
            says("t") | cmd("cat", "-", from(flow("x", "0", "1") < Stdio(0))),
            says("t")
                | cmd("tee", into(flow("z", "03", "1") < fd(3, Stdio(0)))),
            seq(cat, cat) > "f" > err("e"),
            grouped(seq(cat, cat)) | reader,
            ends(1) || cat,
            cat && reader,
            !cat,
            cat.unchecked() && x,
            cmd("exit_with", 1, from(copy() < "in")).accept({1}) && x,
            says("t") | cmd("tee", into(z)),
            says("t") | cmd("tee", into(z)) | reader,
            says("t") | (cmd("tee", into(z)) > "f"),
            says("t") | (cmd("tee", into(z)) > err("e")),
            (says("t") | cmd("tee", into(z))) > "f",
            (says("t") | cmd("tee", into(z))) > "f" > err("e"),
            (says("t") | cmd("tee", into(z > Stdio(1)))) > "f",
            (says("t") | cmd("tee", into(z > Stdio(1)), into(z > Stdio(2))))
                > "f" > err("e"),
            stderr_of(says("t") | cmd("tee", into(z))) | reader,
            stderr_of(cmd("tee", into(z)) < "in") | reader,
            stderr_of(cmd("tee", into(z)) > "f" < "in") | reader,
        },
        Order::free);
    CHECK(found == "");
}

TEST_CASE("settings of a command do not reach what its words stand for",
          "[differential]")
{
    NoLeaks const no_leaks;
    auto const where = sh("echo \"$PWD-${A-none}-$(umask)\"");
    auto const cat = cmd("cat", "in", from(where));
    auto const cat_there = cmd("cat", "in", from(where.cwd("d").env("A", "1")));
    PopenOptions const renamed{.executable = "/bin/sh"};
    auto const odd = cmd("shown", "-c", "echo \"$0-$A-$PWD\"; cat \"$1\"",
                         "x y", from(where))
                         .with(renamed);
    auto const found = differences_from_bash({
        cat.cwd("d"),
        cat.cwd("d") > "f",
        (cat.cwd("d") > err("e")) | copy(),
        cat.env("A", "x y"),
        cat.env("A", "x y").cwd("d"),
        cat.prepend_path("/opt").cwd("../work/d"),
        cat.with({.umask = 0007}),
        cat.with({.umask = 0007}).cwd("d"),
        cat.timeout(10s),
        cat.timeout(10s).cwd("d").env("A", "1"),
        cat.clean_env().env("PATH", "/bin:/usr/bin"),
        cat.with({.start_new_session = true}),
        cat_there,
        cat_there.cwd("/"),
        (cat_there | copy()).env("A", "2"),
        (cat | copy()).env("A", "2").cwd("d"),
        (cat.cwd(".") | copy()).env("A", "2").cwd("d"),
        odd,
        odd.env("A", "1"),
        odd.cwd("d"),
        odd.cwd("d").env("A", "1") > "f",
        odd.with({.umask = 0}) > err("e"),
        sh("cat \"$1\"; pwd", "sh", from(where)).cwd("d"),
        sh("cat \"$1\"; pwd", "sh", from(where)).cwd("d").env("A", "1"),
        cmd("tee", into(sh("cat; pwd") > "f")).cwd("d") < "in",
        cmd("cat", from(cat.cwd("d")), "d/in").env("A", "1"),
    });
    CHECK(found == "");
}

TEST_CASE("bash copies to the same files", "[differential]")
{
    NoLeaks const no_leaks;
    auto const x = flow("x", "", "12");
    auto const y = flow("y", "0", "12");
    auto const large = cmd("fill", 300'000);
    auto const found = differences_from_bash(
        {
            x | tee("f"),
            x | tee("f") | y,
            x | tee(append("log")) | y,
            x | tee("f", "g") | y,
            x | tee(append("log"), append("new")) | y,
            x | tee("f", append("log"), append("new"), "g"),
            x | tee("-a") | tee("--help", append("-log")),
            x | tee("two words", "it's", "*") | y,
            x | tee(devnull) | y,
            x | tee(devnull, append("log")) | y,
            x | tee(Stdio(7)) | y,
            x | tee(Stdio(7), "f") | y,
            x | tee(Stdio(1)),
            x | tee(Stdio(1)) | y,
            x | tee(Stdio(1), Stdio(2)) | (y > "f"),
            (x | tee(Stdio(1)) | y) > "f",
            (x | tee(Stdio(1))) > "f",
            x | tee("f") | tee("g") | y,
            x | (tee("f") > "g"),
            x | (tee("f") > err("e")) | y,
            (x | tee("f")) > "g",
            (x | tee("f")) > "g" > err_to_out,
            (tee("f") | y) < "in",
            tee("f") < "in",
            tee("f"),
            stderr_of(x) | tee("f"),
            stderr_of(x | tee("f")) | y,
            stderr_of(tee("f") < "in") | y,
            seq(x | tee("f"), copy() < "in") > "g",
            grouped(seq(x | tee("f"), tee("g") < "in")) | y,
            (x | tee("f")) && x,
            (x | flow("y", "0", "1", 3) | tee("f")) || x,
            !(x | tee("f")),
            cmd("cat", from(x | tee("f"))),
            x | cmd("tee", into(tee("f") > devnull)) | y,
            large | tee("f") | (y > "g"),
        },
        Order::free);
    CHECK(found == "");
}

TEST_CASE("bash copies to the same branches", "[differential]")
{
    NoLeaks const no_leaks;
    auto const x = flow("x", "", "12");
    auto const y = flow("y", "0", "12");
    auto const z = flow("z", "0", "12");
    auto const large = cmd("fill", 300'000);
    auto const count = cmd("count_bytes");
    auto const found = differences_from_bash(
        {
            x | tee(z),
            x | tee(z > "f"),
            x | tee(z > "f" > err("e")) | y,
            x | tee(z) | y,
            x | tee(z) | (y > "f"),
            x | tee(z > Stdio(1)) | (y > "f"),
            x | tee(z > err_to_out) | (y > "f"),
            x | tee(z > out_to_err) | (y > "f"),
            x | tee(z > err(1) > "g") | (y > "f"),
            x | tee(z > fd(3, fd(1)) > "g") | (y > "f"),
            (x | tee(z) | y) > "f",
            (x | tee(z) | y) > err("e"),
            (x | tee(z > Stdio(1)) | y) > "f",
            (x | tee(z > "g") | y) < "in" > "f",
            (x | tee(z)) > "f",
            x | (tee(z) > "f"),
            x | (tee(z) > "f" > err("e")),
            x | tee(z, "f", z, append("log")) | y,
            x | tee(z | z) | y,
            x | tee((z | y) > "f") | y,
            x | tee(seq(z, x)) | y,
            x | tee(z && x) | y,
            x | tee(seq(z, x) > "f") | y,
            x | tee(tee("f") | z) | y,
            x | tee(tee(z) | z) | y,
            x | tee(tee(z)) | (tee(y > "g") > "f"),
            x | tee(cmd("cat", "-", from(x))) | y,
            x | tee(cmd("cat", "-", from(x)) > "f") | y,
            x | tee(cmd("tee", into(z))) | y,
            x | tee(copy().cwd("d").env("A", "1")) | y,
            tee(z) < "in",
            (tee(z) | y) < "in",
            tee(z) | y,
            stderr_of(x | tee(z)) | y,
            stderr_of(x | tee(z) | y) | y,
            x | grouped(stderr_of(tee(z)) | y),
            stderr_of(tee(z) < "in") | y,
            stderr_of(tee(z) < "in" > "f") | y,
            stderr_of(x) | tee(z) | y,
            (stderr_of(x) | tee(z) | y) > "f",
            x | grouped(tee(z) | y) | y,
            x | (grouped(tee(z) | y) > err("e")) | y,
            x | grouped(seq(tee(z), x)) | y,
            cmd("cat", from(x | tee(z) | y)),
            (x | tee(z) | y) && x,
            large | tee(count) | count,
            large | tee(count > "n", "f") | (count > "m"),
            large | tee(cmd("exit_with", 0)) | count,
            large | tee(cmd("exit_with", 0), count) | (count > "f"),
            large | (tee(cmd("exit_with", 0) > "f") > "g"),
        },
        Order::free);
    CHECK(found == "");
}

TEST_CASE("bash takes the same first lines", "[differential]")
{
    NoLeaks const no_leaks;
    auto const three = says("1\n2\n3");
    auto const found = differences_from_bash({
        three | first(3),
        three | first(9) | copy(),
        (three | first(9)) > "f",
        three | first(9) | first(8) | copy(),
        first(1) < "in",
        first(2) < "in" > "f",
        (first(2) | first(1) | copy()) < "in",
        (first(0) | copy()) < "in",
        cmd("cat", from(first(2) < "in")),
        ((first(2) | tee("f")) < "in") && three,
    });
    CHECK(found == "");
}
