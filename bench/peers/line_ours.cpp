#include "../line_readers.hpp"

#include <runnel/runnel.hpp>

#include <ranges>

namespace bench::ours {

namespace {

runnel::Command writer(LineSource const& source)
{
    return runnel::cmd(source.program(), source.arguments());
}

} // namespace

Tally lines(LineSource const& source)
{
    Tally tally;
    for (std::string_view const line : writer(source) | runnel::lines)
        tally.add(line);
    return tally;
}

Tally wanted_by_hand(LineSource const& source)
{
    Tally tally;
    for (std::string_view const line : writer(source) | runnel::lines)
        if (wanted(line))
            tally.add(line);
    return tally;
}

Tally wanted_lines(LineSource const& source)
{
    auto const size = [](std::string_view line) { return line.size(); };
    auto sizes = writer(source) | runnel::lines | std::views::filter(wanted)
               | std::views::transform(size);
    Tally tally;
    for (auto const bytes : sizes) {
        ++tally.lines;
        tally.bytes += bytes;
    }
    return tally;
}

} // namespace bench::ours
