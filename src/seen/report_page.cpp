// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The page of `to_html`.
#include "plan/plan_text.hpp"
#include "seen/markup.hpp"
#include "seen/quantity.hpp"
#include "seen/svg.hpp"
#include "seen/table.hpp"

#include <runnel/report.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

namespace runnel::inline v0 {

namespace {

using std::chrono::nanoseconds;
using WallTime = std::chrono::system_clock::time_point;

constexpr std::string_view page_style = R"(
body.runnel { margin: 2rem auto; max-width: 68rem; padding: 0 1.5rem;
  background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
h1 { font: 600 1.25rem/1.4 ui-monospace, "DejaVu Sans Mono", monospace;
  overflow-wrap: anywhere; margin: 0 0 .25rem; }
h2 { font-size: .8rem; letter-spacing: .08em; text-transform: uppercase;
  color: var(--faint); margin: 2.25rem 0 .75rem; }
.sum { color: var(--faint); margin: 0; }
.good { color: var(--good); } .bad { color: var(--bad); }
.picture { overflow-x: auto; }
.picture svg { max-width: 100%; height: auto; }
.picture svg .good, .picture svg .bad { color: inherit; }
.time { display: grid; grid-template-columns: minmax(6rem, 16rem) 1fr;
  column-gap: 1rem; row-gap: .35rem; align-items: center; }
.time .name { font: 13px ui-monospace, "DejaVu Sans Mono", monospace;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.track { position: relative; height: 1.6rem;
  border-left: 1px solid var(--line); border-right: 1px solid var(--line); }
.bar { position: absolute; top: .3rem; bottom: .3rem; min-width: 2px; }
.start { background: var(--start); } .run { background: var(--run); }
.wait { background: var(--wait); top: .7rem; bottom: .7rem; min-width: 0; }
.cpu { background: var(--cpu); top: 1rem; }
.axis { position: relative; height: 1.3rem; font-size: 12px;
  color: var(--faint); }
.axis span { position: absolute; transform: translateX(-50%); }
.axis span:first-child { transform: none; }
.key { color: var(--faint); font-size: 13px; margin: .75rem 0 0; }
.key i { display: inline-block; width: .8rem; height: .8rem; margin: 0 .35rem 0
  1rem; vertical-align: -1px; }
.key i:first-child { margin-left: 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0;
  border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--faint); font-weight: 600; }
td:first-child { font: 13px ui-monospace, "DejaVu Sans Mono", monospace;
  white-space: normal; overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
)";

std::string element(std::string_view name, std::string_view kind,
                    std::string const& content)
{
    auto text = '<' + std::string(name);
    if (!kind.empty())
        text += " class=\"" + std::string(kind) + '"';
    return text + '>' + content + "</" + std::string(name) + ">\n";
}

// --- the timeline ------------------------------------------------------------------

/// The time from the first start to the last end.
struct Span {
    WallTime begin;
    nanoseconds length;

    double percent(nanoseconds part) const
    {
        return length.count() > 0 ? 100 * static_cast<double>(part.count())
                                        / static_cast<double>(length.count())
                                  : 0;
    }
};

/// None if no command was started.
std::optional<Span> span_of(CompletedProcess const& result)
{
    std::optional<WallTime> begin;
    for (auto const& stage : result.stages)
        if (stage.was_started())
            begin =
                std::min(begin.value_or(stage.started_at), stage.started_at);
    if (!begin)
        return {};
    nanoseconds length{1};
    for (auto const& stage : result.stages)
        if (stage.was_started())
            length = std::max(length, nanoseconds(stage.started_at - *begin)
                                          + stage.wall_time);
    return Span{*begin, length};
}

std::string bar(std::string_view kind, Span const& whole, nanoseconds from,
                nanoseconds length, std::string const& title)
{
    return "<div class=\"bar " + std::string(kind)
         + "\" style=\"left:" + coordinate(whole.percent(from))
         + "%;width:" + coordinate(whole.percent(length)) + "%\" title=\""
         + markup(title) + "\"></div>";
}

std::string bars(StageResult const& stage, Span const& whole)
{
    if (!stage.was_started())
        return {};
    auto const from = nanoseconds(stage.started_at - whole.begin);
    auto const start = std::min(stage.start_time, stage.wall_time);
    auto const end = from + stage.wall_time;
    auto const run = stage.wall_time - start;
    auto const cpu = std::min(
        nanoseconds(stage.usage.user_time + stage.usage.system_time), run);
    return bar("wait", whole, end, whole.length - end,
               "ended; the others went on for " + text_of(whole.length - end))
         + bar("start", whole, from, start, "start: " + text_of(start))
         + bar("run", whole, from + start, run, "ran for " + text_of(run))
         + bar("cpu", whole, from + start, cpu,
               "processor time: " + text_of(cpu));
}

/// A step of 1, 2 or 5 times a power of ten, of which some five make the whole.
nanoseconds tick_of(nanoseconds whole)
{
    auto const wanted = static_cast<double>(whole.count()) / 5;
    auto const power =
        std::pow(10, std::floor(std::log10(std::max(wanted, 1.0))));
    auto const times = wanted / power;
    auto const step = times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10;
    return nanoseconds(static_cast<long long>(power * step));
}

std::string axis(Span const& whole)
{
    std::string text;
    auto const tick = tick_of(whole.length);
    for (nanoseconds at{0}; whole.percent(at) < 96; at += tick)
        text += "<span style=\"left:" + coordinate(whole.percent(at)) + "%\">"
              + (at.count() == 0 ? std::string("0") : text_of(at)) + "</span>";
    return text;
}

std::string timeline(CompletedProcess const& result)
{
    auto const whole = span_of(result);
    if (!whole)
        return {};
    std::string rows;
    for (auto const& stage : result.stages)
        rows += "<div class=\"name\" title=\"" + markup(shown_command(stage))
              + "\">" + markup(shown_command(stage)) + "</div>"
              + element("div", "track", bars(stage, *whole));
    rows += "<div></div>" + element("div", "axis", axis(*whole));
    return element("h2", "", "Time") + element("div", "time", rows)
         + element("p", "key",
                   "<i class=\"start\"></i>start <i class=\"run\"></i>run "
                   "<i class=\"cpu\"></i>of that, processor time "
                   "<i class=\"wait\"></i>ended, others run");
}

// --- the table ---------------------------------------------------------------------

std::string cells(std::string_view name, ResultTable const& table, auto cell_of)
{
    std::string row;
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        row += element(name, table.columns[i].is_number ? "number" : "",
                       markup(cell_of(i)));
    return element("tr", "", row);
}

std::string html_table(CompletedProcess const& result)
{
    auto const table = table_of({&result, 1}, false);
    auto rows = cells("th", table,
                      [&](std::size_t i) { return table.columns[i].title; });
    for (auto const& row : table.rows)
        rows += cells("td", table, [&](std::size_t i) { return row[i]; });
    return element("h2", "", "Commands")
         + element("div", "wide", element("table", "", rows));
}

// --- the page ----------------------------------------------------------------------

std::string commands_of(CompletedProcess const& result)
{
    std::string text;
    for (auto const& stage : result.stages)
        text += (text.empty() ? "" : ", ") + shown_command(stage);
    return text;
}

std::string summary(CompletedProcess const& result)
{
    auto const whole = span_of(result);
    auto const status = "returncode " + std::to_string(result.returncode);
    return element(
        "p", "sum",
        "<b class=\"" + std::string(result.failed ? "bad" : "good") + "\">"
            + (result.failed ? "failed" : "succeeded") + "</b>, " + status
            + (whole ? ", " + text_of(whole->length) : std::string()));
}

std::string page(CompletedProcess const& result, std::string const& name,
                 std::string const& picture)
{
    auto const title = markup(name);
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
           "<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width\">\n"
           "<meta name=\"color-scheme\" content=\"light dark\">\n"
         + element("title", "", title)
         + element("style", "", std::string(colours) + std::string(page_style))
         + "</head>\n<body class=\"runnel\">\n" + element("h1", "", title)
         + summary(result) + picture + timeline(result) + html_table(result)
         + "</body>\n</html>\n";
}

} // namespace

std::string to_html(CompletedProcess const& result)
{
    return page(result, commands_of(result), {});
}

std::string to_html(CompletedProcess const& result,
                    Expression const& expression)
{
    auto const plan = make_plan(expression);
    return page(result, command_of(*plan.root),
                element("h2", "", "Pipeline")
                    + element("div", "picture", svg_of(plan, &result)));
}

} // namespace runnel::inline v0
