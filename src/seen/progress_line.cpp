// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "seen/progress_line.hpp"

#include "seen/quantity.hpp"
#include "seen/width.hpp"
#include "text/visible.hpp"

#include <algorithm>

namespace runnel::inline v0 {

namespace {

using Seconds = std::chrono::duration<double>;

/// In bytes for each second.
double rate_of(ProgressView const& view)
{
    auto const seconds = Seconds(view.so_far.all()).count();
    return seconds > 0 ? static_cast<double>(view.bytes) / seconds : 0;
}

std::string rate_text(ProgressView const& view)
{
    auto const rate = rate_of(view);
    return rate < 1e18 ? text_of_bytes(static_cast<std::uint64_t>(rate)) + "/s"
                       : std::string();
}

/// "3.2 s", from a minute on "1:07".
std::string time_text(std::chrono::nanoseconds time)
{
    if (time < std::chrono::minutes(1))
        return decimal(Seconds(time).count(), 1) + " s";
    return clock_text(std::chrono::duration_cast<std::chrono::seconds>(time));
}

/// " 45%"; more than all came if the size was wrong.
std::string percent_text(ProgressView const& view)
{
    auto const share = *view.size == 0 ? 1.0
                                       : static_cast<double>(view.bytes)
                                             / static_cast<double>(*view.size);
    return decimal(std::min(share, 9.99) * 100, 0) + '%';
}

/// How long it takes to the end if it goes on like this; empty if not known.
std::string left_text(ProgressView const& view)
{
    auto const rate = rate_of(view);
    if (view.is_over || rate <= 0 || view.bytes >= *view.size)
        return {};
    auto const left = static_cast<double>(*view.size - view.bytes) / rate;
    if (left > 360'000) // 100 hours: a guess that says nothing
        return {};
    return ", " + time_text(std::chrono::seconds(static_cast<long>(left)))
         + " left";
}

std::string bottleneck_text(ProgressView const& view)
{
    auto const& times = view.is_over ? view.so_far : view.lately;
    auto const name = bottleneck(times, view.before, view.after);
    if (name.empty())
        return {};
    return (view.is_over ? ", mostly waited for " : ", waiting for ") + name;
}

} // namespace

std::string bottleneck(ProgressTimes const& times, std::string const& before,
                       std::string const& after)
{
    auto const is_most = [&](std::chrono::nanoseconds time) {
        return time > times.all() * 2 / 3;
    };
    if (is_most(times.reading))
        return before.empty() ? "input" : before;
    if (is_most(times.writing))
        return after.empty() ? "output" : after;
    return {};
}

std::string progress_line(ProgressView const& view, std::size_t columns)
{
    auto line = view.label.empty() ? std::string() : view.label + ": ";
    line += text_of_bytes(view.bytes);
    if (view.size)
        line += " of " + text_of_bytes(*view.size) + ", " + percent_text(view);
    line += " in " + time_text(view.so_far.all()) + ", " + rate_text(view);
    if (view.size)
        line += left_text(view);
    return fitted(in_one_line(line + bottleneck_text(view)), columns);
}

} // namespace runnel::inline v0
