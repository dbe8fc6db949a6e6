// How expressions read as shell text and as drawings. That bash does the same
// with the text is for tests/differential.
#include "support/children.hpp"

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

using namespace runnel;
using namespace runnel::test;
using namespace std::chrono_literals;

namespace {

auto const a = cmd("a");
auto const b = cmd("b");
auto const c = cmd("c");

} // namespace

TEST_CASE("words are quoted where bash would change them", "[language][text]")
{
    CHECK(to_string(cmd("ls", "-l", "/usr/lib")) == "ls -l /usr/lib");
    CHECK(to_string(cmd("a", "")) == "a ''");
    CHECK(to_string(cmd("a", "two words", "$x", "*"))
          == "a 'two words' '$x' '*'");
    CHECK(to_string(cmd("a", "it's")) == "a 'it'\"'\"'s'");
    CHECK(to_string(cmd("a", "b\nc")) == "a 'b\nc'");
    CHECK(to_string(cmd("a", "~", "if", "B=1")) == "a '~' if B=1");
    CHECK(to_string(cmd("my tool")) == "'my tool'");
}

TEST_CASE("a program that bash has a word of its own for is still the program",
          "[language][text]")
{
    CHECK(to_string(cmd("if")) == "'if'");
    CHECK(to_string(cmd("A=1", "x")) == "'A=1' x");
    CHECK(to_string(cmd("cd", "/")) == "env cd /");
    CHECK(to_string(cmd("echo", "-n", "x")) == "echo -n x");
    CHECK(to_string(cmd("echo", "-e", "x")) == "env echo -e x");
    CHECK(to_string(cmd("true", "--help")) == "env true --help");
    CHECK(to_string(sh("du -s * | sort -n")) == "sh -c 'du -s * | sort -n'");
}

TEST_CASE("redirections read as they were written", "[language][text]")
{
    CHECK(to_string(a<"in"> "out") == "a < in > out");
    CHECK(to_string(a > "out" > err("e")) == "a > out 2> e");
    CHECK(to_string(a >> "log") == "a >> log");
    CHECK(to_string(a > err(append("log"))) == "a 2>> log");
    CHECK(to_string(a > "two words") == "a > 'two words'");
    CHECK(to_string(a > both("f")) == "a > f 2>&1");
    CHECK(to_string(a > devnull > err_to_out) == "a > /dev/null 2>&1");
    CHECK(to_string(a > err_to_out > devnull) == "a 2>&1 > /dev/null");
    CHECK(to_string(a > out_to_err) == "a >&2");
    CHECK(to_string(a > fd(3, "f") > fd(4, fd(3))) == "a 3> f 4>&3");
    CHECK(to_string(a < fd(3, "f")) == "a 3< f");
    CHECK(to_string(a<Stdio(5)> err(7)) == "a <&5 2>&7");
}

TEST_CASE("text is printed into the command", "[language][text]")
{
    CHECK(to_string(a < text("x\n")) == "a < <(printf %s 'x\n')");
    CHECK(to_string(a < text("")) == "a < <(printf %s '')");
    CHECK(to_string(a < fd(3, text("100%"))) == "a 3< <(printf %s 100%)");
    CHECK(to_string(a < text(std::string("1%\0\\", 4)))
          == "a < <(printf -- '1%%\\000\\\\')");
}

TEST_CASE("a redirected descriptor of this process is saved for bash",
          "[language][text]")
{
    CHECK(to_string(a > "f" > err(1)) == "{ a > f 2>&9; } 9>&1");
    CHECK(to_string(a > err(1) > "f") == "a 2>&1 > f");
    CHECK(to_string(a | (b < fd(9, 0))) == "{ a | b 9<&8; } 8>&0");
}

TEST_CASE("pipelines and what surrounds them", "[language][text]")
{
    CHECK(to_string(a | b | c) == "a | b | c");
    CHECK(to_string((a | b) < "in" > "out") == "a < in | b > out");
    CHECK(to_string((a | b) > err("e")) == "{ a | b; } 2> e");
    CHECK(to_string((a | (b > err("own"))) > err("e"))
          == "{ a | b 2> own; } 2> e");
    CHECK(to_string((a | b) > fd(0, "f") > fd(1, fd(0)))
          == "{ a | b; } 0> f >&0");
}

TEST_CASE("stderr goes on by itself", "[language][text]")
{
    CHECK(to_string(stderr_of(a > "f") | b) == "a 2>&1 > f | b");
    CHECK(to_string(stderr_of(a) | b) == "{ a 2>&1 >&9 9>&- | b 9>&-; } 9>&1");
    CHECK(to_string(stderr_of(a | b) | c)
          == "{ { a | b; } 2>&1 >&9 9>&- | c 9>&-; } 9>&1");
    CHECK(to_string((stderr_of(a.unchecked()) | b) && c)
          == "{ { a 2>&1 >&9 9>&- || :; } | b 9>&-; } 9>&1 && c");
}

TEST_CASE("lists have braces where bash groups otherwise", "[language][text]")
{
    CHECK(to_string(a && b) == "a && b");
    CHECK(to_string((a && b) || c) == "a && b || c");
    CHECK(to_string(a || grouped(b && c)) == "a || { b && c; }");
    CHECK(to_string(seq(a, b) && c) == "{ a; b; } && c");
    CHECK(to_string(seq(a && b, c)) == "a && b; c");
    CHECK(to_string(!a && b) == "! a && b");
    CHECK(to_string(!(a | b)) == "! a | b");
    CHECK(to_string(!(a && b)) == "! { a && b; }");
    CHECK(to_string(!(!a)) == "! { ! a; }");
    CHECK(to_string(grouped(!a) | b) == "{ ! a; } | b");
    CHECK(to_string(grouped(seq(a, b)) | c) == "{ a; b; } | c");
    CHECK(to_string(a | (seq(b, c) > "f")) == "a | { b; c; } > f");
}

TEST_CASE("codes of success are said where they decide what runs",
          "[language][text]")
{
    CHECK(to_string(a.accept({0, 1})) == "a");
    CHECK(to_string(a.accept({0, 1}) && b)
          == "{ a || (exit $(($? == 1 ? 0 : $?))); } && b");
    CHECK(to_string(a.accept({1, 2}) && b)
          == "{ a; (exit $(($? == 1 || $? == 2 ? 0 : $? ? $? : 1))); } && b");
    CHECK(to_string(a.unchecked() && b) == "{ a || :; } && b");
}

TEST_CASE("settings read as the programs that make them", "[language][text]")
{
    CHECK(to_string(a.env("K", "a b")) == "env K='a b' a");
    CHECK(to_string(a.unset("K").env("L", "1")) == "env -u K L=1 a");
    CHECK(to_string(a.clean_env().env("K", "")) == "env -i K= a");
    CHECK(to_string(a.prepend_path("/opt/bin"))
          == "env PATH=/opt/bin\"${PATH:+:$PATH}\" a");
    CHECK(to_string(a.cwd("d")) == "(cd ./d && exec a)");
    CHECK(to_string(a.cwd("../d") > "f") == "(cd -P ../d && exec a) > f");
    CHECK(to_string(a.timeout(1500ms)) == "timeout -k 2 1.5 a");
    CHECK(to_string(a.with({.umask = 022})) == "(umask 0022 && exec a)");
    CHECK(to_string(a.with({.executable = "/b"})) == "(exec -a 'a' /b)");
    CHECK(to_string(a.with({.executable = "/b"}).env("K", "1"))
          == "(exec env K=1 bash -c 'exec -a \"$0\" \"$@\"' 'a' /b)");
    CHECK(to_string((a | b.env("K", "2")).env("K", "1"))
          == "env K=1 a | env K=2 b");
    CHECK(to_string(a.named("x").accept({1})) == "a");
}

TEST_CASE("what only C++ can do is a remark behind the text",
          "[language][text]")
{
    std::string kept;
    auto const piped = (a < Stdio::pipe) > capture;
    CHECK(to_string(piped) == "a # < Stdio::pipe, > capture");
    CHECK(to_string((a > err(to(kept))) | (b > "f"))
          == "a | b > f # a 2> to(string)");
    CHECK(to_string(grouped((!a) > err(capture)) | b)
          == "{ ! a; } | b # 2> capture");
    CHECK(to_string(grouped(seq(a, b) > err(capture)) | c)
          == "{ a; b; } | c # 2> capture");
    CHECK(to_string((cmd("two\nlines") > err(capture)) | b)
          == "'two\nlines' | b # 'two lines' 2> capture");
}

TEST_CASE("a plan is drawn for graphviz", "[language][text]")
{
    auto const plan = make_plan((a < "in") | (cmd("b", "\"q\"") > err("e")));
    CHECK(to_dot(plan) == R"(digraph runnel {
    rankdir=LR;
    n0 [label="a", shape=box];
    n1 [label="in", shape=note];
    n2 [label="b '\"q\"'", shape=box];
    n3 [label="e", shape=note];
    n1 -> n0 [label=""];
    n2 -> n3 [label="stderr"];
    n0 -> n2 [label=""];
}
)");
    CHECK(to_dot(make_plan(a && b)) == R"(digraph runnel {
    rankdir=LR;
    n0 [label="a", shape=box];
    n1 [label="b", shape=box];
    n0 -> n1 [label="&&", style=dashed];
}
)");
}

TEST_CASE("a plan is drawn for Mermaid", "[language][text]")
{
    auto const plan =
        make_plan(stderr_of(cmd("a", "<x>") > "o") | (b > capture));
    CHECK(to_mermaid(plan) == R"(flowchart LR
    n0["a '#lt;x#gt;'"]
    n1(["o"])
    n2["b"]
    n3(["capture"])
    n0 --> n1
    n2 --> n3
    n0 -->|"stderr"| n2
)");
    CHECK(to_mermaid(make_plan(seq(a, b))) == R"(flowchart LR
    n0["a"]
    n1["b"]
    n0 -.->|";"| n1
)");
}
