// What is on this machine, asked of the machine itself: the main job of
// runnel, done by pipelines over whatever data is here.
#include <runnel/runnel.hpp>

#include <chrono>
#include <cstdio>
#include <ranges>
#include <string>
#include <string_view>

using namespace runnel;
using namespace std::chrono_literals;

namespace {

void heading(std::string_view text)
{
    std::printf("\n%.*s\n", int(text.size()), text.data());
}

void row(std::string_view line)
{
    std::printf("    %.*s\n", int(line.size()), line.data());
}

// A pipeline of processes whose last lines are C++.
void largest_packages()
{
    heading("The largest packages (KiB)");
    auto const sizes =
        cmd("dpkg-query", "-W", "-f=${Installed-Size} ${Package}\\n");
    for (std::string_view line :
         sizes | cmd("sort", "-rn") | lines | std::views::take(5))
        row(line);
}

// The same data, counted by others: sort and uniq do what they do best.
void sections()
{
    heading("What they are about");
    auto const names = cmd("dpkg-query", "-W", "-f=${Section}\\n");
    for (std::string_view line : names | cmd("sort") | cmd("uniq", "-c")
                                     | cmd("sort", "-rn") | lines
                                     | std::views::take(5))
        row(line);
}

// A filter written in C++, and a stream that would go on: take() ends it.
void file_names()
{
    heading("The first headers with \"thread\" in their name");
    auto const is_ours = [](std::string_view path) {
        return path.ends_with(".h")
            && path.substr(path.rfind('/')).find("thread")
                   != std::string_view::npos;
    };
    for (std::string_view path : cmd("find", "/usr/include") | lines
                                     | std::views::filter(is_ours)
                                     | std::views::take(4))
        row(path);
}

// The headline: captured, with a record of every stage.
void disks()
{
    heading("Old disks in the kernel's log (dmesg | grep hda)");
    auto const hda = run(cmd("dmesg") | cmd("grep", "hda") | capture);
    if (hda)
        row(hda.out.trimmed());
    else
        row("none; the stages ended like this:");
    for (auto const& stage : hda.stages)
        std::printf("    %-12s %-14s %6.1f ms  %5ld KiB%s\n",
                    stage.command.c_str(), to_string(stage.status).c_str(),
                    double(stage.wall_time / 1us) / 1000,
                    stage.usage.max_rss_kib,
                    stage.forgiven ? "  (its reader had enough)" : "");
}

// head stops after one line; yes gets SIGPIPE, which is no failure.
void early_end()
{
    heading("yes | head -n 1, as a shell would run it");
    auto const done =
        run(cmd("yes", "runnel") | cmd("head", "-n", 1) | capture);
    row(done.out.trimmed());
    row("yes was " + to_string(done.stages[0].status)
        + (done.stages[0].forgiven ? ", which is forgiven" : ""));
}

// What goes wrong says so.
void failures()
{
    heading("And when something is wrong");
    try {
        check(cmd("dmesg") | cmd("grpe", "hda"));
    } catch (SpawnError const& error) {
        row(error.what());
    }
    try {
        check(cmd("ls", "/no/such/place"), {.capture_output = true});
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
    std::printf("A report on %s, made by pipelines\n",
                read(cmd("uname", "-n")).c_str());
    largest_packages();
    sections();
    file_names();
    disks();
    early_end();
    failures();
    std::printf("\n%.0f ms in all.\n",
                double((std::chrono::steady_clock::now() - begin) / 1us)
                    / 1000);
}
