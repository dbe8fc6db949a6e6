// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

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
          "[language][text][found:D8]")
{
    CHECK(to_string(cmd("if")) == "'if'");
    CHECK(to_string(cmd("A=1", "x")) == "'A=1' x");
    CHECK(to_string(cmd("cd", "/")) == "env cd /");
    CHECK(to_string(cmd("echo", "x")) == "env echo x");
    CHECK(to_string(cmd("echo", "-ne", "x")) == "env echo -ne x");
    CHECK(to_string(cmd("test", "-l", "x")) == "env test -l x");
    CHECK(to_string(cmd("[", "a", "]")) == "env '[' a ']'");
    CHECK(to_string(cmd("kill", "-l")) == "env kill -l");
    CHECK(to_string(cmd("printf", "x")) == "env printf x");
    CHECK(to_string(cmd("time", "a")) == "'time' a");
    CHECK(to_string(cmd("true")) == "true");
    CHECK(to_string(cmd("-x")) == "'-x'");
    CHECK(to_string(cmd("+x", "-y")) == "'+x' -y");
    CHECK(to_string(cmd("true", "--help")) == "env true --help");
    CHECK(to_string(cmd("echo").cwd("d")) == "(cd ./d && exec echo)");
    CHECK(to_string(cmd("echo").env("A", "1")) == "env A=1 echo");
    CHECK(to_string(sh("du -s * | sort -n"))
          == "/bin/sh -c 'du -s * | sort -n'");
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
          == "{ a 2>&1 >&9 9>&- | b 9>&-; } 9>&1 && c");
}

TEST_CASE("lists have braces where bash groups otherwise", "[language][text]")
{
    CHECK(to_string(a && b) == "a && b");
    CHECK(to_string((a && b) || c) == "a && b || c");
    CHECK(to_string(a || grouped(b && c)) == "a || { b && c; }");
    CHECK(to_string(seq(a, b) && c) == "{ a; b; } && c");
    CHECK(to_string(seq(a && b, c)) == "a && b; c");
    CHECK(to_string(!a && b) == "! a && b");
    CHECK(to_string(!(a && b)) == "! { a && b; }");
    CHECK(to_string(!(!a)) == "! { ! a; }");
    CHECK(to_string(grouped(!a) | b) == "{ ! a; } | b");
    CHECK(to_string(grouped(seq(a, b)) | c) == "{ a; b; } | c");
    CHECK(to_string(a | (seq(b, c) > "f")) == "a | { b; c; } > f");
}

TEST_CASE("a timeout at a point in time is said in words", "[language][text]")
{
    auto const point = std::chrono::steady_clock::now() + std::chrono::hours(1);
    CHECK(to_string(a.timeout(point)) == "a # a timeout at a point in time");
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

TEST_CASE(
    "in a list, the exit code of a pipeline is that of the rightmost stage "
    "that failed",
    "[language][text][found:D7]")
{
    CHECK(to_string(a | b) == "a | b");
    CHECK(
        to_string((a | b) && c)
        == "{ a | b; (s=(\"${PIPESTATUS[@]}\"); exit $((s[1] ? s[1] : s[0] && "
           "s[0] != 141 ? s[0] : 0))); } && c");
    CHECK(to_string(!((a | b) > "f"))
          == "! { a | b > f; (s=(\"${PIPESTATUS[@]}\"); exit $((s[1] ? s[1] : "
             "s[0] && s[0] != 141 ? s[0] : 0))); }");
    CHECK(to_string(seq((a | b), c)) == "a | b; c");
    CHECK(
        to_string(a | grouped((b | c) && a)).starts_with("a | { { b | c; (s="));
    CHECK(to_string((a.unchecked() | b) && c) == "a | b && c");
    CHECK(
        to_string((a | b.unchecked()) && c)
        == "{ a | b; (s=(\"${PIPESTATUS[@]}\"); exit $((s[0] && s[0] != 141 ? "
           "s[0] : 0))); } && c");
    CHECK(to_string((a.accept({1}) | b.accept({0, 2})) && c)
          == "{ a | b; (s=(\"${PIPESTATUS[@]}\"); exit $((s[1] && s[1] != 2 ? "
             "s[1] : s[0] != 1 && s[0] != 141 ? (s[0] ? s[0] : 1) : 0))); } "
             "&& c");
}

TEST_CASE("in a list, SIGPIPE is forgiven to a command whose reader may stop "
          "early",
          "[language][text][found:D7]")
{
    std::string const forgiven = " || (exit $(($? == 141 ? 0 : $?))); }";
    CHECK(to_string(grouped(a && b) | c)
          == "{ { a" + forgiven + " && b; } | c");
    CHECK(to_string((grouped(a && b) | c) > "f")
          == "{ { a" + forgiven + " && b; } | c > f");
    CHECK(to_string(grouped((a > "f") && b) | c) == "{ a > f && b; } | c");
    CHECK(to_string(a | grouped(b && c)) == "a | { b && c; }");
    CHECK(to_string(grouped((a > "f" > err(fd(1))) && b) | c)
          == "{ a > f 2>&1 && b; } | c");
    CHECK(to_string(grouped((a > err_to_out > "f") && b) | c)
          == "{ { a 2>&1 > f" + forgiven + " && b; } | c");
    CHECK(to_string(stderr_of((a > "f") && b) | c)
          == "{ { { a > f" + forgiven
                 + " && b; } 2>&1 >&9 9>&- | c 9>&-; } "
                   "9>&1");
    CHECK(to_string(cmd("x", into(a)) && b) == "{ x >(a)" + forgiven + " && b");
    CHECK(to_string(cmd("x", from(a && b))) == "x <({ a" + forgiven + " && b)");
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
    CHECK(to_string(a.timeout(1500ms)) == "timeout --foreground -k 2 1.5 a");
    CHECK(to_string(a.with({.umask = 022})) == "(umask 0022 && exec a)");
    CHECK(to_string(a.with({.executable = "/b"})) == "(exec -a 'a' /b)");
    CHECK(to_string(a.with({.executable = "/b"}).env("K", "1"))
          == "(exec env K=1 bash -pc 'exec -a \"$0\" \"$@\"' 'a' /b)");
    CHECK(to_string((a | b.env("K", "2")).env("K", "1"))
          == "env K=1 a | env K=2 b");
    CHECK(to_string(a.named("x").accept({1})) == "a");
}

TEST_CASE("strange settings are said exactly, or in a remark",
          "[language][text][found:D8]")
{
    CHECK(to_string(a.timeout(0s))
          == "timeout --foreground -k 2 0.000000001 a");
    CHECK(to_string(a.timeout(90min)) == "timeout --foreground -k 2 5400 a");
    CHECK(to_string(a.timeout(1ns + 1s))
          == "timeout --foreground -k 2 1.000000001 a");
    CHECK(to_string(a.timeout(1s).accept({0, 124}))
          == "timeout --foreground -k 2 1 a # accept(124) beside timeout");
    CHECK(to_string(a.timeout(1s).with({.start_new_session = true}))
          == "timeout --foreground -k 2 1 setsid -w a");
    CHECK(to_string(a.env("-x", "1")) == "env -- -x=1 a");
    CHECK(to_string(a.env("b c", "1").unset("-u")) == "env -u -u 'b c'=1 a");
    CHECK(to_string(a.clean_env().env("-", "")) == "env -i -- -= a");
    CHECK(to_string(a.prepend_path("/x", "not-a-name"))
          == "env not-a-name=/x a # the old value of not-a-name");
    CHECK(to_string(a.append_path("/x", "RANDOM"))
          == "env RANDOM=/x a # the old value of RANDOM");
    CHECK(to_string(a.env("RANDOM", "1").append_path("/x", "RANDOM"))
          == "env RANDOM=1:/x a");
    CHECK(to_string(cmd("B=1").env("IFS", "x"))
          == "env IFS=x bash -pc 'exec \"$@\"' bash B=1 # the value of IFS");
    CHECK(to_string(a.with({.executable = "/b"}).unset("SHLVL"))
              .ends_with(" # the value of SHLVL"));
    CHECK(to_string(a.cwd("")) == "(test -d '' && exec a)");
    CHECK(to_string(a.cwd("-")) == "(cd ./- && exec a)");
    CHECK(to_string(cmd("-x").cwd("d")) == "(cd ./d && exec -- '-x')");
    CHECK(to_string(cmd("-x").env("A", "1"))
          == "env A=1 bash -pc 'exec -- \"$@\"' bash -x");
    CHECK(to_string(cmd("B=1").env("PATH", "/p"))
          == "env PATH=/p \"$BASH\" -pc 'exec \"$@\"' bash B=1");
    CHECK(to_string(a.with({.executable = "-b"})) == "(exec -a 'a' -- -b)");
    CHECK(to_string(a.with({.process_group = 0})) == "a # process_group = 0");
    CHECK(to_string(sh("x").env("PATH", "/p")) == "env PATH=/p /bin/sh -c x");
}

TEST_CASE("bash opens the files that we open", "[language][text][found:D8]")
{
    CHECK(to_string(a < "/dev/tcp/h/p") == "a < /./dev/tcp/h/p");
    CHECK(to_string(a >> "/dev/udp/h/p") == "a >> /./dev/udp/h/p");
    CHECK(to_string(a | tee(append("/dev/tcp/h/p"), "f"))
          == "a | tee >(cat >> /./dev/tcp/h/p) f");
    CHECK(to_string(a > "/dev/stderr") == "a > /dev/stderr");
    CHECK(to_string(a > err("f") > "/dev/stderr")
          == "{ a 2> f > /dev/fd/9; } 9>&2");
    CHECK(to_string(a | (b < fd(3, "/dev/stdin")))
          == "{ a | b 3< /dev/fd/9; } 9>&0");
    CHECK(to_string(a | tee("/dev/stdout") | b)
          == "{ a | tee /dev/fd/9 | b; } 9>&1");
    CHECK(to_string(a | (tee("/dev/fd/1") > "f"))
          == "{ a | tee /dev/fd/9 > f; } 9>&1");
    CHECK(to_string(a > "f" > err("/proc/self/fd/1") > fd(9, "g"))
          == "{ a > f 2> /dev/fd/8 9> g; } 8>&1");
}

TEST_CASE("a descriptor that bash takes for a word is open before",
          "[language][text][found:D8]")
{
    CHECK(to_string(cmd("x", from(a)) > fd(63, "f"))
          == "{ x <(a) 63> f; } 63< /dev/null");
    CHECK(to_string((cmd("x", from(a), from(b)) > fd(62, "f")) | c)
          == "{ x <(a) <(b) 62> f; } 62< /dev/null | c");
    CHECK(to_string(a > fd(63, "f")) == "a 63> f");
    CHECK(to_string(cmd("x", from(a)) > fd(20, "f")) == "x <(a) 20> f");
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

TEST_CASE("what a word stands for is printed in its place", "[language][text]")
{
    CHECK(to_string(cmd("x", from(a), "w x", into(b))) == "x <(a) 'w x' >(b)");
    CHECK(to_string(cmd("x", from(a | b), into(seq(b, c))))
          == "x <(a | b) >(b; c)");
    CHECK(to_string(cmd("x", from(cmd("y", from(a.cwd("/d")), into(b)))))
          == "x <(y <((cd /d && exec a)) >(b))");
    CHECK(to_string(sh("cat $1", "sh", from(a)))
          == "/bin/sh -c 'cat $1' sh <(a)");
    CHECK(to_string(cmd("x", "<(a)")) == "x '<(a)'");
    CHECK(to_string(cmd("x", from(a > err(capture))) > err(capture))
          == "x <(a) # a 2> capture, 2> capture");
}

TEST_CASE("settings of a command are not made around its words",
          "[language][text]")
{
    auto const x = cmd("x", from(a));
    CHECK(to_string(x.env("K", "1")) == "env K=1 x <(a)");
    CHECK(to_string(x.cwd("/d"))
          == "bash -c 'cd /d && exec \"$@\"' bash x <(a)");
    CHECK(
        to_string(x.cwd("/d").env("K", "1").with({.umask = 022}))
        == "bash -c 'cd /d && umask 0022 && exec \"$@\"' bash env K=1 x <(a)");
    CHECK(to_string(x.with({.executable = "/y"}))
          == "bash -c 'exec -a \"$0\" \"$@\"' 'x' /y <(a)");
    CHECK(to_string((x | b).env("K", "1"))
          == "env K=1 x <(env K=1 a) | env K=1 b");
    CHECK(to_string(x.unchecked() && b) == "{ x <(a) || :; } && b");
}

TEST_CASE("what a word stands for knows the streams of the place, and those of "
          "this process",
          "[language][text]")
{
    auto const x = cmd("x", from(a));
    CHECK(to_string(x > "f") == "x <(a) > f");
    CHECK(to_string((x | b) < "in") == "{ x <(a); } < in | b");
    CHECK(to_string((b | x) > "f") == "b | { x <(a); } > f");
    CHECK(to_string(stderr_of(x > "f") | b)
          == "{ { x <(a) > f; } 2>&1 >&9 9>&- | b 9>&-; } 9>&1");
    CHECK(to_string(cmd("x", from(a > err(1)))) == "{ x <(a 2>&9); } 9>&1");
    CHECK(to_string(cmd("x", into(a > err(1))) > "f") == "x >(a 2>&1) > f");
    CHECK(to_string(cmd("x", into(a < fd(3, 0)))) == "{ x >(a 3<&9); } 9>&0");
    CHECK(to_string(cmd("x", from(a < fd(3, 0)))) == "x <(a 3<&0)");
}

TEST_CASE("a tee reads as the program of that name", "[language][text]")
{
    CHECK(to_string(a | tee("f") | b) == "a | tee f | b");
    CHECK(to_string(a | tee("f", "two words")) == "a | tee f 'two words'");
    CHECK(to_string(a | tee(append("f"), append("g"), devnull))
          == "a | tee -a f g /dev/null");
    CHECK(to_string(a | tee("f", append("g"))) == "a | tee f >(cat >> g)");
    CHECK(to_string(a | tee("-a", append("-f")))
          == "a | tee ./-a >(cat >> ./-f)");
    CHECK(to_string(a | (tee("f") > "g" > err("e"))) == "a | tee f > g 2> e");
    CHECK(to_string((tee("f") | b) < "in") == "tee f < in | b");
    CHECK(to_string(a | tee(Stdio(7)))
          == "a | tee >(cat >&7; cat > /dev/null)");
    CHECK(to_string(a | tee(Stdio(1)) | b)
          == "{ a | tee >(cat >&9; cat > /dev/null) | b; } 9>&1");
    CHECK(to_string(stderr_of(a | tee("f")) | b)
          == "{ { a | tee f; } 2>&1 >&9 9>&- | b 9>&-; } 9>&1");
}

TEST_CASE("a branch of a tee writes where its pipeline does",
          "[language][text]")
{
    CHECK(to_string(a | tee(b)) == "a | tee >(b; cat > /dev/null)");
    CHECK(to_string(a | tee(b | c, "f"))
          == "a | tee f >(b | c; cat > /dev/null)");
    CHECK(to_string((a | tee(b)) > "f")
          == "a | { tee >(b; cat > /dev/null); } > f");
    CHECK(to_string(a | (tee(b) > "f")) == "a | tee >(b; cat > /dev/null) > f");
    CHECK(to_string(a | tee(b > "f") | c)
          == "a | tee >(b > f; cat > /dev/null) | c");
    CHECK(to_string(a | tee(b) | c)
          == "{ a 9>&- | tee >(b >&9 9>&-; cat > /dev/null) 9>&- | c 9>&-; } "
             "9>&1");
    CHECK(to_string(a | tee(b > Stdio(1)) | c)
          == "{ a | tee >(b >&9; cat > /dev/null) | c; } 9>&1");
    CHECK(to_string(a | tee(b, seq(b, c) > "f") | c)
          == "{ a 9>&- | tee >(b >&9 9>&-; cat > /dev/null) "
             ">({ b; c; } 9>&- > f; cat > /dev/null) 9>&- | c 9>&-; } 9>&1");
    CHECK(to_string(a | grouped(stderr_of(tee(b)) | c))
          == "{ a 9>&- | tee >(b >&9 9>&-; cat > /dev/null) >&9 9>&- "
             "| c 9>&-; } 9>&1");
}

TEST_CASE("C++ reads as what stands for it, and a remark", "[language][text]")
{
    std::vector<std::string> const words{"x"};
    auto const code = stage(std::views::take(1));
    std::string kept;
    CHECK(to_string(words | a) == ": | a # : stands for range");
    CHECK(to_string(a | code | b) == "a | cat | b # cat stands for stage");
    CHECK(to_string((words | a | code) > "f")
          == ": | a | cat > f # : stands for range, cat stands for stage");
    CHECK(to_string(a | code | code | b)
          == "a | cat | b # cat stands for stage | stage");
    CHECK(to_string(a | tee(capture) | b) == "a | cat | b # tee(capture)");
    CHECK(to_string(a | tee("f", to(kept))) == "a | tee f # tee(to(string))");
    CHECK(to_string(cmd("x", from(words | a)))
          == "x <(: | a) # : stands for range");
}

TEST_CASE("the first lines are no remark", "[language][text]")
{
    CHECK(to_string(a | first(3)) == "a | head -n 3");
    CHECK(to_string((a | first(3)) > "f") == "a | head -n 3 > f");
    CHECK(to_string(a | first(3) | first(2) | b)
          == "a | { head -n 3 | head -n 2; } | b");
    CHECK(to_string(a | first(3) | stage(std::views::take(1)))
          == "a | cat # cat stands for first(3) | stage");
    CHECK(to_string(a | first(3, "\r\n") | b)
          == "a | cat | b # cat stands for first(3, \"\\r\\n\")");
}

TEST_CASE("messages show what words stand for", "[language][text]")
{
    auto const e = cmd("x", from(a | b.named("the b")), "w x", into(sh("c")));
    auto const plan = make_plan(e | first(3) | tee("f"));
    CHECK(plan.stages[0]->command() == "x <(a | the b) 'w x' >(sh -c c)");
    CHECK(plan.stages[1]->command() == "a");
    auto const script = sh("cat $1", "sh", from(a));
    CHECK(make_plan(script).stages[0]->command() == "sh -c 'cat $1' sh <(a)");
    auto const inner = prefix({"nice"})(cmd("x", from(cmd("y", from(a)))));
    CHECK(make_plan(inner).stages[0]->command()
          == "nice x <(nice y <(nice a))");
    CHECK(make_plan(e.named("it")).stages[0]->command() == "it");
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
    n0 -> n1 [label="&amp;&amp;", style=dashed];
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

TEST_CASE("graphviz draws a label character by character",
          "[language][text][found:D13]")
{
    auto const plan = make_plan(cmd("a", "&lt;\\n\"", "x\ny") > "R&D");
    CHECK(to_dot(plan) == R"(digraph runnel {
    rankdir=LR;
    n0 [label="a '&amp;lt;\\n\"' 'x\ny'", shape=box];
    n1 [label="R&amp;D", shape=note];
    n0 -> n1 [label=""];
}
)");
}

TEST_CASE("Mermaid draws a label character by character",
          "[language][text][found:D13]")
{
    auto const label_of = [](std::string_view file) {
        auto const drawn = to_mermaid(make_plan(a < std::string(file)));
        auto const from = drawn.find("([\"") + 3;
        return drawn.substr(from, drawn.find("\"])") - from);
    };
    CHECK(label_of("`x`") == "#96;x#96;");
    CHECK(label_of("a & b") == "a #amp; b");
    CHECK(label_of("#1 \"x\"") == "#35;1 #quot;x#quot;");
    CHECK(label_of("<b>\\x") == "#lt;b#gt;#92;x");
    CHECK(label_of("x\ny") == "x<br>y");
    CHECK(label_of("**x** _y_ ~~z~~ [u](v)")
          == "#42;#42;x#42;#42; #95;y#95; #126;#126;z#126;#126; #91;u#93;(v)");
    CHECK(label_of("$$x$$ %%{init}%%")
          == "#36;#36;x#36;#36; #37;#37;{init}#37;#37;");
    CHECK(label_of("fa:fa-car") == "fa#58;fa-car");
    CHECK(label_of("- x") == "#45; x");
    CHECK(label_of("+ x") == "#43; x");
    CHECK(label_of("12. x") == "12#46; x");
    CHECK(label_of("1) x") == "1#41; x");
    CHECK(label_of("x-1.5") == "x-1.5");
}

TEST_CASE("what stands for words, tees and C++ are drawn", "[language][text]")
{
    auto const e = cmd("x", from(a), into(b)) | tee("f", c > "g") | first(3);
    CHECK(to_dot(make_plan(e)) == R"~(digraph runnel {
    rankdir=LR;
    n0 [label="x <(1) >(2)", shape=box];
    n1 [label="a", shape=box];
    n2 [label="b", shape=box];
    n3 [label="tee", shape=diamond];
    n4 [label="f", shape=note];
    n5 [label="c", shape=box];
    n6 [label="g", shape=note];
    n7 [label="first(3)", shape=hexagon];
    n1 -> n0 [label="<(1)"];
    n0 -> n2 [label=">(2)"];
    n3 -> n4 [label=""];
    n5 -> n6 [label=""];
    n3 -> n5 [label=""];
    n2 -> n3 [label=""];
    n0 -> n3 [label=""];
    n3 -> n7 [label=""];
}
)~");
    CHECK(to_mermaid(make_plan(std::vector{1} | tee(capture) | a))
          == R"~(flowchart LR
    n0{{"range"}}
    n1{"tee"}
    n2(["capture"])
    n3["a"]
    n1 --> n2
    n0 --> n1
    n1 --> n3
)~");
}

TEST_CASE("a drawing shows whose streams a branch and a word have",
          "[language][text]")
{
    auto const e =
        seq((a | tee(b) | c) > "f", (cmd("x", into(b)) > "g")) > err("e");
    CHECK(to_mermaid(make_plan(e)) == R"~(flowchart LR
    n0["a"]
    n1{"tee"}
    n2["b"]
    n3["c"]
    n4(["f"])
    n5["x #gt;(1)"]
    n6(["g"])
    n7["b"]
    n8(["e"])
    n1 --> n2
    n0 --> n1
    n1 --> n3
    n2 --> n4
    n3 --> n4
    n5 --> n6
    n5 -->|"#gt;(1)"| n7
    n3 -.->|";"| n5
    n0 -->|"stderr"| n8
    n2 -->|"stderr"| n8
    n3 -->|"stderr"| n8
    n5 -->|"stderr"| n8
    n7 -->|"stderr"| n8
)~");
}
