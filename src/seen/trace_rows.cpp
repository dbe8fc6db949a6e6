// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "seen/trace_rows.hpp"

#include "seen/json.hpp"
#include "sys/clock.hpp"
#include "sys/names.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace runnel::inline v0::detail {

namespace {

/// Microseconds on the steady clock, which all processes of a machine share.
std::string timestamp()
{
    auto const now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                         sys::Clock::now().time_since_epoch())
                         .count();
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "%lld.%03lld",
                  static_cast<long long>(now / 1000),
                  static_cast<long long>(now % 1000));
    return text.data();
}

std::string member(std::string_view name, std::string const& value)
{
    return ',' + json(name) + ':' + value;
}

std::string args_member(TraceArgs const& args)
{
    return args.members().empty() ? std::string()
                                  : member("args", '{' + args.members() + '}');
}

} // namespace

// --- values ------------------------------------------------------------------------

TraceArgs& TraceArgs::add_json(std::string_view name, std::string const& value)
{
    if (!members_.empty())
        members_ += ',';
    members_ += json(name) + ':' + value;
    return *this;
}

TraceArgs& TraceArgs::add(std::string_view name, std::string_view text)
{
    return add_json(name, json(text));
}

TraceArgs& TraceArgs::add(std::string_view name, std::int64_t number)
{
    return add_json(name, std::to_string(number));
}

TraceArgs& TraceArgs::add(std::string_view name,
                          std::optional<std::uint64_t> number)
{
    return number ? add_json(name, std::to_string(*number)) : *this;
}

TraceArgs& TraceArgs::add_flag(std::string_view name, bool flag)
{
    return add_json(name, flag ? "true" : "false");
}

// --- writing -----------------------------------------------------------------------

TraceRows::TraceRows(TraceFile file) : file_(std::move(file)) {}

/// Several processes may write to one file, so that the number of a run is not
/// enough. Viewers take numbers of 31 bits.
std::uint64_t TraceRows::process(RunId run) noexcept
{
    constexpr std::uint64_t most_runs = 100'000;
    auto const own = static_cast<std::uint64_t>(sys::own_pid()) % 20'000;
    return own * most_runs + run % most_runs;
}

void TraceRows::put(char phase, RunId run, TraceRow row, std::string_view name,
                    std::string const& more)
{
    file_.put('{' + json("ph") + ":" + json({&phase, 1})
              + member("pid", std::to_string(process(run)))
              + member("tid", std::to_string(row)) + member("ts", timestamp())
              + (name.empty() ? std::string() : member("name", json(name)))
              + more + '}');
}

// --- names -------------------------------------------------------------------------

void TraceRows::name_run(RunId run, std::string_view name)
{
    TraceArgs named;
    named.add("name", name);
    put('M', run, 0, "process_name", args_member(named));
}

void TraceRows::name_row(RunId run, TraceRow row, std::string_view name,
                         std::size_t order)
{
    TraceArgs named;
    named.add("name", name);
    put('M', run, row, "thread_name", args_member(named));
    TraceArgs sorted;
    sorted.add("sort_index", static_cast<std::int64_t>(order));
    put('M', run, row, "thread_sort_index", args_member(sorted));
    runs_[run][row].name = name;
}

std::string const& TraceRows::name_of(RunId run, TraceRow row)
{
    return runs_[run][row].name;
}

// --- events ------------------------------------------------------------------------

void TraceRows::open(RunId run, TraceRow row, std::string_view name,
                     std::string_view category, TraceArgs const& args)
{
    put('B', run, row, name, member("cat", json(category)) + args_member(args));
    ++runs_[run][row].open;
}

void TraceRows::close(RunId run, TraceRow row, TraceArgs const& args)
{
    auto& open = runs_[run][row].open;
    if (open == 0)
        return;
    --open;
    put('E', run, row, {}, args_member(args));
}

void TraceRows::close_rows(RunId run)
{
    for (auto& [number, row] : runs_[run])
        while (number != 0 && row.open > 0)
            close(run, number);
}

void TraceRows::mark(RunId run, TraceRow row, std::string_view name)
{
    put('i', run, row, name, member("s", json("t")));
}

void TraceRows::arrow(RunId run, TraceRow from, TraceRow to)
{
    auto const id =
        std::to_string(process(run)) + '.' + std::to_string(++arrows_);
    auto const more = member("cat", json("pipe")) + member("id", json(id));
    put('s', run, from, "pipe", more);
    put('f', run, to, "pipe", more + member("bp", json("e")));
}

void TraceRows::count(RunId run, std::string_view counter, std::uint64_t bytes)
{
    TraceArgs args;
    args.add("bytes", std::optional(bytes));
    put('C', run, 0, counter, args_member(args));
}

} // namespace runnel::inline v0::detail
