// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Fifty expressions of every kind, as a program that uses much of runnel has them in
// one file. They are compiled, not run. Included more than once; RUNNEL_BENCH_PLACE is
// the namespace that they go to.
#include <algorithm>
#include <chrono>
#include <ranges>
#include <string>
#include <vector>

namespace bench::ours::RUNNEL_BENCH_PLACE {

using namespace runnel;
using namespace std::chrono_literals;

inline std::string file(std::string const& name)
{
    return "/tmp/" + name;
}

void pipelines(std::string const& word)
{
    auto const first = cmd("dmesg") | cmd("grep", word);
    auto const second = cmd("sort")<file("a")> file("b");
    auto const third = cmd("make", "-j", 8) > err_to_out;
    check(first | cmd("wc", "-l"));
    check((first | cmd("head", "-n", 3)) > file("c"));
    check(second && third);
    check(second || cmd("true"));
    check(cmd("a") | tee(file("log")) | cmd("b"));
    check(cmd("a") >> file("log"));
    check(!cmd("test", "-e", word) && cmd("touch", word));
    check(seq(cmd("a"), cmd("b")));
    check("grep -n --include={} ."_cmd(word) < devnull);
    check(third);
    check(cmd("sleep", 1).timeout(2s));
    check(cmd("grep", word).accept({0, 1}));
    check(cmd("env").env("A", word).env("B", "2").unset("C"));
    check(cmd("pwd").cwd(file("")).limit(Resource::open_files, 64));
    check(cmd("diff", from(first), from(cmd("ls"))));
    check(sh("du -s * | sort -n") > err(file("d")));
    check(together(cmd("a"), cmd("b", word)));
    static_cast<void>(retry(cmd("false"), 3));
}

std::size_t captures(std::string const& word)
{
    std::string text_of_it;
    std::vector<std::string> const words{"a", word};
    std::size_t size = read(cmd("uname", "-a")).size();
    size += run(cmd("ls") > capture).out.size();
    size += run(cmd("ls", word) > capture > err(capture)).err.size();
    size += read_lines(cmd("ls")).size();
    check((cmd("cat") < text(word)) | to(text_of_it));
    size += read(words | cmd("sort")).size();
    size += read(cmd("ls") | tee(capture) | cmd("wc")).size();
    size += check_output(cmd("ls", word)).size();
    size += run(cmd("ls"), {.capture_output = true, .timeout = 2s}).out.size();
    return size + text_of_it.size();
}

std::size_t loops(std::string const& word)
{
    std::size_t size = 0;
    for (std::string_view const line : cmd("ls", word) | lines)
        size += line.size();
    for (Line const line : cmd("ls") | records('\0'))
        size += line.size();
    for (auto const& line : (cmd("a") | cmd("b")) | tagged)
        size += line.line.size();
    for (Chunk const bytes : cmd("cat") | chunks(4096))
        size += bytes.size();
    for (std::string_view const line : Stdio(word) | lines({.keep_ends = true}))
        size += line.size();
    for (auto const length :
         cmd("ls") | lines | std::views::take(5)
             | std::views::transform([](Line line) { return line.size(); }))
        size += length;
    for (auto const& line :
         cmd("ls") | lines | std::views::filter([&](std::string_view line) {
             return line == word;
         }))
        size += line.size();
    auto const joined = cmd("ls") | lines | to_vector;
    size += static_cast<std::size_t>(std::ranges::count(joined, word));
    return size;
}

std::size_t children(std::string const& word)
{
    Popen plain({"ls", word});
    plain.wait();
    Popen child({"cat"}, {.in = Stdio::pipe, .out = Stdio::pipe});
    child.in().write(word);
    child.in().close();
    auto size = child.out().read().size();
    size += child.wait() == 0 ? 1 : 0;
    Popen talk({"sort"},
               {.in = Stdio::pipe, .out = Stdio::pipe, .err = Stdio::pipe});
    size += talk.communicate(word).out.size();
    size += static_cast<std::size_t>(call(cmd("true")));
    check_call(cmd("true", word));
    auto job = start(cmd("sleep", 1) | cmd("cat"));
    job.wait();
    WaitSet set;
    set.add(job);
    set.wait();
    return size;
}

std::size_t stages(std::string const& word)
{
    std::size_t size = 0;
    auto const is_wanted = [&](std::string_view line) { return line == word; };
    auto const length = [](std::string_view line) { return line.size(); };
    size += read(cmd("ls")
                 | stage(std::views::filter(is_wanted)
                         | std::views::transform(length))
                 | cmd("sort"))
                .size();
    size += read(cmd("du", "-a") | first(10)).size();
    size += read(std::views::iota(0, 5) | cmd("sort")).size();
    auto const stat = [](std::string const& name) { return cmd("stat", name); };
    for (auto const& done : std::vector<std::string>{"a", word}
                                | std::views::transform(stat) | parallel(4))
        size += done ? 1u : 2u;
    check(cmd("ls") | lines | std::views::transform(length) | cmd("wc"));
    return size;
}

} // namespace bench::ours::RUNNEL_BENCH_PLACE
