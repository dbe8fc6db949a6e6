// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What it takes to read a child's output line by line: for runnel, for others,
// and at the least. README.md says how to read the tables.
#include "allocations.hpp"
#include "cases.hpp"
#include "command_line.hpp"
#include "line_readers.hpp"
#include "placement.hpp"

#include <runnel/runnel.hpp>

#include <exception>
#include <sstream>

namespace {

using namespace bench;

std::string const floor_name = "floor: newline masks";
std::string const lines_name = "runnel e | lines";
std::string const if_name = "runnel e | lines, if in the loop";
std::string const views_name = "runnel e | lines | filter | transform";
std::string_view const lines_loop = "e | lines";
std::string_view const if_loop = "e | lines, if in the loop";
std::string_view const views_loop = "e | lines | filter | transform";
std::string const wc_name = "wc -l";
std::string const popen_name = "popen(3) + getline(3)";
std::string const istream_name = "stdio_filebuf + std::getline";
std::string const boost_name = "Boost.Process v1 + std::getline";

struct Settings {
    std::optional<Placement> cpus = apart();
    unsigned rounds = 30;
    unsigned mebibytes = 512;
    std::string only; ///< in the names of the contenders that the floor meets
    std::string python = "/usr/bin/python3";
};

// --- what is read ------------------------------------------------------------

/// What a source adds up to, known beforehand.
struct Expected {
    Tally all;
    Tally wanted;
};

Expected operator*(Expected one, std::uint64_t times)
{
    for (auto* const tally : {&one.all, &one.wanted}) {
        tally->lines *= times;
        tally->bytes *= times;
    }
    return one;
}

Expected expected_of(LineSource const& source)
{
    Expected once;
    std::istringstream block(block_of(source.kind));
    for (std::string line; std::getline(block, line);) {
        once.all.add(line);
        if (wanted(line))
            once.wanted.add(line);
    }
    return once * source.mebibytes;
}

std::string words_of(Tally const& tally)
{
    return std::to_string(tally.lines) + " lines of "
         + std::to_string(tally.bytes) + " bytes";
}

// Not a runtime_error: that would be trouble of one contender, but a reader
// that gets lines wrong makes all numbers worthless.
void expect_equal(std::string const& name, Tally const& got,
                  Tally const& expected)
{
    if (got == expected)
        return;
    throw std::logic_error(name + ": " + words_of(got) + " instead of "
                           + words_of(expected));
}

// --- contenders --------------------------------------------------------------

struct Reader {
    std::string name;
    Tally (*read)(LineSource const& source);
    Tally expected;
};

Tally expected_by(ours::LineLoop const& loop, Expected const& expected)
{
    switch (loop.takes) {
    case ours::Takes::all: return expected.all;
    case ours::Takes::wanted: return expected.wanted;
    case ours::Takes::bytes: break;
    }
    return {0, expected.all.lines + expected.all.bytes};
}

Reader ours(std::string_view loop, std::string const& name,
            Expected const& expected)
{
    auto const loops = ours::loops_alone();
    auto const found = std::ranges::find(loops, loop, &ours::LineLoop::name);
    return {name, found->read, expected_by(*found, expected)};
}

std::vector<Reader> readers(Expected const& expected)
{
    auto const all = expected.all;
    return {
        {floor_name, floor::lines, all},
        {"no lines, only read(2)", floor::bytes, {0, all.lines + all.bytes}},
        {"memchr per line", floor::lines_by_memchr, all},
        ours(lines_loop, lines_name, expected),
        ours(if_loop, if_name, expected),
        ours(views_loop, views_name, expected),
        {wc_name, libc::lines_by_wc, {all.lines, 0}},
        {popen_name, libc::lines_by_popen, all},
        {"fdopen(3) + getline(3)", libc::lines_by_fdopen, all},
        {"getline(3), pipe and buffer of the floor",
         libc::lines_by_large_fdopen, all},
#ifdef __GLIBCXX__
        {istream_name, libc::lines_by_istream, all},
#endif
#ifdef RUNNEL_BENCH_BOOST
        {boost_name, boost_process::v1_lines, all},
#endif
    };
}

Case case_of(Reader const& reader, LineSource const& source)
{
    return {reader.name, [reader, source](unsigned count) {
                return time_of(count, [&] {
                    expect_equal(reader.name, reader.read(source),
                                 reader.expected);
                });
            }};
}

/// Python's lines.py, given a part of the work only, for it is slow.
class PythonReader {
public:
    PythonReader(std::string const& python, LineSource const& source)
        : peer_({python, RUNNEL_BENCH_PEERS "/lines.py", source.program()}),
          whole_(source.mebibytes), part_(source)
    {
        part_.mebibytes = std::max(whole_ / 8, 1U);
        expected_ = expected_of(part_).all;
        for (auto const& word : part_.arguments())
            request_ += word + ' ';
    }

    /// As long as the whole would have taken.
    Nanoseconds run()
    {
        auto const answer = peer_.ask(request_);
        std::istringstream numbers(answer);
        Nanoseconds::rep time = 0;
        Tally tally;
        if (!(numbers >> time >> tally.lines >> tally.bytes))
            throw std::runtime_error(answer);
        expect_equal("Python", tally, expected_);
        return Nanoseconds(time) * whole_ / part_.mebibytes;
    }

private:
    LinePeer peer_;
    unsigned whole_;
    LineSource part_;
    Tally expected_;
    std::string request_;
};

Case python_case(std::string const& python, LineSource const& source)
{
    auto peer = lazily<PythonReader>(python, source);
    return {"Python, for line in child.stdout", [peer](unsigned count) mutable {
                Nanoseconds sum{0};
                for (unsigned i = 0; i < count; ++i)
                    sum += peer().run();
                return sum;
            }};
}

std::vector<Case> cases_of(Settings const& settings, LineSource const& source,
                           Expected const& expected)
{
    std::vector<Case> cases;
    for (auto const& reader : readers(expected))
        cases.push_back(case_of(reader, source));
    cases.push_back(python_case(settings.python, source));
    auto const unasked = [&](Case const& one) {
        return one.name != floor_name
            && one.name.find(settings.only) == std::string::npos;
    };
    std::erase_if(cases, unasked);
    return cases;
}

// --- allocations -------------------------------------------------------------

/// After so many lines, a mebibyte at least, pipe and buffer have the size that
/// they keep.
constexpr std::uint64_t settled = 100'000;

/// Of runnel's loop, from there to the last line.
std::optional<std::uint64_t> allocations_between(LineSource const& source,
                                                 std::uint64_t total)
{
    std::optional<std::uint64_t> before;
    std::optional<std::uint64_t> after;
    std::uint64_t lines = 0;
    auto const command = runnel::cmd(source.program(), source.arguments());
    for (std::string_view const line : command | runnel::lines) {
        static_cast<void>(line);
        ++lines;
        if (lines == settled)
            before = allocations();
        if (lines == total)
            after = allocations();
    }
    if (!before || !after)
        return {};
    return *after - *before;
}

/// Zero is the promise. NAN if nobody counts.
double print_allocations(LineSource const& source, std::uint64_t total)
{
    auto const count = allocations_between(source, total);
    if (!count)
        return NAN;
    auto const lines = total - settled;
    auto const per_line =
        static_cast<double>(*count) / static_cast<double>(lines);
    std::printf("\n  runnel's allocations per line: %.2g (%s in %s lines)\n",
                per_line, std::to_string(*count).c_str(),
                std::to_string(lines).c_str());
    return per_line;
}

// --- tables ------------------------------------------------------------------

void print_readers(std::vector<Case> const& cases, Tally const& all)
{
    if (cases.front().micros.empty())
        throw std::runtime_error("no floor: " + cases.front().trouble);
    Table table({"", "ns/line", "GB/s", "x floor", "±"});
    for (auto const* one : ranked(cases)) {
        auto const nanoseconds = median(one->micros) * 1000;
        auto const to_floor = ratios(*one, cases.front());
        auto const bytes = static_cast<double>(all.lines + all.bytes);
        table.add({one->name,
                   as_ratio(nanoseconds / static_cast<double>(all.lines)),
                   as_ratio(bytes / nanoseconds), as_ratio(median(to_floor)),
                   as_uncertainty(to_floor)});
    }
    table.print();
    print_troubles(cases);
}

// --- targets -----------------------------------------------------------------

/// NAN if one of them was not measured.
double ratio_of(std::vector<Case> const& cases, std::string const& name,
                std::string const& to)
{
    auto const measured = std::ranges::find(cases, name, &Case::name);
    auto const other = std::ranges::find(cases, to, &Case::name);
    if (measured == cases.end() || other == cases.end())
        return NAN;
    return ratio(*measured, *other);
}

/// What every kind of lines promises.
void add_targets(std::vector<Target>& targets, std::vector<Case> const& cases,
                 std::string const& kind, double to_floor)
{
    targets.push_back({kind + ", runnel's loop",
                       ratio_of(cases, lines_name, floor_name), to_floor,
                       "floor"});
    targets.push_back({kind + ", with filter and transform",
                       ratio_of(cases, views_name, if_name), 1.3,
                       "runnel's loop with an if"});
    targets.push_back({kind + ", with filter and transform",
                       ratio_of(cases, views_name, lines_name), 1.3,
                       "runnel's loop over all"});
}

/// Three times as fast as what else there is.
void add_peer_targets(std::vector<Target>& targets,
                      std::vector<Case> const& cases, std::string const& kind)
{
    for (auto const& peer : {wc_name, popen_name, istream_name, boost_name})
        targets.push_back({kind + ", runnel's loop",
                           ratio_of(cases, lines_name, peer), 0.33, peer});
}

// --- scenarios ---------------------------------------------------------------

LineSource source_of(Settings const& settings, std::string const& kind)
{
    return {line_kind(kind), settings.mebibytes,
            settings.cpus ? std::optional(settings.cpus->writer)
                          : std::nullopt};
}

/// The cases of one kind of lines, measured and printed.
std::vector<Case> measure_kind(Settings const& settings,
                               std::string const& kind,
                               std::vector<Target>& targets)
{
    auto const source = source_of(settings, kind);
    auto const expected = expected_of(source);
    auto const all = expected.all;
    title(text("%s: %.1f million lines of %.1f bytes on average", kind.c_str(),
               static_cast<double>(all.lines) / 1e6,
               static_cast<double>(all.lines + all.bytes)
                   / static_cast<double>(all.lines)));
    auto cases = cases_of(settings, source, expected);
    measure_long(cases, settings.rounds);
    print_readers(cases, all);
    targets.push_back({kind + ", allocations per line",
                       print_allocations(source, all.lines), 0, ""});
    return cases;
}

void short_lines(Settings const& settings, std::vector<Target>& targets)
{
    auto const cases = measure_kind(settings, "short", targets);
    add_targets(targets, cases, "short", 1.10);
    add_peer_targets(targets, cases, "short");
}

std::string in_large_file(std::string_view loop)
{
    return std::string(loop) + ", large file";
}

/// A loop must be as fast as the loop that does the same by hand, in a small file and
/// in a large one.
void add_loop_targets(std::vector<Target>& targets,
                      std::vector<Case> const& cases)
{
    for (auto const& loop : ours::loops_alone()) {
        bool const is_wanted = loop.takes == ours::Takes::wanted;
        std::string const by_hand(is_wanted ? if_loop : lines_loop);
        double const limit = loop.name == by_hand ? 1.05 : 1.15;
        for (auto const& name :
             {std::string(loop.name), in_large_file(loop.name)})
            targets.push_back(
                {name, ratio_of(cases, name, by_hand), limit, by_hand});
    }
}

/// Measures each of runnel's loops twice: from a small file and from a large one.
void large_file(Settings const& settings, std::vector<Target>& targets)
{
    auto const source = source_of(settings, "short");
    auto const expected = expected_of(source);
    title("large: short lines, by loops alone in a file and in a large one");
    std::vector<Case> cases{
        case_of({floor_name, floor::lines, expected.all}, source)};
    auto const add = [&](ours::LineLoop const& loop, std::string name) {
        cases.push_back(case_of(
            {std::move(name), loop.read, expected_by(loop, expected)}, source));
    };
    for (auto const& loop : ours::loops_alone())
        add(loop, std::string(loop.name));
    for (auto const& loop : ours::loops_in_large_file())
        add(loop, in_large_file(loop.name));
    measure_long(cases, settings.rounds);
    print_readers(cases, expected.all);
    add_loop_targets(targets, cases);
}

void log_lines(Settings const& settings, std::vector<Target>& targets)
{
    add_targets(targets, measure_kind(settings, "log", targets), "log", 1.05);
}

// --- command line ------------------------------------------------------------

constexpr char usage[] = R"(usage: lines [OPTION...] [SCENARIO...]

Scenarios, by default all of them:
  short     lines of 10 bytes on average
  log       lines of 103 bytes on average
  large     the short ones: each loop alone in a file, and in a large file

Options:
  --mib N            how much the child writes (512)
  --rounds N         how often everything is measured (30)
  --cpus R,W|none    pin the reader to one CPU and the writer to another (the
                     last one and the one before), or leave both to the kernel
  --only WORD        only the contenders with that in their name, and the floor
  --python PATH      the Python to compare with (/usr/bin/python3)
  --json FILE        write the tables there as well
)";

void print_settings(Settings const& settings)
{
    print_machine();
    fact("pinned", words_of(settings.cpus));
    fact("rounds", text("%u, %u MiB per contender in each, all contenders in "
                        "shuffled order",
                        settings.rounds, settings.mebibytes));
}

} // namespace

int main(int argc, char** argv)
try {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    Settings settings;
    std::vector<Target> targets;
    CommandLine line(usage);
    line.option("--rounds", settings.rounds);
    line.option("--mib", settings.mebibytes);
    line.option("--only", settings.only);
    line.option("--python", settings.python);
    line.option("--cpus", [&](std::string const& value) {
        settings.cpus = placement_of(value);
    });
    line.scenario("short", [&] { short_lines(settings, targets); });
    line.scenario("log", [&] { log_lines(settings, targets); });
    line.scenario("large", [&] { large_file(settings, targets); });
    line.read(argc, argv);
    if (settings.cpus)
        place(settings.cpus->reader);
    print_settings(settings);
    line.run();
    if (!settings.only.empty())
        std::erase_if(targets,
                      [](auto& target) { return std::isnan(target.value); });
    print_targets(targets);
} catch (std::exception const& error) {
    std::fprintf(stderr, "lines: %s\n", error.what());
    return 1;
}
