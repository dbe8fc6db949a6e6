// What it takes to start a child and wait for its end: for runnel, for others,
// and for the kernel alone. README.md says how to read the tables.
#include "contenders.hpp"
#include "measure.hpp"
#include "report.hpp"
#include "worker.hpp"

#include <exception>

namespace {

using namespace bench;

std::string const tiny = RUNNEL_BENCH_TINY;
std::string const missing = tiny + "-that-is-not-there";
std::string const python_script = RUNNEL_BENCH_PEERS "/spawn.py";

std::string const floor_name = "floor: bare clone3";
std::string const popen_name = "runnel Popen";

struct Settings {
    std::optional<int> cpu = last_cpu();
    unsigned rounds = 200;
    Condition crowded{10'000, 0};
    Condition large{0, 1024};
    std::string python = "/usr/bin/python3";
    std::vector<std::string> scenarios;
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

std::vector<Operation> missers()
{
    return {
        operation(floor_name, floor::miss, missing),
        operation(popen_name, ours::miss, missing),
        operation("posix_spawn", libc::miss, missing),
#ifdef RUNNEL_BENCH_BOOST
        operation("Boost.Process v1", boost_process::v1_miss, missing),
        operation("Boost.Process v2", boost_process::v2_miss, missing),
#endif
    };
}

void add_operations(std::vector<Case>& cases, Worker& worker,
                    std::vector<Operation> const& operations)
{
    for (std::size_t i = 0; i < operations.size(); ++i)
        cases.push_back({operations[i].name, [&worker, i](unsigned count) {
                             return worker.run(i, count);
                         }});
}

/// Starts the peer when it is first needed, so that one which is not
/// installed is trouble of its case alone.
template <class Peer, class... Args>
auto lazily(Args... args)
{
    return [args..., peer = std::shared_ptr<Peer>()]() mutable -> Peer& {
        if (!peer)
            peer = std::make_shared<Peer>(args...);
        return *peer;
    };
}

Case python_case(Settings const& settings, std::string const& task,
                 Condition condition = {})
{
    auto peer =
        lazily<PythonPeer>(settings.python, python_script, tiny, condition);
    return {"Python subprocess", [peer, task](unsigned count) mutable {
                return peer().run(task, count);
            }};
}

Case shell_case(std::string const& shell, std::string const& command)
{
    auto peer = lazily<ShellPeer>(shell, command);
    return {shell,
            [peer](unsigned count) mutable { return peer().run(count); }};
}

// --- tables ------------------------------------------------------------------

/// The ones that worked, fastest first.
std::vector<Case const*> ranked(std::vector<Case> const& cases)
{
    std::vector<Case const*> result;
    for (auto const& one : cases)
        if (!one.micros.empty())
            result.push_back(&one);
    std::ranges::sort(result, {}, [&](Case const* one) {
        return median(ratios(*one, cases.front()));
    });
    return result;
}

void print_ranking(std::vector<Case> const& cases)
{
    Table table({"", "µs", "x floor", "middle half"});
    for (auto const* one : ranked(cases)) {
        auto const to_floor = ratios(*one, cases.front());
        table.add({one->name, in_micros(*one), as_ratio(median(to_floor)),
                   middle_half(to_floor)});
    }
    table.print();
    print_troubles(cases);
}

Case const& named(std::vector<Case> const& cases, std::string const& name)
{
    return *std::ranges::find(cases, name, &Case::name);
}

double ratio(Case const& measured, Case const& to)
{
    if (measured.micros.empty() || to.micros.empty())
        return NAN;
    return median(ratios(measured, to));
}

// --- one parent --------------------------------------------------------------

void small(Settings const& settings, std::vector<Target>& targets)
{
    title("small: spawn + wait, the parent as it comes");
    auto const operations = spawners();
    Worker worker({}, operations);
    std::vector<Case> cases;
    add_operations(cases, worker, operations);
    cases.push_back(python_case(settings, "spawn"));
    cases.push_back(shell_case("dash", '\'' + tiny + '\''));
    cases.push_back(shell_case("bash", '\'' + tiny + '\''));
    measure(cases, settings.rounds);
    print_ranking(cases);
    targets.push_back({"runnel Popen, small parent",
                       ratio(named(cases, popen_name), cases.front()), 1.15,
                       "floor"});
}

void failed(Settings const& settings)
{
    title("failed: the program is not there");
    auto const operations = missers();
    Worker worker({}, operations);
    std::vector<Case> cases;
    add_operations(cases, worker, operations);
    cases.push_back(python_case(settings, "missing"));
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
    bench::measure(all, rounds);
    auto const half = static_cast<std::ptrdiff_t>(pair.small.size());
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
    pair.small.push_back(python_case(settings, "spawn"));
    add_operations(pair.special, special, operations);
    pair.special.push_back(python_case(settings, "spawn", condition));
    measure(pair, settings.rounds);
    return pair;
}

void print_pair(Pair const& pair)
{
    Table table(
        {"", "µs", "x floor", "small µs", "x own small", "middle half"});
    for (auto const* one : ranked(pair.special)) {
        auto const& small = named(pair.small, one->name);
        auto const to_small = ratios(*one, small);
        table.add({one->name, in_micros(*one),
                   as_ratio(ratio(*one, pair.special.front())),
                   in_micros(small), as_ratio(median(to_small)),
                   middle_half(to_small)});
    }
    table.print();
    print_troubles(pair.special);
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

constexpr unsigned group_sizes[] = {1, 2, 4, 8};

std::vector<Operation> groupers(unsigned stages)
{
    return {
        {floor_name + "s, in turn", [=] { floor::chain(tiny, stages); }},
        {"runnel run(a | b | ...)", [=] { ours::pipeline(tiny, stages); }},
    };
}

std::string shell_pipeline(unsigned stages)
{
    std::string command = '\'' + tiny + '\'';
    for (unsigned i = 1; i < stages; ++i)
        command += " | '" + tiny + '\'';
    return command;
}

/// Like `groupers`, and in the same order for every size.
std::vector<Case> group_cases(Settings const& settings, Worker& worker,
                              std::size_t first, unsigned stages)
{
    std::vector<Case> cases;
    for (auto const& one : groupers(stages)) {
        cases.push_back({one.name, [&worker, first](unsigned count) {
                             return worker.run(first, count);
                         }});
        ++first;
    }
    cases.push_back(python_case(settings, "group " + std::to_string(stages)));
    cases.push_back(shell_case("dash", shell_pipeline(stages)));
    cases.push_back(shell_case("bash", shell_pipeline(stages)));
    return cases;
}

/// `cases`: those of the first size, then those of the next, ...
void print_groups(std::vector<Case> const& cases)
{
    Table::Row head{""};
    for (unsigned const stages : group_sizes)
        head.insert(head.end(), {text("N=%u µs", stages), "x floor"});
    Table table(head);
    auto const per_size = cases.size() / std::size(group_sizes);
    for (std::size_t i = 0; i < per_size; ++i) {
        Table::Row row{cases[i].name};
        for (std::size_t at = 0; at < cases.size(); at += per_size)
            row.insert(row.end(), {in_micros(cases[at + i]),
                                   as_ratio(ratio(cases[at + i], cases[at]))});
        table.add(row);
    }
    table.print();
    print_troubles(cases);
}

void group(Settings const& settings)
{
    title("group: set up a pipeline of N tiny stages and wait for all");
    std::vector<Operation> operations;
    for (unsigned const stages : group_sizes)
        for (auto& one : groupers(stages))
            operations.push_back(std::move(one));
    Worker worker({}, operations);
    std::vector<Case> cases;
    std::size_t first = 0;
    for (unsigned const stages : group_sizes) {
        for (auto& one : group_cases(settings, worker, first, stages))
            cases.push_back(std::move(one));
        first += groupers(stages).size();
    }
    measure(cases, settings.rounds);
    print_groups(cases);
}

// --- command line ------------------------------------------------------------

constexpr char usage[] = R"(usage: spawn [OPTION...] [SCENARIO...]

Scenarios, by default all of them:
  small     spawn + wait, the parent as it comes
  fds       the same with many descriptors open in the parent
  rss       the same with much memory touched in the parent
  failed    a program that is not there
  group     pipelines of 1, 2, 4 and 8 stages

Options:
  --rounds N       how often everything is measured (200)
  --cpu N|none     pin all of it to this CPU (the last one), or to none
  --fds N          descriptors for fds (10000)
  --rss MIB        memory for rss (1024)
  --python PATH    the Python to compare with (/usr/bin/python3)
)";

[[noreturn]] void give_up(std::string const& why)
{
    std::fprintf(stderr, "spawn: %s\n\n%s", why.c_str(), usage);
    std::exit(2);
}

unsigned to_number(std::string const& word)
{
    char* end = nullptr;
    auto const number = std::strtoul(word.c_str(), &end, 10);
    if (word.empty() || *end != '\0' || number > 10'000'000)
        give_up("\"" + word + "\" is no number that makes sense here");
    return static_cast<unsigned>(number);
}

void set_option(Settings& settings, std::string const& name,
                std::string const& value)
{
    if (name == "--rounds")
        settings.rounds = std::max(to_number(value), 1U);
    else if (name == "--cpu" && value == "none")
        settings.cpu.reset();
    else if (name == "--cpu")
        settings.cpu = static_cast<int>(to_number(value));
    else if (name == "--fds")
        settings.crowded.descriptors = to_number(value);
    else if (name == "--rss")
        settings.large.mebibytes = to_number(value);
    else if (name == "--python")
        settings.python = value;
    else
        give_up("there is no option " + name);
}

using Scenario = std::function<void(Settings const&, std::vector<Target>&)>;

std::vector<std::pair<std::string, Scenario>> const scenarios = {
    {"small", small},
    {"fds", fds},
    {"rss", rss},
    {"failed", [](auto& settings, auto&) { failed(settings); }},
    {"group", [](auto& settings, auto&) { group(settings); }},
};

Settings settings_of(std::vector<std::string> const& words)
{
    Settings settings;
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto const& word = words[i];
        if (word == "--help") {
            std::fputs(usage, stdout);
            std::exit(0);
        }
        if (word.starts_with("--")) {
            if (i + 1 == words.size())
                give_up(word + " needs a value");
            set_option(settings, word, words[++i]);
        } else if (std::ranges::find(scenarios, word,
                                     [](auto& one) { return one.first; })
                   != scenarios.end()) {
            settings.scenarios.push_back(word);
        } else {
            give_up("there is no scenario \"" + word + '"');
        }
    }
    return settings;
}

bool wanted(Settings const& settings, std::string const& scenario)
{
    return settings.scenarios.empty()
        || std::ranges::find(settings.scenarios, scenario)
               != settings.scenarios.end();
}

void print_settings(Settings const& settings)
{
    print_machine();
    fact("pinned", settings.cpu ? text("to CPU %d", *settings.cpu)
                                : "no: results depend on placement");
    fact("rounds", text("%u, up to %u spawns per contender in each, all "
                        "contenders in shuffled order",
                        settings.rounds, largest_batch));
}

void run(Settings const& settings)
{
    if (settings.cpu)
        pin(*settings.cpu);
    print_settings(settings);
    std::vector<Target> targets;
    for (auto const& [name, scenario] : scenarios)
        if (wanted(settings, name))
            scenario(settings, targets);
    print_targets(targets);
}

} // namespace

int main(int argc, char** argv)
try {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    run(settings_of({argv + 1, argv + argc}));
} catch (std::exception const& error) {
    std::fprintf(stderr, "spawn: %s\n", error.what());
    return 1;
}
