// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// runnel's ways to read a child's lines, each of them a loop. A file that includes
// this compiles them for itself: how fast they are must not depend on what else is
// in it.
#include "line_readers.hpp"

#include <runnel/runnel.hpp>

#include <iterator>
#include <ranges>
#include <vector>

#ifdef RUNNEL_BENCH_RANGE_V3
#include <runnel/range_v3.hpp>

#include <range/v3/view/filter.hpp>
#include <range/v3/view/transform.hpp>
#endif

namespace bench::ours {

namespace {

runnel::Command writer(LineSource const& source)
{
    return runnel::cmd(source.program(), source.arguments());
}

runnel::Popen started(LineSource const& source)
{
    auto words = source.arguments();
    words.insert(words.begin(), source.program());
    return runnel::Popen(words, {.out = runnel::Stdio::pipe});
}

std::size_t size_of(std::string_view line)
{
    return line.size();
}

template <class Sizes>
Tally sum_of(Sizes&& sizes)
{
    Tally tally;
    for (auto const bytes : sizes) {
        ++tally.lines;
        tally.bytes += bytes;
    }
    return tally;
}

template <class Lines>
Tally tally_of(Lines&& lines)
{
    Tally tally;
    for (std::string_view const line : lines)
        tally.add(line);
    return tally;
}

// --- by hand ---------------------------------------------------------------------

Tally all_lines(LineSource const& source)
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

Tally lines_of_stream(LineSource const& source)
{
    auto child = started(source);
    auto tally = tally_of(child.out() | runnel::lines);
    child.wait();
    return tally;
}

Tally all_records(LineSource const& source)
{
    Tally tally;
    for (std::string_view const line : writer(source) | runnel::records('\n'))
        tally.add(line);
    return tally;
}

// --- views of the standard library -----------------------------------------------

Tally filtered(LineSource const& source)
{
    return tally_of(writer(source) | runnel::lines
                    | std::views::filter(
                        [](std::string_view line) { return wanted(line); }));
}

Tally transformed(LineSource const& source)
{
    return sum_of(writer(source) | runnel::lines
                  | std::views::transform(
                      [](std::string_view line) { return size_of(line); }));
}

Tally filtered_and_transformed(LineSource const& source)
{
    auto const is_wanted = [](std::string_view line) { return wanted(line); };
    auto const size = [](std::string_view line) { return size_of(line); };
    return sum_of(writer(source) | runnel::lines | std::views::filter(is_wanted)
                  | std::views::transform(size));
}

// --- views of range-v3 -------------------------------------------------------------

#ifdef RUNNEL_BENCH_RANGE_V3
Tally filtered_by_range_v3(LineSource const& source)
{
    return tally_of(writer(source) | runnel::lines
                    | ranges::views::filter(
                        [](std::string_view line) { return wanted(line); }));
}

Tally transformed_by_range_v3(LineSource const& source)
{
    return sum_of(writer(source) | runnel::lines
                  | ranges::views::transform(
                      [](std::string_view line) { return size_of(line); }));
}
#endif

// --- without lines -----------------------------------------------------------------

Tally bytes_in_chunks(LineSource const& source)
{
    Tally tally;
    for (runnel::Chunk const bytes : writer(source) | runnel::chunks)
        tally.bytes += bytes.size();
    return tally;
}

Tally bytes_of_stream(LineSource const& source)
{
    auto child = started(source);
    std::vector<char> buffer(65536);
    Tally tally;
    while (auto const count = child.out().read_some(buffer))
        tally.bytes += count;
    child.wait();
    return tally;
}

LineLoop const all_loops[] = {
    {"e | lines", all_lines, Takes::all},
    {"e | lines, if in the loop", wanted_by_hand, Takes::wanted},
    {"popen.out() | lines", lines_of_stream, Takes::all},
    {"e | records", all_records, Takes::all},
    {"e | lines | filter", filtered, Takes::wanted},
    {"e | lines | transform", transformed, Takes::all},
    {"e | lines | filter | transform", filtered_and_transformed, Takes::wanted},
#ifdef RUNNEL_BENCH_RANGE_V3
    {"e | lines | v3 filter", filtered_by_range_v3, Takes::wanted},
    {"e | lines | v3 transform", transformed_by_range_v3, Takes::all},
#endif
    {"e | chunks", bytes_in_chunks, Takes::bytes},
    {"popen.out().read_some", bytes_of_stream, Takes::bytes},
};

} // namespace

} // namespace bench::ours
