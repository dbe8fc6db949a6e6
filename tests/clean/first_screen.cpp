// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Everything that the language has, in the spellings that no compiler warns
// of. Compiled by scripts/check-clean.sh, never run; a new word of the language
// belongs here, and what cannot be written without a warning in docs/gotchas.md.
#include <runnel/runnel.hpp>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;
using namespace std::chrono_literals;

Command const a = cmd("a");
Command const b = cmd("b");
Command const c = cmd("c");

void commands(std::string const& pattern, std::filesystem::path const& file,
              std::vector<std::string> const& names)
{
    check(cmd("grep", "-n", pattern, file));
    check(cmd(file, "-j", 4, names, std::string_view("last")));
    check("grep -n --include={} -r {} ."_cmd("*.c", pattern));
    check("git log -1 '--format=%h %s'"_cmd);
    check(sh("du -s * | sort -n"));
    check(sh("echo \"$0\" \"$1\"", file, 7));
    check(cmd("a", secret(pattern), "-p" + secret(pattern) + ".", 1));
    check("a -p{} {}"_cmd(secret(pattern), std::vector<Word>{"b"}.front()));
    check(a.env("A", secret(pattern)).env("B", "b" + secret(pattern)));
    check(a.with({.env = {{"A", "a"}, {"B", secret(pattern)}}}));
}

void pipes(std::string& kept)
{
    check(a | b);
    check(a | b | c);
    check(a | capture);
    check(a | b | capture);
    check(a | b | to(kept));
    check(a | (b > "f"));
    check((a < "f") | b | (c > "f"));
    check((a > err("f")) | b);
    check(stderr_of(a) | b);
    check(stderr_of(a > "f") | b);
    check(a > err(tee("f")));
    check((a > "f") > err(tee(capture, b)));
}

void redirections(std::string& kept, std::filesystem::path const& file)
{
    check(a > "f");
    check(a > file);
    check(a >> "f");
    check(a >> file);
    check(a < "f");
    check(a < file);
    check(a < text("bytes"));
    check(a > append("f"));
    check(a > capture);
    check(a > to(kept));
    check(a > devnull);
    check(a < devnull);
    check(a > Stdio::pipe);
    check(a < Stdio::pipe);
    check(a > 1);
    check(a > err("f"));
    check(a > err(append("f")));
    check(a > err(capture));
    check(a > err(to(kept)));
    check(a > err(devnull));
    check(a > err_to_out);
    check(a > out_to_err);
    check(a > both("f"));
    check(a > both(capture));
    check(a > fd(3, "f"));
    check(a < fd(3, "f"));
    check(a > fd(2, fd(1)));
    check((a | b) > err("f"));
}

void several_redirections()
{
    check(a<"f"> "g");
    check(a<text("bytes")> "f" > err("g"));
    check(a > "f" > err_to_out);
    check(a > append("f") > err("g"));
    check(a > "f" > fd(3, "g"));
    check(a<fd(3, "f")> "g");
    check((a >> "f") > err("g"));
    check((a | b) < "f" > "g");
}

void lists()
{
    check(a && b);
    check(a || b);
    check(a && b && c);
    check((a && b) || c);
    check(a || grouped(b && c));
    check((a || b) && c);
    check(!a);
    check(!(a | b));
    check(grouped(!a) | b);
    check(seq(a, b, c));
    check(grouped(a && b) | c);
    check((a > "f") && (b < "f"));
}

void settings(std::filesystem::path const& directory)
{
    check(a.cwd(directory).env("LC_ALL", "C").unset("DISPLAY"));
    check(a.clean_env().env("HOME", "/").prepend_path("/opt/bin"));
    check(a.env(Environment{{"PATH", "/bin"}}).append_path("/opt/bin"));
    check(a.timeout(2s).accept({0, 1}).named("x"));
    check((a.idle_timeout(30s) < text(secret("t"))) > capture,
          {.idle_timeout = 1min});
    check(a.unchecked());
    check(a.with({.umask = 022}));
    check(a.nice(10).idle().cpus({0}).limit(Resource::open_files, 64));
    check((a | b).die_with_parent().no_new_privileges());
    check((a | b.pty()).pty({.rows = 24, .columns = 80}),
          {.capture_output = true});
    check((a | b).ignore_signals({2}).block_signals({10}));
    check((a | b).with({.nice = 10}));
    check((a | b).cwd(directory).timeout(1.5s) | c);
    check(prefix({"nice", "-n", 5})(a | b));
    check(prefix({"ssh", "host"}, Quoting::shell_text)(a | b) | capture);
}

void lines_of_output()
{
    for (std::string_view line : a | b | lines)
        std::cout << line << '\n';
    for (std::string_view line : a | lines({.keep_ends = true, .check = false}))
        std::cout << line;
    for (std::string_view line : a | lines | std::views::take(5))
        std::cout << line << '\n';
    for (std::string const line : (a > err(capture)) | lines)
        std::cout << line << '\n';
    for (std::string const& line : read_lines(a | b))
        std::cout << line << '\n';
    for (std::string const& line : a | lines | std::views::take(5) | to_vector)
        std::cout << line << '\n';
}

void pieces_of_output(ReadStream& stream)
{
    for (Line name : a | records('\0'))
        std::cout << name << '\n';
    for (Line word : a | lines({.delimiter = ' ', .max_line = 100}))
        std::cout << word << '\n';
    for (Chunk bytes : a | chunks(65536, {.full = true}))
        std::cout << bytes.text();
    for (TaggedLine const& line : a | b | tagged)
        std::cout << line.stage << line.stream << line.line << '\n';
    for (std::string_view line : Stdio("file") | lines)
        std::cout << line << '\n';
    for (std::string_view line : stream | lines)
        std::cout << line << '\n';

    LineRange range = a | lines({.check = false, .timeout = 2s});
    while (!range.ended())
        if (auto const line = range.try_next())
            std::cout << *line << '\n';
    std::cout << range.result().returncode << range.fd();
}

bool is_long(std::string_view line)
{
    return line.size() > 80;
}

std::string shortened(std::string_view line)
{
    return std::string(line.substr(0, 80));
}

void ranges_into_commands(std::vector<std::string> const& words)
{
    check(words | a);
    check(words | a | b);
    check(words | a | (b > "f"));
    check(std::vector<unsigned char>{1, 2} | a);
    check(a | lines | b);
    check(a | records('\0') | cmd("xargs", "-0", "ls"));
    check(a | chunks(4096) | b);
    check(a | lines | std::views::filter(is_long)
          | std::views::transform(shortened) | b);
    check(std::views::iota(1, 10) | a | capture);
    for (std::string_view line :
         words | std::views::drop(1) | a | lines | std::views::take(3))
        std::cout << line << '\n';
}

void stages_and_tees(std::string& kept)
{
    auto const chosen =
        stage(std::views::filter(is_long) | std::views::transform(shortened));
    check(a | chosen | b);
    check(a | stage([](LineRange in) { return in; }, {.keep_ends = true}) | b);
    check(a | first(10));
    check(a | b | first(10) | capture);
    check(a | tee("f"));
    check(a | tee("f", append("g"), capture) | b);
    check(a | tee(to(kept)) | b);
    check(a | tee(cmd("sha256sum") > "sum") | (b > "f"));
    for (std::string_view line : a | chosen | lines)
        std::cout << line << '\n';
}

void substitutions()
{
    check(cmd("diff", from(a), from(b | c)));
    check(cmd("tee", into(a), into(b > "f")));
    check(cmd("paste", from(a < "f"), "file") | b);
}

void verbs()
{
    auto const done = run(a | b | capture);
    if (done)
        std::cout << done.out << done.returncode;
    if (auto const found = run(a))
        std::cout << found.stages.size();
    check(a, {.input = "bytes", .timeout = 2s});
    check(run(a, {.capture_output = true, .check = true}).stages.empty() ? a
                                                                         : b);
    std::string const text = read(a | b);
    std::vector<std::string> const logs = glob("*.log", NoMatch::gives_nothing);
    std::string const sources = home("~/src");
    std::optional<std::string> const program = which("a");
    std::cout << text << program.value_or("none") << logs.size() << sources
              << '\n';

    Job job = start(a<Stdio::pipe> Stdio::pipe);
    job.in().write("6 * 7\n");
    std::cout << job.out().readline() << job.wait().returncode;

    StopSource source;
    check(a, {.limit = {.bytes = 4096}, .stop = source.token()});
    DryRun dry;
    check(a, {.executor = &dry});
    std::cout << to_dot(make_plan(a | b)) << (a | b) << to_string(a);
}

void loops(std::vector<Pipeline> const& filters)
{
    Pipeline all = a;
    for (Pipeline const& filter : filters)
        all = all | filter;
    check(all > capture);
}

void words_and_quoting(std::string const& name)
{
    std::vector<std::string> const flags = split("-O2 -DNAME='two words'");
    check(cmd("a", flags, split("x # y", {.comments = true})));
    check(cmd("ssh", "host", join({"rm", "--", name})));
    std::cout << quote(name) << join(flags) << list2cmdline({"a", name, 7})
              << list2cmdline(flags);
}

CompletedProcess results_of_a_fake()
{
    return {.out = Output("text"),
            .stages = {{.args = {"a"}, .out = Output("text")}},
            .captures = {{.stage = 0}}};
}

SpawnError error_of_a_fake()
{
    auto const code = std::make_error_code(std::errc::permission_denied);
    return SpawnError(code, {.program = "a"});
}

void failures()
{
    try {
        check(a);
    } catch (SpawnError const& error) {
        std::cerr << error.what();
    } catch (CalledProcessError const& error) {
        std::cerr << error.what();
    } catch (TimeoutExpired const& error) {
        std::cerr << error.what();
    } catch (SubprocessError const& error) {
        std::cerr << error.what();
    }
}

void one_child()
{
    Popen sort({"sort", "-n"}, {.in = Stdio::pipe, .out = Stdio::pipe});
    auto const [out, err] = sort.communicate("3\n1\n2\n");
    std::cout << out << err;
    Popen make({"make"}, {.out = "log", .err = Stdio::out, .cwd = "src"});
    std::cout << make.wait();
}
