// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What it takes to start children and wait for their end: for runnel, for
// others, and for the kernel alone. README.md says how to read the tables.
#include "cases.hpp"
#include "command_line.hpp"
#include "contenders.hpp"

#include <exception>

namespace {

using namespace bench;

std::string const tiny = RUNNEL_BENCH_TINY;
std::string const missing = tiny + "-that-is-not-there";
std::string const hello = RUNNEL_BENCH_HELLO;

std::string const floor_name = "floor: bare clone3";
std::string const popen_name = "runnel Popen";
std::string const read_name = "runnel read(cmd)";

struct Settings {
    std::optional<int> cpu = last_cpu();
    unsigned rounds = 200;
    Condition crowded{10'000, 0};
    Condition large{0, 1024};
    std::string python = "/usr/bin/python3";
};

// --- contenders --------------------------------------------------------------

Operation operation(std::string name, void (*once)(std::string const&),
                    std::string const& path)
{
    return {std::move(name), [once, path] { once(path); }};
}

std::vector<Operation> spawners()
{
    return {
        operation(floor_name, floor::spawn, tiny),
        operation(popen_name, ours::popen, tiny),
        operation("runnel run(cmd)", ours::run, tiny),
        operation("posix_spawn", libc::spawn, tiny),
        operation("vfork + execve", libc::by_vfork, tiny),
        operation("fork + execve", libc::by_fork, tiny),
        operation("system(3)", libc::by_system, tiny),
        operation("popen(3)", libc::by_popen, tiny),
#ifdef RUNNEL_BENCH_BOOST
        operation("Boost.Process v1", boost_process::v1, tiny),
        operation("Boost.Process v2", boost_process::v2, tiny),
#endif
    };
}

std::vector<Operation> readers()
{
    return {
        operation(floor_name, floor::capture, hello),
        operation(read_name, ours::read, hello),
        operation("runnel run(cmd > capture)", ours::run_capture, hello),
        operation("posix_spawn", libc::capture, hello),
        operation("popen(3) + fread", libc::capture_by_popen, hello),
#ifdef RUNNEL_BENCH_BOOST
        operation("Boost.Process v1", boost_process::v1_capture, hello),
        operation("Boost.Process v2", boost_process::v2_capture, hello),
#endif
    };
}

std::vector<Operation> missers()
{
    return {
        operation(floor_name, floor::miss, missing),
        operation(popen_name, ours::miss, missing),
        operation("runnel run(cmd)", ours::run_miss, missing),
        operation("posix_spawn", libc::miss, missing),
#ifdef RUNNEL_BENCH_BOOST
        operation("Boost.Process v1", boost_process::v1_miss, missing),
        operation("Boost.Process v2", boost_process::v2_miss, missing),
#endif
    };
}

std::string quoted(std::string const& path)
{
    return '\'' + path + '\'';
}

// --- one parent --------------------------------------------------------------

void small(Settings const& settings, std::vector<Target>& targets)
{
    title("small: spawn + wait, the parent as it comes");
    auto const operations = spawners();
    Worker worker({}, operations);
    std::vector<Case> cases;
    add_operations(cases, worker, operations);
    cases.push_back(python_case(settings.python, tiny, "spawn"));
    add_peer_programs(cases, tiny, {}, "spawn");
    cases.push_back(shell_case("dash", quoted(tiny)));
    cases.push_back(shell_case("bash", quoted(tiny)));
    measure(cases, settings.rounds);
    print_ranking(cases);
    targets.push_back({"runnel Popen, small parent",
                       ratio(named(cases, popen_name), cases.front()), 1.15,
                       "floor"});
}

void read(Settings const& settings, std::vector<Target>& targets)
{
    title("read: the 12 bytes that a child writes, as a string");
    auto const operations = readers();
    Worker worker({}, operations);
    std::vector<Case> cases;
    add_operations(cases, worker, operations);
    cases.push_back(python_case(settings.python, hello, "read 12"));
    add_peer_programs(cases, hello, {}, "read 12");
    for (auto const* shell : {"dash", "bash"})
        cases.push_back(shell_case(shell, "x=$(" + quoted(hello) + ')'));
    measure(cases, settings.rounds);
    print_ranking(cases);
    auto const& ours = named(cases, read_name);
    targets.push_back(
        {"runnel read(), 12 bytes", ratio(ours, cases.front()), 1.2, "floor"});
    for (auto const* shell : {"dash", "bash"})
        targets.push_back({"runnel read(), 12 bytes",
                           ratio(ours, named(cases, shell)), 1.0, shell});
}

void failed(Settings const& settings)
{
    title("failed: the program is not there");
    auto const operations = missers();
    Worker worker({}, operations);
    std::vector<Case> cases;
    add_operations(cases, worker, operations);
    cases.push_back(python_case(settings.python, tiny, "missing"));
    measure(cases, settings.rounds);
    print_ranking(cases);
}

// --- two parents -------------------------------------------------------------

/// The same contenders in a parent as it comes and in one that is special,
/// taking turns.
struct Pair {
    std::vector<Case> small;
    std::vector<Case> special;
};

void measure(Pair& pair, unsigned rounds)
{
    std::vector<Case> all = pair.small;
    all.insert(all.end(), pair.special.begin(), pair.special.end());
    auto const half = static_cast<std::ptrdiff_t>(pair.small.size());
    bench::measure(all, rounds, [&](std::vector<Case> const& cases) {
        auto small = cases.begin();
        return std::all_of(small + half, cases.end(), [&](Case const& one) {
            return are_certain(ratios(one, *small++));
        });
    });
    pair.small.assign(all.begin(), all.begin() + half);
    pair.special.assign(all.begin() + half, all.end());
}

Pair measure_pair(Settings const& settings, Condition condition)
{
    auto const operations = spawners();
    Worker small({}, operations);
    Worker special(condition, operations);
    Pair pair;
    add_operations(pair.small, small, operations);
    pair.small.push_back(python_case(settings.python, tiny, "spawn"));
    add_operations(pair.special, special, operations);
    pair.special.push_back(
        python_case(settings.python, tiny, "spawn", condition));
    measure(pair, settings.rounds);
    return pair;
}

void print_pair(Pair const& pair)
{
    Table table({"", "µs", "x floor", "small µs", "x own small", "±"});
    for (auto const* one : ranked(pair.special)) {
        auto const& small = named(pair.small, one->name);
        auto const to_small = ratios(*one, small);
        table.add({one->name, in_micros(*one),
                   as_ratio(ratio(*one, pair.special.front())),
                   in_micros(small), as_ratio(median(to_small)),
                   as_uncertainty(to_small)});
    }
    table.print();
    for (auto const& one : pair.special)
        print_trouble(one, named(pair.small, one.name));
}

void fds(Settings const& settings, std::vector<Target>& targets)
{
    auto const count = std::to_string(settings.crowded.descriptors);
    title("fds: spawn + wait, " + count + " descriptors open in the parent");
    auto const pair = measure_pair(settings, settings.crowded);
    print_pair(pair);
    targets.push_back(
        {"runnel Popen, " + count + " descriptors",
         ratio(named(pair.special, popen_name), named(pair.small, popen_name)),
         1.25, "its small time"});
}

void rss(Settings const& settings, std::vector<Target>& targets)
{
    auto const size = std::to_string(settings.large.mebibytes) + " MiB";
    title("rss: spawn + wait, " + size + " touched in the parent");
    auto const pair = measure_pair(settings, settings.large);
    print_pair(pair);
    targets.push_back(
        {"runnel Popen, " + size + " touched",
         ratio(named(pair.special, popen_name), pair.special.front()), 1.15,
         "floor there"});
}

// --- pipelines ---------------------------------------------------------------

constexpr unsigned group_sizes[] = {1, 2, 4, 8, 16};
constexpr std::size_t promised_size = 3; ///< which of them has targets

std::string const ready_name = "runnel run(e), e built before";

std::vector<Operation> groupers(unsigned stages)
{
    return {
        {floor_name + "s, in turn", [=] { floor::chain(tiny, stages); }},
        {ready_name, ours::ready_chain(tiny, stages)},
        {"runnel run(a | b | ...)", [=] { ours::chain(tiny, stages); }},
        {"posix_spawn, in turn", [=] { libc::chain(tiny, stages); }},
    };
}

std::string shell_pipeline(unsigned stages)
{
    auto command = quoted(tiny);
    for (unsigned i = 1; i < stages; ++i)
        command += " | " + quoted(tiny);
    return command;
}

/// All contenders at one size, the floor first; in the same order for every
/// size.
using Group = std::vector<Case>;

Group measure_group(Settings const& settings, unsigned stages)
{
    auto const operations = groupers(stages);
    Worker worker({}, operations);
    Group group;
    add_operations(group, worker, operations);
    group.push_back(
        python_case(settings.python, tiny, "group " + std::to_string(stages)));
    for (auto const* shell : {"dash", "bash"})
        group.push_back(shell_case(shell, shell_pipeline(stages)));
    measure(group, settings.rounds);
    return group;
}

/// One size after the other, so that a round is short.
std::vector<Group> measure_groups(Settings const& settings)
{
    std::vector<Group> groups;
    for (unsigned const stages : group_sizes)
        groups.push_back(measure_group(settings, stages));
    return groups;
}

Table::Row group_row(std::vector<Group> const& groups, std::size_t contender)
{
    Table::Row row{groups.front()[contender].name};
    for (auto const& group : groups)
        row.push_back(contender == 0
                          ? in_micros(group.front()) + " µs"
                          : as_ratio(ratio(group[contender], group.front())));
    auto const& promised = groups[promised_size];
    if (contender > 0 && !promised[contender].micros.empty())
        row.push_back(as_uncertainty(ratios(promised[contender], promised[0])));
    return row;
}

void print_groups(std::vector<Group> const& groups)
{
    Table::Row head{"x floor"};
    for (unsigned const stages : group_sizes)
        head.push_back(text("N=%u", stages));
    head.push_back(text("±, N=%u", group_sizes[promised_size]));
    Table table(head);
    for (std::size_t i = 0; i < groups.front().size(); ++i)
        table.add(group_row(groups, i));
    table.print();
    for (auto const& group : groups)
        print_troubles(group);
}

void group_on_one_cpu(Settings const& settings)
{
    title(text("group: set up a pipeline of N tiny stages and wait for all, "
               "all on CPU %d",
               *settings.cpu));
    print_groups(measure_groups(settings));
}

void group_on_all_cpus(Settings const& settings, std::vector<Target>& targets)
{
    title("group: the same, placed by the kernel");
    place({});
    auto const groups = measure_groups(settings);
    print_groups(groups);
    auto const& group = groups[promised_size];
    auto const& ours = named(group, ready_name);
    auto const what = text("runnel, %u stages, placed by the kernel",
                           group_sizes[promised_size]);
    targets.push_back({what, ratio(ours, group.front()), 0.75, "floor"});
    for (auto const* shell : {"dash", "bash"})
        targets.push_back({what, ratio(ours, named(group, shell)), 1.0, shell});
}

void group(Settings const& settings, std::vector<Target>& targets)
{
    if (settings.cpu)
        group_on_one_cpu(settings);
    group_on_all_cpus(settings, targets);
}

// --- command line ------------------------------------------------------------

constexpr char usage[] = R"(usage: spawn [OPTION...] [SCENARIO...]

Scenarios, by default all of them:
  small     spawn + wait, the parent as it comes
  fds       the same with many descriptors open in the parent
  rss       the same with much memory touched in the parent
  failed    a program that is not there
  group     pipelines of 1 to 16 stages, on one CPU and on all
  read      12 bytes of output

Options:
  --rounds N       how often everything is measured (200)
  --cpu N|none     pin all of it to this CPU (the last one), or to none
  --fds N          descriptors for fds (10000)
  --rss MIB        memory for rss (1024)
  --python PATH    the Python to compare with (/usr/bin/python3)
  --json FILE      write the tables there as well
)";

void print_settings(Settings const& settings)
{
    print_machine();
    fact("pinned", settings.cpu ? text("to CPU %d", *settings.cpu)
                                : "no: results depend on placement");
    fact("rounds", text("%u, up to %u times per contender in each, all "
                        "contenders in shuffled order",
                        settings.rounds, largest_batch));
}

} // namespace

int main(int argc, char** argv)
try {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    Settings settings;
    std::vector<Target> targets;
    CommandLine line(usage);
    line.option("--rounds", settings.rounds);
    line.option("--cpu", [&](std::string const& value) {
        settings.cpu.reset();
        if (value != "none")
            settings.cpu = static_cast<int>(CommandLine::number(value));
    });
    line.option("--fds", settings.crowded.descriptors);
    line.option("--rss", settings.large.mebibytes);
    line.option("--python", settings.python);
    auto const add = [&](std::string name, auto scenario) {
        line.scenario(std::move(name), [&, scenario] {
            place(settings.cpu);
            scenario(settings, targets);
        });
    };
    add("small", small);
    add("fds", fds);
    add("rss", rss);
    add("failed", [](auto& how, auto&) { failed(how); });
    add("group", group);
    add("read", [](auto& how, auto& wanted) { read(how, wanted); });
    line.read(argc, argv);
    place(settings.cpu);
    print_settings(settings);
    line.run();
    print_targets(targets);
} catch (std::exception const& error) {
    std::fprintf(stderr, "spawn: %s\n", error.what());
    return 1;
}
