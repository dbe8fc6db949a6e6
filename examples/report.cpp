// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A report on this machine: pipelines whose stages are programs and C++ code,
// over the data that the machine has. scripts/demo.sh builds it and runs it.
#include "report_page.hpp"

#include <runnel/runnel.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

using namespace runnel;
using namespace page;
using namespace std::chrono_literals;
using namespace std::string_view_literals;

namespace {

/// Counts every process that starts and ends.
struct Tally : Observer {
    void started(Started const&) noexcept override { ++starts; }
    void exited(Exited const&) noexcept override { ++ends; }

    std::atomic<int> starts = 0;
    std::atomic<int> ends = 0;
};

auto const count = cmd("sort") | cmd("uniq", "-c");
auto const largest_first = cmd("sort", "-rn");

// Processes give the facts, C++ makes the sentence.
void machine()
{
    auto const pretty = "sed -n 's/^PRETTY_NAME=\"\\(.*\\)\"/\\1/p'"_cmd;
    put("",
        read(cmd("uname", "-n")) + ": " + read(pretty < "/etc/os-release")
            + ", processors: " + read(cmd("nproc")),
        "\033[1m");
}

// Process -> C++ -> process -> C++.
void sections()
{
    auto const all = cmd("dpkg-query", "-W", "-f=${Section}\\n");
    heading("Packages, by what they are for", all, "[C++: without area]", count,
            largest_first, "[C++: the first 6]");

    auto const without_area = [](std::string_view section) {
        return section.substr(section.find('/') + 1); // non-free/admin
    };
    chart(all | lines | std::views::transform(without_area) | count
              | largest_first | lines | std::views::take(6),
          "packages");
}

// C++ code that makes several words of one line is a `stage`.
void needed()
{
    auto const all = cmd("dpkg-query", "-W", "-f=${Depends}\\n");
    heading("Packages that most others need", all, "[C++: names alone]", count,
            largest_first, "[C++: the first 5]");

    auto const names = [](LineRange dependencies) {
        std::vector<std::string> found;
        for (std::string_view line : dependencies)
            for (auto const part : line | std::views::split(", "sv)) {
                std::string_view const name(part.begin(), part.end());
                if (!name.empty())
                    found.emplace_back(name, 0, name.find_first_of(" :"));
            }
        return found;
    };
    chart(all | stage(names) | count | largest_first | lines
              | std::views::take(5),
          "times");
}

// One command finds the logs, the next reads them, compressed or not.
void days()
{
    auto const logs =
        "find /var/log -maxdepth 1 -name 'dpkg.log*' -readable -print0"_cmd;
    auto const text = cmd("xargs", "-0", "-r", "zcat", "-f");
    auto const last = cmd("tail", "-n", 5);
    heading("Days on which packages came, from their log", logs, text,
            "[C++: days of installs]", count, last);

    auto const day = [](std::string_view line) { return line.substr(0, 10); };
    auto const is_install = [](std::string_view line) {
        return line.find(" install ") != line.npos;
    };
    chart(logs | text | lines | std::views::filter(is_install)
              | std::views::transform(day) | count | last | lines,
          "packages");
}

// C++ code adds up the lines of each program. A process may end while it is
// looked at, so the exit codes of find and grep are not checked.
void memory()
{
    auto const files = "find /proc -maxdepth 2 -path '/proc/[0-9]*/status'"_cmd;
    auto const fields = "xargs grep -hE '^(Name|VmRSS):'"_cmd;
    heading("Memory, by program", files, fields, "[C++: sums by name]",
            largest_first, "[C++: the first 5]");

    auto const sum_by_name = [](LineRange lines) {
        std::map<std::string, long> kib;
        std::string name;
        for (std::string_view line : lines) {
            auto const value = line.substr(line.find(':') + 2);
            if (line.starts_with("Name:"))
                name = value;
            else
                kib[name] += number_and_rest(value).first;
        }
        std::vector<std::string> sums;
        for (auto const& [program, sum] : kib)
            sums.push_back(std::to_string(sum / 1024) + ' ' + program);
        return sums;
    };
    auto const seen = ((files | fields) > err(devnull)).unchecked();
    chart(seen | stage(sum_by_name) | largest_first | lines
              | std::views::take(5),
          "MiB");
}

// A NUL between the names, so that any name works. C++ code groups the results
// of a process.
void same_files()
{
    auto const files =
        "find /usr/share/doc -name copyright -type f -print0"_cmd;
    auto const sums = "xargs -0 -r sha256sum"_cmd;
    heading("Packages with the same licence text, byte for byte", files, sums,
            "[C++: group by sum]", largest_first, "[C++: the first 4]");

    auto const group_by_sum = [](LineRange lines) {
        std::map<std::string, std::vector<std::filesystem::path>> groups;
        for (std::string_view line : lines)
            groups[std::string(line, 0, 64)].emplace_back(line.substr(66));
        std::vector<std::string> sizes;
        for (auto const& paths : groups | std::views::values)
            if (paths.size() > 1)
                sizes.push_back(
                    std::to_string(paths.size()) + " like "
                    + paths.front().parent_path().filename().string());
        return sizes;
    };
    chart(files | sums | stage(group_by_sum) | largest_first | lines
              | std::views::take(4),
          "packages");
}

// The output of two pipelines as two files: comm -23 <(...) <(...).
void come_along()
{
    auto const all = "dpkg-query -W '-f=${Package}\\n'"_cmd | cmd("sort");
    auto const wanted = cmd("apt-mark", "showmanual") | cmd("sort");
    auto const unasked = cmd("comm", "-23", from(all), from(wanted));
    heading("Packages that nobody asked for by name", unasked, cmd("wc", "-l"));
    row(read(unasked | cmd("wc", "-l")) + " of " + read(all | cmd("wc", "-l"))
        + " came along with others");
}

/// From a line of /proc/stat, the ticks for which processors were busy.
long busy_ticks(std::string_view line)
{
    long busy = 0;
    line.remove_prefix("cpu"sv.size());
    for (int column = 0; column < 8; ++column) {
        auto const [ticks, rest] = number_and_rest(line);
        line = rest;
        if (column != 3 && column != 4) // idle, or waiting for a disk
            busy += ticks;
    }
    return busy;
}

// An endless stream, read as it comes; the seventh line is the last. In the
// middle of it another pipeline starts, and ends when its Job is destroyed.
void load()
{
    auto const samples = sh("while cat /proc/stat; do sleep 0.2; done")
                             .named("cat, again and again");
    auto const totals = cmd("grep", "--line-buffered", "^cpu ");
    heading("Processors at work, live", samples, totals, "[C++: the first 7]");

    LineRange const stream = samples | totals | first(7) | lines;
    std::optional<Job> work;
    std::optional<long> before;
    int seen = 0;
    for (std::string_view line : stream) {
        auto const now = busy_ticks(line);
        if (before) {
            auto const busy = double(now - *before) / 100 / 0.2;
            std::printf("    %-22.22s %7.1f at work   %s\n",
                        work ? "with sha256sum" : "as it is", busy,
                        bar(busy, 2).c_str());
            std::fflush(stdout);
        }
        before = now;
        if (++seen == 3)
            work = start(cmd("head", "-c", "4G", "/dev/zero")
                         | (cmd("sha256sum") > devnull));
        else if (seen == 5)
            work.reset();
    }
    table(stream.result());
}

// A tee copies the bytes of the pipeline to another reader, which counts them.
void archive()
{
    auto const files = cmd("tar", "-c", "-C", "/var/lib/dpkg", "info");
    auto const size = cmd("wc", "-c") | capture;
    heading("What gzip makes of the package database", files, "tee >(wc -c)",
            cmd("gzip"), cmd("wc", "-c"));

    auto const done = check(files | tee(size) | cmd("gzip") | size);
    auto const before = number_and_rest(done.stages[1].out).first;
    auto const after = number_and_rest(done.out).first;
    std::printf("    %ld KiB become %ld KiB, which is %.0f %%\n", before / 1024,
                after / 1024, 100 * double(after) / double(before));
    table(done);
}

// The first example of the README: is there an old disk? Shows every stage.
void disks()
{
    auto const hda = cmd("dmesg") | cmd("grep", "hda");
    heading("Old disks, from the kernel's log", hda);
    auto const done = run(hda, {.capture_output = true});
    row(done ? done.out.trimmed() : "none found; this is how it went:");
    table(done);
}

// What the errors say.
void failures()
{
    heading("And when something is wrong", cmd("cat", "/etc/passwd"),
            cmd("grpe", "root"));
    try {
        check(cmd("cat", "/etc/passwd") | cmd("grpe", "root"));
    } catch (SpawnError const& error) {
        row(error.what());
    }
    try {
        check(cmd("sort", "/no/such/file") | cmd("uniq"),
              {.capture_output = true});
    } catch (CalledProcessError const& error) {
        row(error.what());
    }
    try {
        check(sh("echo partial; exec sleep 60") | capture, {.timeout = 200ms});
    } catch (TimeoutExpired const& error) {
        row(error.what());
        row("until then it wrote: " + std::string(error.out().trimmed()));
    }
}

} // namespace

int main()
{
    auto const begin = std::chrono::steady_clock::now();
    Tally tally;
    set_default_observer(&tally);
    auto const* const no_color = std::getenv("NO_COLOR");
    coloured = (no_color == nullptr || *no_color == '\0') && ::isatty(1) != 0;

    for (auto* const section :
         {machine, sections, needed, days, memory, same_files, come_along, load,
          archive, disks, failures})
        try {
            section();
        } catch (SubprocessError const& error) {
            row(error.what()); // the other sections may still work
        }
    std::printf("\n%d processes started, %d ended, in %.1f s.\n",
                tally.starts.load(), tally.ends.load(),
                ms(std::chrono::steady_clock::now() - begin) / 1000);
    set_default_observer(nullptr);
}
