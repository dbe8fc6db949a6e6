// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What it takes to run thousands of children, some of them at once: for runnel, for
// others, and for one thread with clone3, pidfds and epoll. README.md says how to
// read the tables.
#include "cases.hpp"
#include "command_line.hpp"
#include "contenders.hpp"
#include "raw.hpp"

#include <runnel/runnel.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <malloc.h>
#include <memory>
#include <ranges>

#include <sys/resource.h>

namespace {

using namespace bench;

std::string const tiny = RUNNEL_BENCH_TINY;

struct Settings {
    unsigned rounds = 10;
    unsigned count = 10'000; ///< children of a round
    unsigned at_once = 64;
    unsigned files = 20'000;
};

// --- one round -----------------------------------------------------------------

Nanoseconds own_cpu_time()
{
    ::rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    auto const of = [](::timeval const& time) {
        return std::chrono::seconds(time.tv_sec)
             + std::chrono::microseconds(time.tv_usec);
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

/// A contender; `cpu` gets the time of this process for each child.
struct Contender {
    std::string name;
    std::function<void(unsigned count)> run;
    unsigned part = 1; ///< it gets one of so many children: it is slow
};

struct Measured {
    Case wall;
    std::shared_ptr<std::vector<double>> cpu =
        std::make_shared<std::vector<double>>();
};

Measured measured(Contender const& contender, unsigned count)
{
    Measured made;
    auto const share = count / contender.part;
    made.wall = {contender.name,
                 [run = contender.run, share, cpu = made.cpu](unsigned) {
                     auto const cpu_before = own_cpu_time();
                     auto const before = Clock::now();
                     run(share);
                     auto const time = Clock::now() - before;
                     cpu->push_back(micros(own_cpu_time() - cpu_before, share));
                     return time / share;
                 }};
    return made;
}

/// The wall time of a child in each row; CPU time where this process does the work.
void print_many(std::vector<Case> const& cases,
                std::vector<Measured> const& all)
{
    Table table({"", "µs", "x floor", "±", "own CPU µs", "x floor"});
    auto const cpu_of = [&](Case const& one) {
        auto const found = std::ranges::find(
            all, one.name, [](Measured const& made) { return made.wall.name; });
        return median(*found->cpu);
    };
    auto const floor_cpu = cpu_of(cases.front());
    for (auto const* one : ranked(cases)) {
        auto const to_floor = ratios(*one, cases.front());
        table.add({one->name, in_micros(*one), as_ratio(median(to_floor)),
                   as_uncertainty(to_floor), text("%.1f", cpu_of(*one)),
                   as_ratio(cpu_of(*one) / floor_cpu)});
    }
    table.print();
    print_troubles(cases);
}

void shell(std::string const& command)
{
    if (std::system(command.c_str()) != 0)
        throw std::runtime_error("it failed: " + command);
}

std::string const floor_name = "floor: clone3, pidfd, epoll";
std::string const ours_name = "runnel range | parallel(n)";

std::vector<Contender> contenders(Settings const& settings)
{
    auto const n = settings.at_once;
    auto const arguments = [](unsigned count) {
        return "seq " + std::to_string(count) + " | ";
    };
    auto const at_once = std::to_string(n);
    return {
        {floor_name, [=](unsigned count) { floor::many(tiny, count, n); }},
        {ours_name, [=](unsigned count) { ours::many(tiny, count, n); }},
        {"runnel JobSet",
         [=](unsigned count) { ours::many_in_set(tiny, count, n); }},
        {"runnel start, WaitSet",
         [=](unsigned count) { ours::many_jobs(tiny, count, n); }},
        {"xargs -P",
         [=](unsigned count) {
             shell(arguments(count) + "xargs -n1 -P" + at_once + ' '
                   + bench::quoted(tiny));
         }},
        {"GNU parallel",
         [=](unsigned count) {
             shell(arguments(count) + "parallel -j" + at_once + ' '
                   + bench::quoted(tiny) + " 2>/dev/null");
         },
         20},
    };
}

void many_tiny(Settings const& settings, std::vector<Target>& targets)
{
    title(text("tiny: %u tiny children, %u at once", settings.count,
               settings.at_once));
    place({});
    std::vector<Measured> all;
    std::vector<Case> cases;
    for (auto const& contender : contenders(settings)) {
        all.push_back(measured(contender, settings.count));
        cases.push_back(all.back().wall);
    }
    measure_long(cases, settings.rounds);
    if (cases.front().micros.empty())
        throw std::runtime_error("the floor: " + cases.front().trouble);
    print_many(cases, all);
    auto const& ours = named(cases, ours_name);
    targets.push_back(
        {"runnel parallel, tiny", ratio(ours, cases.front()), 1.03, "floor"});
    targets.push_back({"its CPU time of the parent",
                       median(*all[1].cpu) / median(*all[0].cpu), 1.1,
                       "floor"});
    for (auto const* peer : {"xargs -P", "GNU parallel"})
        targets.push_back({"runnel parallel, tiny",
                           ratio(ours, named(cases, peer)), 0.5, peer});
}

// --- many live jobs --------------------------------------------------------------

std::size_t heap_in_use()
{
    return ::mallinfo2().uordblks;
}

/// A child that lives until `gate` is closed.
auto waiting(int gate)
{
    return runnel::cmd("cat")<runnel::Stdio(gate)> "/dev/null";
}

/// The time of an end while `live` others go on, and their memory.
void live(Settings const& settings, std::vector<Target>& targets)
{
    title("live: many jobs that run, while others end one by one");
    Table table({"live jobs", "KiB each", "µs for the next end"});
    double cost[2] = {};
    double memory = 0;
    for (std::size_t i = 0; i < 2; ++i) {
        unsigned const count = i == 0 ? 10 : 1000;
        allow_descriptors(8192);
        int gate[2];
        require(::pipe2(gate, O_CLOEXEC) == 0, "pipe2");
        auto const before = heap_in_use();
        runnel::JobSet set({.jobs = count + 1});
        auto const waits = waiting(gate[0]);
        for (unsigned k = 0; k < count; ++k)
            set.add(waits);
        std::vector<double> times;
        auto const one = runnel::cmd(tiny);
        for (unsigned round = 0; round < 20 * settings.rounds; ++round) {
            auto const begin = Clock::now();
            set.add(one);
            set.next();
            times.push_back(micros(Clock::now() - begin, 1));
        }
        memory = static_cast<double>(heap_in_use() - before) / 1024 / count;
        cost[i] = median(times);
        table.add(
            {text("%u", count), text("%.1f", memory), text("%.0f", cost[i])});
        ::close(gate[1]);
        ::close(gate[0]);
        while (set.next()) {}
    }
    table.print();
    targets.push_back({"KiB of a live job, of 1,000", memory, 6, "KiB"});
    targets.push_back(
        {"the next end of 1,000", cost[1] / cost[0], 1.1, "that of 10"});
}

// --- real work -------------------------------------------------------------------

class Files {
public:
    explicit Files(unsigned count)
        : path(std::filesystem::temp_directory_path()
               / ("runnel-many-" + std::to_string(::getpid())))
    {
        std::filesystem::create_directory(path);
        std::string const content(4096, 'x');
        for (unsigned i = 0; i < count; ++i) {
            names.push_back(path / std::to_string(i));
            std::ofstream(names.back()) << content << i;
        }
    }
    Files(Files const&) = delete;
    Files& operator=(Files const&) = delete;
    ~Files() { std::filesystem::remove_all(path); }

    std::filesystem::path const path;
    std::vector<std::string> names;
};

void hash_ours(Files const& files, unsigned at_once)
{
    auto const hash = [](std::string const& name) {
        return runnel::cmd("sha256sum", name);
    };
    std::size_t size = 0;
    for (auto const& done : files.names | std::views::transform(hash)
                                | runnel::parallel({.jobs = at_once,
                                  .output = runnel::JobOutput::captured}))
        size += done.result.out.size();
    if (size < files.names.size() * 64)
        throw std::runtime_error("hashes are missing");
}

void hash(Settings const& settings, std::vector<Target>& targets)
{
    title(text("hash: sha256sum of %u files, one child for each",
               settings.files));
    Files const files(settings.files);
    auto const n = static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN));
    // As long as the whole would have taken; `part`: one of so many files is hashed.
    auto const by_shell = [&](std::string const& command, unsigned part = 1) {
        auto const list = "find " + bench::quoted(files.path)
                        + " -type f -print0 | head -z -n "
                        + std::to_string(settings.files / part) + " | ";
        return [=](unsigned) {
            auto const begin = Clock::now();
            shell(list + command + " > /dev/null 2>&1");
            return (Clock::now() - begin) * part;
        };
    };
    auto const jobs = std::to_string(n);
    std::vector<Case> cases{
        {"xargs -P", by_shell("xargs -0 -n1 -P" + jobs + " sha256sum")},
        {"runnel parallel, captured",
         [&](unsigned) {
             auto const begin = Clock::now();
             hash_ours(files, n);
             return Clock::now() - begin;
         }},
        {"GNU parallel", by_shell("parallel -0 -j" + jobs + " sha256sum", 20)},
    };
    measure_long(cases, std::min(3u, settings.rounds));
    if (cases.front().micros.empty())
        throw std::runtime_error("xargs: " + cases.front().trouble);
    print_ranking(cases);
    targets.push_back({"runnel parallel, sha256sum", ratio(cases[1], cases[0]),
                       1.0, "xargs -P"});
}

// --- command line ------------------------------------------------------------------

constexpr char usage[] = R"(usage: many [OPTION...] [SCENARIO...]

Scenarios, by default all of them:
  tiny      thousands of children that do nothing
  live      1,000 jobs that run, and what they cost
  hash      the checksums of many files

Options:
  --rounds N    how often everything is measured (10)
  --count N     children of a round of "tiny" (10000)
  --jobs N      how many of them at once (64)
  --files N     files of "hash" (20000)
  --json FILE   write the tables there as well
)";

} // namespace

int main(int argc, char** argv)
try {
    Settings settings;
    std::vector<Target> targets;
    CommandLine line(usage);
    line.option("--rounds", settings.rounds);
    line.option("--count", settings.count);
    line.option("--jobs", settings.at_once);
    line.option("--files", settings.files);
    line.scenario("tiny", [&] { many_tiny(settings, targets); });
    line.scenario("live", [&] { live(settings, targets); });
    line.scenario("hash", [&] { hash(settings, targets); });
    line.read(argc, argv);
    print_machine();
    fact("rounds",
         text("%u, all contenders in shuffled order", settings.rounds));
    line.run();
    print_targets(targets);
} catch (std::exception const& error) {
    std::fprintf(stderr, "many: %s\n", error.what());
    return 1;
}
