// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What it takes to get many bytes of a child into memory, and to send it as many: for
// runnel, for others, and at the least. README.md says how to read the tables.
#include "byte_movers.hpp"
#include "cases.hpp"
#include "command_line.hpp"
#include "placement.hpp"

#include <exception>
#include <filesystem>

#include <unistd.h>

namespace {

using namespace bench;

std::string const floor_name = "floor: read(2) into memory of realloc";
std::string const poll_name = "floor: one poll loop";
std::string const captured_name = "runnel run(e | capture)";
std::string const read_name = "runnel read(e)";
std::string const in_file_name = "runnel run(e | capture), memory file";
std::string const both_name = "runnel run(e > capture, input)";
std::string const by_hand_name = "floor: read(2), two times write(2)";
std::string const in_kernel_name = "tee(2) and splice(2), by hand";
std::string const tee_name = "runnel a | tee(file) | b";

struct Settings {
    std::optional<Placement> cpus = apart();
    unsigned rounds = 15;
    unsigned mebibytes = 256;
};

// --- cases -------------------------------------------------------------------------

/// Not trouble of one case: a contender that loses bytes makes all numbers worthless.
void expect_size(std::string const& name, std::size_t got, std::size_t expected)
{
    if (got != expected)
        throw std::logic_error(name + ": " + std::to_string(got)
                               + " bytes instead of "
                               + std::to_string(expected));
}

template <class Move, class... Input>
Case case_of(std::string const& name, std::size_t expected, Move move,
             ByteChild const& child, Input const&... input)
{
    return {name, [=](unsigned count) {
                return time_of(count, [&] {
                    expect_size(name, move(child, input...), expected);
                });
            }};
}

void print_movers(std::vector<Case> const& cases, std::size_t bytes)
{
    if (cases.front().micros.empty())
        throw std::runtime_error("no floor: " + cases.front().trouble);
    Table table({"", "ms", "GB/s", "x floor", "±"});
    for (auto const* one : ranked(cases)) {
        auto const time = median(one->micros);
        auto const to_floor = ratios(*one, cases.front());
        table.add({one->name, text("%.0f", time / 1000),
                   as_ratio(static_cast<double>(bytes) / 1000 / time),
                   as_ratio(median(to_floor)), as_uncertainty(to_floor)});
    }
    table.print();
    print_troubles(cases);
}

std::string where(std::optional<Placement> cpus)
{
    if (!cpus)
        return "placed by the kernel";
    return cpus->reader == cpus->writer ? "both on one CPU"
                                        : "each on a CPU of its own";
}

ByteChild child_of(std::optional<Placement> cpus, std::string what)
{
    return {std::move(what), cpus ? std::optional(cpus->writer) : std::nullopt};
}

/// The peers that are programs of their own, but for one that takes half a minute.
void add_peers(std::vector<Case>& cases, ByteChild const& child,
               std::size_t size)
{
    auto const task = "read " + std::to_string(size);
    cases.push_back(python_case("/usr/bin/python3", child.program(), task, {},
                                child.arguments()));
    add_peer_programs(cases, child.program(), child.arguments(), task);
    std::erase_if(cases,
                  [](Case const& one) { return one.name == "PStreams"; });
}

// --- scenarios -----------------------------------------------------------------------

void capture(Settings const& settings, std::optional<Placement> cpus,
             std::vector<Target>& targets)
{
    auto const size = std::size_t{settings.mebibytes} << 20;
    auto const child = child_of(cpus, std::to_string(settings.mebibytes));
    title(text("capture: %u MiB of a child in memory, %s", settings.mebibytes,
               where(cpus).c_str()));
    auto const of = [&](std::string const& name,
                        std::size_t (*move)(ByteChild const&)) {
        return case_of(name, size, move, child);
    };
    std::vector<Case> cases{
        of(floor_name, floor::bytes_in_memory),
        of(captured_name, ours::captured),
        of(read_name, ours::read),
        of(in_file_name, ours::captured_in_file),
        of("runnel read(e), memory file", ours::read_in_file),
        of("runnel Popen::communicate", ours::communicated),
        of("popen(3) + fread + append", libc::bytes_by_popen),
#ifdef RUNNEL_BENCH_BOOST
        of("Boost.Process v1, ipstream", boost_process::v1_bytes),
        of("Boost.Process v2, asio::read", boost_process::v2_bytes),
#endif
    };
    add_peers(cases, child, size);
    measure_long(cases, settings.rounds);
    print_movers(cases, size);
    auto const target = [&](std::string const& name, double limit) {
        targets.push_back({name + ", " + where(cpus),
                           ratio(named(cases, name), cases.front()), limit,
                           "floor"});
    };
    target(captured_name, 1.05);
    target(read_name, 1.2);
    target(in_file_name, 0.7);
}

void both(Settings const& settings, std::optional<Placement> cpus,
          std::vector<Target>& targets)
{
    auto const mebibytes = 2 * settings.mebibytes;
    std::string const input(std::size_t{mebibytes} << 20, 'x');
    auto const child = child_of(cpus, "copy");
    title(text("both: %u MiB into a child and back at once, %s", mebibytes,
               where(cpus).c_str()));
    auto const of =
        [&](std::string const& name,
            std::size_t (*move)(ByteChild const&, std::string_view)) {
            return case_of(name, input.size(), move, child,
                           std::string_view(input));
        };
    std::vector<Case> cases{
        of(poll_name, floor::there_and_back),
        of(both_name, ours::there_and_back),
        of("runnel Popen::communicate", ours::communicated),
    };
    measure_long(cases, settings.rounds);
    print_movers(cases, input.size());
    targets.push_back({both_name + ", " + where(cpus),
                       ratio(named(cases, both_name), cases.front()), 1.05,
                       "floor"});
}

/// A file in memory, if the machine has such files: no disk decides.
class TeeFile {
public:
    TeeFile()
        : path_((std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp")
                + text("/runnel-bench-tee-%d", ::getpid()))
    {
    }
    TeeFile(TeeFile const&) = delete;
    TeeFile& operator=(TeeFile const&) = delete;
    ~TeeFile() { std::filesystem::remove(path_); }

    std::string const& path() const { return path_; }

private:
    std::string path_;
};

void tee_off(Settings const& settings, std::optional<Placement> cpus,
             std::vector<Target>& targets)
{
    auto const size = std::size_t{settings.mebibytes} << 20;
    auto const child = child_of(cpus, std::to_string(settings.mebibytes));
    TeeFile const file;
    title(text("tee: %u MiB from a child to another and into a file, %s",
               settings.mebibytes,
               cpus && cpus->reader == cpus->writer
                   ? "all on one CPU"
                   : "the children on a CPU of their own"));
    auto const of =
        [&](std::string const& name,
            std::size_t (*move)(ByteChild const&, std::string const&)) {
            return case_of(name, size, move, child, file.path());
        };
    std::vector<Case> cases{
        of(by_hand_name, floor::teed_by_hand),
        of(in_kernel_name, floor::teed_in_kernel),
        of(tee_name, ours::teed),
        of("runnel a | cmd(\"tee\", file) | b", ours::teed_by_program),
    };
    measure_long(cases, settings.rounds);
    print_movers(cases, size);
    targets.push_back(
        {tee_name + ", " + where(cpus),
         ratio(named(cases, tee_name), named(cases, in_kernel_name)), 1.1,
         in_kernel_name});
}

/// Whether a capture should go through sockets: bare system calls only.
void channel(Settings const& settings, std::optional<Placement> cpus,
             std::vector<Target>& /*targets*/)
{
    if (!cpus)
        return; // the kernel would choose another placement in each round
    auto const size = std::size_t{settings.mebibytes} << 20;
    using floor::Channel;
    for (std::size_t const at_once : {4096U, 65536U, 262144U}) {
        title(text("channel: %u MiB in writes of %zu bytes, %s",
                   settings.mebibytes, at_once, where(cpus).c_str()));
        ByteChild const child{std::to_string(settings.mebibytes), cpus->writer,
                              at_once};
        auto const of = [&](std::string const& name, Channel through) {
            return case_of(
                name, size,
                [through](ByteChild const& one) {
                    return floor::bytes_through(one, through);
                },
                child);
        };
        std::vector<Case> cases{
            of("floor: a pipe of 1 MiB", Channel::large_pipe),
            of("a pipe of 64 KiB", Channel::pipe),
            of("a socket pair", Channel::sockets),
            of("a socket pair, SO_SNDBUF 1 MiB", Channel::large_sockets),
        };
        measure_long(cases, settings.rounds);
        print_movers(cases, size);
    }
}

/// Apart, and on one CPU: there every nanosecond counts, and no wake-up of the other.
template <class Scenario>
void in_both_places(Settings const& settings, std::vector<Target>& targets,
                    Scenario scenario)
{
    auto const at = [&](std::optional<Placement> cpus) {
        place(cpus ? std::optional(cpus->reader) : std::nullopt);
        scenario(settings, cpus, targets);
    };
    at(settings.cpus);
    if (settings.cpus && settings.cpus->reader != settings.cpus->writer)
        at(Placement{settings.cpus->reader, settings.cpus->reader});
}

// --- command line --------------------------------------------------------------------

constexpr char usage[] = R"(usage: bytes [OPTION...] [SCENARIO...]

Scenarios, by default all of them, with the child on another CPU and on the same:
  capture   the output of a child in memory
  both      twice as much into a child and back at once
  tee       from one child to another, with a copy in a file
  channel   pipes and sockets, bare

Options:
  --mib N            how much the child writes (256)
  --rounds N         how often everything is measured (15)
  --cpus R,W|none    pin the reader to one CPU and the writer to another (the
                     last one and the one before), or leave both to the kernel
  --json FILE        write the tables there as well
)";

} // namespace

int main(int argc, char** argv)
try {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    Settings settings;
    std::vector<Target> targets;
    CommandLine line(usage);
    line.option("--mib", settings.mebibytes);
    line.option("--rounds", settings.rounds);
    line.option("--cpus", [&](std::string const& value) {
        settings.cpus = placement_of(value);
    });
    line.scenario("capture",
                  [&] { in_both_places(settings, targets, capture); });
    line.scenario("both", [&] { in_both_places(settings, targets, both); });
    line.scenario("tee", [&] { in_both_places(settings, targets, tee_off); });
    line.scenario("channel",
                  [&] { in_both_places(settings, targets, channel); });
    line.read(argc, argv);
    print_machine();
    fact("rounds",
         text("%u, all contenders in shuffled order", settings.rounds));
    line.run();
    print_targets(targets);
} catch (std::exception const& error) {
    std::fprintf(stderr, "bytes: %s\n", error.what());
    return 1;
}
