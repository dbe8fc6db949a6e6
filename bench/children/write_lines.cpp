// Writes lines to stdout, as fast as whoever reads them can take them.
//
//     write_lines KIND MEBIBYTES [CPU]
//
// It moves to the CPU itself, for it is started by a shell or by Python as
// well, and those hand on the place that they are in.
#include "../line_kinds.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>

#include <sched.h>
#include <unistd.h>

namespace {

void move_to(int cpu)
{
    ::cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    if (::sched_setaffinity(0, sizeof cpus, &cpus) != 0)
        throw std::runtime_error("cannot move to that CPU");
}

void write_all(std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (count < 0)
            throw std::runtime_error("cannot write");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

} // namespace

int main(int argc, char** argv)
try {
    if (argc < 3)
        throw std::invalid_argument("which lines, how many mebibytes?");
    if (argc > 3)
        move_to(std::atoi(argv[3]));
    auto const block = bench::block_of(bench::line_kind(argv[1]));
    for (int left = std::atoi(argv[2]); left > 0; --left)
        write_all(block);
} catch (std::exception const& error) {
    std::fprintf(stderr, "write_lines: %s\n", error.what());
    return 1;
}
