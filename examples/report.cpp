// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A report on this machine: pipelines whose stages are programs and C++ code,
// over the data that the machine has. scripts/demo.sh builds it and runs it.
#include "report_page.hpp"

#include <runnel/report.hpp>
#include <runnel/runnel.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
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

/// Beside this program.
std::string page_file = "report.html";

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

// --- process -> C++ -> process -> C++ --------------------------------------------------

/// `admin` of `non-free/admin`
std::string_view without_area(std::string_view section)
{
    return section.substr(section.find('/') + 1);
}

void sections()
{
    heading("Packages, by what they are for");
    auto const all = cmd("dpkg-query", "-W", "-f=${Section}\\n");
    chart(all | lines | std::views::transform(without_area) | cmd("sort")
              | cmd("uniq", "-c") | cmd("sort", "-rn") | lines
              | std::views::take(6),
          "packages");
}

// --- C++ code that makes several words of one line is a stage --------------------------

std::vector<std::string> names(LineRange dependencies)
{
    std::vector<std::string> found;
    for (std::string_view line : dependencies)
        for (auto const part : line | std::views::split(", "sv)) {
            std::string_view const name(part.begin(), part.end());
            if (!name.empty())
                found.emplace_back(name, 0, name.find_first_of(" :"));
        }
    return found;
}

void needed()
{
    heading("Packages that most others need");
    auto const all = cmd("dpkg-query", "-W", "-f=${Depends}\\n");
    chart(all | stage(names) | count | largest_first | lines
              | std::views::take(5),
          "times");
}

// --- one command finds the logs, the next reads them, compressed or not ----------------

std::string_view day(std::string_view line)
{
    return line.substr(0, 10);
}

bool is_install(std::string_view line)
{
    return line.find(" install ") != line.npos;
}

void days()
{
    heading("Days on which packages came, from their log");
    auto const logs =
        "find /var/log -maxdepth 1 -name 'dpkg.log*' -readable -print0"_cmd;
    auto const text = cmd("xargs", "-0", "-r", "zcat", "-f");
    chart(logs | text | lines | std::views::filter(is_install)
              | std::views::transform(day) | count | cmd("tail", "-n", 5)
              | lines,
          "packages");
}

// --- C++ code adds up the lines of each program ----------------------------------------

std::vector<std::string> sum_by_name(LineRange fields)
{
    std::map<std::string, long> kib;
    std::string name;
    for (std::string_view line : fields) {
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
}

// A process may end while it is looked at, so the exit codes of find and grep are not
// checked.
void memory()
{
    heading("Memory, by program");
    auto const files = "find /proc -maxdepth 2 -path '/proc/[0-9]*/status'"_cmd;
    auto const fields = "xargs grep -hE '^(Name|VmRSS):'"_cmd;
    auto const seen = ((files | fields) > err(devnull)).unchecked();
    chart(seen | stage(sum_by_name) | largest_first | lines
              | std::views::take(5),
          "MiB");
}

// --- a NUL between the names, so that any name works -----------------------------------

std::vector<std::string> group_by_sum(LineRange sums)
{
    std::map<std::string, std::vector<std::filesystem::path>> groups;
    for (std::string_view line : sums)
        groups[std::string(line, 0, 64)].emplace_back(line.substr(66));
    std::vector<std::string> sizes;
    for (auto const& paths : groups | std::views::values)
        if (paths.size() > 1)
            sizes.push_back(std::to_string(paths.size()) + " like "
                            + paths.front().parent_path().filename().string());
    return sizes;
}

void same_files()
{
    heading("Packages with the same licence text, byte for byte");
    auto const files =
        "find /usr/share/doc -name copyright -type f -print0"_cmd;
    chart(files | "xargs -0 -r sha256sum"_cmd | stage(group_by_sum)
              | largest_first | lines | std::views::take(4),
          "packages");
}

// --- the output of two pipelines as two files: comm -23 <(...) <(...) ------------------

void come_along()
{
    heading("Packages that nobody asked for by name");
    auto const all = "dpkg-query -W '-f=${Package}\\n'"_cmd | cmd("sort");
    auto const wanted = cmd("apt-mark", "showmanual") | cmd("sort");
    auto const unasked = cmd("comm", "-23", from(all), from(wanted));
    row(read(unasked | cmd("wc", "-l")) + " of " + read(all | cmd("wc", "-l"))
        + " came along with others");
}

// --- an endless stream, read as it comes -----------------------------------------------

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

/// Draws how busy the processors are from one line of /proc/stat to the next.
class LoadChart {
public:
    void add(std::string_view line, char const* what)
    {
        auto const now = busy_ticks(line);
        if (before_) {
            auto const busy = double(now - *before_) / 100 / 0.2;
            std::printf("  %-22.22s %7.1f at work   %s\n", what, busy,
                        bar(busy, 2).c_str());
            std::fflush(stdout);
        }
        before_ = now;
    }

private:
    std::optional<long> before_;
};

// The seventh line is the last. In the middle of the stream another pipeline starts, and
// ends when its Job is destroyed.
void load()
{
    heading("Processors at work, live");
    auto const samples = sh("while cat /proc/stat; do sleep 0.2; done");
    auto const totals = cmd("grep", "--line-buffered", "^cpu ");
    auto const work = cmd("head", "-c", "4G", "/dev/zero") | cmd("sha256sum");
    LoadChart busy;
    std::optional<Job> job;
    int seen = 0;
    for (std::string_view line : samples | totals | first(7) | lines) {
        busy.add(line, job ? "with sha256sum" : "as it is");
        if (++seen == 3)
            job = start(work > devnull);
        else if (seen == 5)
            job.reset();
    }
}

// --- what is known of each stage -------------------------------------------------------

// The first example of the README: is there an old disk?
void disks()
{
    heading("Old disks, from the kernel's log");
    auto const hda = cmd("dmesg") | cmd("grep", "hda");
    auto const done = run(hda, {.capture_output = true});
    row(done ? done.out.trimmed() : "none found; this is how it went:");
    row(to_table(done));
}

// A tee copies the bytes of the pipeline to another reader, which counts them.
void archive()
{
    heading("What gzip makes of the package database");
    auto const files = cmd("tar", "-c", "-C", "/var/lib/dpkg", "info");
    auto const size = cmd("wc", "-c") | capture;
    auto const pack = files | tee(size) | cmd("gzip") | size;
    auto const done = check(pack, {.count_bytes = true});
    auto const before = std::stol(done.stages[1].out);
    auto const after = std::stol(done.out);
    row(std::to_string(before / 1024) + " KiB become "
        + std::to_string(after / 1024) + " KiB");
    std::ofstream(page_file) << to_html(done, pack);
    row("drawn, with the times of each command, in\n" + page_file);
}

// What the errors say.
void failures()
{
    heading("And when something is wrong");
    for (auto const& e : {cmd("cat", "/etc/passwd") | cmd("grpe", "root"),
                          cmd("sort", "/no/such/file") | cmd("uniq"),
                          cmd("yes") | cmd("sleep", 60)})
        try {
            check(e, {.capture_output = true, .timeout = 1s});
        } catch (SubprocessError const& error) {
            row(error.what());
        }
}

} // namespace

int main(int, char** argv)
{
    auto const begin = std::chrono::steady_clock::now();
    Tally tally;
    set_default_observer(&tally);
    auto const* const no_color = std::getenv("NO_COLOR");
    coloured = (no_color == nullptr || *no_color == '\0') && ::isatty(1) != 0;

    auto const here = std::filesystem::path(argv[0]).parent_path();
    page_file = (here / page_file).string();

    for (auto* const section :
         {machine, sections, needed, days, memory, same_files, come_along, load,
          disks, failures, archive})
        try {
            section();
        } catch (SubprocessError const& error) {
            row(error.what()); // the other sections may still work
        }
    std::chrono::duration<double> const time =
        std::chrono::steady_clock::now() - begin;
    std::printf("\n%d processes started, %d ended, in %.1f s.\n",
                tally.starts.load(), tally.ends.load(), time.count());
    set_default_observer(nullptr);
}
