// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How costs grow with numbers: of stages, of live jobs, of open descriptors, of
// children that nobody waits for, of lines that are kept. Each cost should be the same
// for the first and for the thousandth.
#include "command_line.hpp"
#include "measure.hpp"
#include "report.hpp"
#include "worker.hpp"

#include <runnel/runnel.hpp>

#include <exception>
#include <fstream>
#include <functional>
#include <malloc.h>
#include <memory>

namespace {

using namespace bench;

std::string const tiny = RUNNEL_BENCH_TINY;

struct Settings {
    unsigned rounds = 20;
    unsigned most = 1000;
};

/// 1, 3, 10, 30, ... up to the most.
std::vector<unsigned> numbers(unsigned most)
{
    std::vector<unsigned> result;
    for (unsigned ten = 1; ten <= most; ten *= 10)
        for (unsigned const one : {ten, 3 * ten})
            if (one <= most)
                result.push_back(one);
    return result;
}

/// The cost of one, in microseconds, among so many.
using Cost = std::function<double(unsigned count)>;

double median_of(unsigned rounds, std::function<double()> const& once)
{
    std::vector<double> all;
    once();
    for (unsigned i = 0; i < rounds; ++i)
        all.push_back(once());
    return median(all);
}

/// Prints the cost for each number, and compares the last with that of ten.
void grow(std::string const& what, std::string const& unit, unsigned most,
          Cost const& cost, std::vector<Target>& targets)
{
    title("growth: " + what);
    Table table({"how many", unit});
    double of_ten = NAN;
    double of_most = NAN;
    for (auto const count : numbers(most)) {
        auto const value = cost(count);
        if (count == 10)
            of_ten = value;
        of_most = value;
        table.add({std::to_string(count), text("%.2f", value)});
    }
    table.print();
    targets.push_back({what + ": among " + std::to_string(most),
                       of_most / of_ten, 1.5, "that among 10"});
}

// --- stages --------------------------------------------------------------------------

double of_a_stage(Settings const& settings, unsigned count)
{
    runnel::Pipeline all = runnel::cmd(tiny);
    for (unsigned i = 1; i < count; ++i)
        all = all | runnel::cmd(tiny);
    return median_of(settings.rounds, [&] {
        auto const begin = Clock::now();
        if (runnel::run(all).failed)
            throw std::runtime_error("a stage failed");
        return micros(Clock::now() - begin, count);
    });
}

// --- descriptors ---------------------------------------------------------------------

double beside_descriptors(Settings const& settings, unsigned count)
{
    std::vector<int> open;
    for (unsigned i = 0; i < count; ++i)
        open.push_back(::open("/dev/null", O_RDONLY));
    auto const e = runnel::cmd(tiny);
    auto const cost = median_of(10 * settings.rounds, [&] {
        auto const begin = Clock::now();
        static_cast<void>(runnel::run(e));
        return micros(Clock::now() - begin, 1);
    });
    for (int const fd : open)
        ::close(fd);
    return cost;
}

// --- children that live --------------------------------------------------------------

/// Children that live as long as this object.
class Gate {
public:
    Gate() { require(::pipe2(ends_, O_CLOEXEC) == 0, "pipe2"); }
    Gate(Gate const&) = delete;
    Gate& operator=(Gate const&) = delete;
    ~Gate()
    {
        ::close(ends_[1]);
        ::close(ends_[0]);
    }

    runnel::Stdio in() const { return runnel::Stdio(ends_[0]); }

private:
    int ends_[2] = {-1, -1};
};

double beside_detached(Settings const& settings, unsigned count)
{
    double cost = 0;
    {
        Gate const gate;
        for (unsigned i = 0; i < count; ++i) {
            runnel::Popen child({"cat"}, {.in = gate.in()});
            child.detach();
        }
        cost = median_of(10 * settings.rounds, [] {
            auto const begin = Clock::now();
            runnel::Popen({tiny}).wait();
            return micros(Clock::now() - begin, 1);
        });
    }
    return cost;
}

double next_end_beside_jobs(Settings const& settings, unsigned count)
{
    runnel::JobSet set({.jobs = count + 1});
    auto const gate = std::make_unique<Gate>();
    auto const waiting = runnel::cmd("cat") < gate->in();
    for (unsigned i = 0; i < count; ++i)
        set.add(waiting);
    auto const one = runnel::cmd(tiny);
    return median_of(10 * settings.rounds, [&] {
        auto const begin = Clock::now();
        set.add(one);
        set.next();
        return micros(Clock::now() - begin, 1);
    });
}

double memory_of_a_job(unsigned count)
{
    runnel::JobSet set({.jobs = count + 1});
    auto const gate = std::make_unique<Gate>();
    auto const waiting = runnel::cmd("cat") < gate->in();
    auto const before = ::mallinfo2().uordblks;
    for (unsigned i = 0; i < count; ++i)
        set.add(waiting);
    set.add(runnel::cmd(tiny));
    set.next(); // now all others have started
    auto const bytes = ::mallinfo2().uordblks - before;
    return static_cast<double>(bytes) / 1024 / count;
}

// --- lines ---------------------------------------------------------------------------

double of_a_kept_line(Settings const& settings, unsigned count)
{
    auto const writer = runnel::cmd("seq", count * 1000);
    return median_of(settings.rounds, [&] {
        auto const begin = Clock::now();
        std::vector<std::string> kept;
        for (std::string_view const line : writer | runnel::lines)
            kept.emplace_back(line);
        return 1000 * micros(Clock::now() - begin, 1)
             / static_cast<double>(kept.size());
    });
}

double of_a_long_line(Settings const& settings, unsigned count)
{
    auto const writer = runnel::cmd("head", "-c", count * 1000, "/dev/zero");
    return median_of(settings.rounds, [&] {
        auto const begin = Clock::now();
        std::size_t bytes = 0;
        for (std::string_view const line : writer | runnel::lines)
            bytes += line.size();
        return 1000 * micros(Clock::now() - begin, 1)
             / static_cast<double>(bytes);
    });
}

// --- command line ----------------------------------------------------------------------

constexpr char usage[] = R"(usage: growth [OPTION...] [SCENARIO...]

Scenarios, by default all of them: the cost of one among 1, 3, 10, ... others
  stages        time of a stage of a pipeline
  descriptors   time to start a child beside open descriptors
  detached      time to start a child beside children that nobody waits for
  jobs          time until the end of a child beside live jobs
  memory        memory of a live job
  lines         time of a line of a thousand times as many that are kept
  long          time of a byte of one line of a thousand times as many

Options:
  --rounds N    how often everything is measured (20)
  --most N      the largest number (1000)
  --json FILE   write the tables there as well
)";

} // namespace

int main(int argc, char** argv)
try {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    Settings settings;
    std::vector<Target> targets;
    CommandLine line(usage);
    line.option("--rounds", settings.rounds);
    line.option("--most", settings.most);
    auto const add = [&](std::string const& name, std::string const& what,
                         std::string const& unit, auto cost) {
        line.scenario(name, [&, what, unit, cost] {
            grow(
                what, unit, settings.most,
                [&](unsigned count) { return cost(settings, count); }, targets);
        });
    };
    add("stages", "a stage of a pipeline", "µs", of_a_stage);
    add("descriptors", "a child beside open descriptors", "µs",
        beside_descriptors);
    add("detached", "a child beside detached children", "µs", beside_detached);
    add("jobs", "the next end beside live jobs", "µs", next_end_beside_jobs);
    add("memory", "memory of a live job", "KiB",
        [](Settings const&, unsigned count) { return memory_of_a_job(count); });
    add("lines", "a kept line, of thousands", "ns", of_a_kept_line);
    add("long", "a byte of a line of thousands", "ns", of_a_long_line);
    line.read(argc, argv);
    allow_descriptors(10 * settings.most + 1000);
    place(last_cpu());
    print_machine();
    fact("pinned", text("to CPU %d", last_cpu()));
    line.run();
    print_targets(targets);
} catch (std::exception const& error) {
    std::fprintf(stderr, "growth: %s\n", error.what());
    return 1;
}
