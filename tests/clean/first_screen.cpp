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
    check(a.unchecked());
    check(a.with({.umask = 022}));
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
}

void verbs()
{
    auto const done = run(a | b | capture);
    if (done)
        std::cout << done.out << done.returncode;
    if (auto const found = run(a))
        std::cout << found.stages.size();
    check(a, {.input = "bytes", .timeout = 2s});
    check(run(a, {.check = true, .capture_output = true}).stages.empty() ? a
                                                                         : b);
    std::string const text = read(a | b);
    std::optional<std::string> const program = which("a");
    std::cout << text << program.value_or("none") << '\n';

    Job job = start(a<Stdio::pipe> Stdio::pipe);
    job.in().write("6 * 7\n");
    std::cout << job.out().readline() << job.wait().returncode;

    StopSource source;
    check(a, {.stop = source.token(), .limit = {.bytes = 4096}});
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
