// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "child/waiting.hpp"

#include "child/check_stdio.hpp"
#include "child/popen_state.hpp"
#include "sys/names.hpp"
#include "text/visible.hpp"

#include <runnel/shlex.hpp>

#include <algorithm>
#include <string_view>

namespace runnel::inline v0 {

namespace {

using ActivityKind = sys::Activity::Kind;

std::string_view words_of(ActivityKind kind)
{
    switch (kind) {
    case ActivityKind::runs: return "runs";
    case ActivityKind::polls: return "waits for the first of several events";
    case ActivityKind::waits_for_child:
        return "waits for a child process of its own";
    case ActivityKind::sleeps: return "sleeps for a time";
    case ActivityKind::pauses: return "waits for a signal";
    case ActivityKind::stopped: return "is stopped by a signal or a debugger";
    case ActivityKind::ended: return "has ended, and is not collected yet";
    case ActivityKind::waits: return "waits for something else, such as a lock";
    default: return "runs or waits; the system does not tell";
    }
}

// A pipe without a holder at the other end is at its end: the child is about to
// notice that.
std::string transfer(int pid, sys::Activity activity, PipeHolders const& whose)
{
    bool const reads = activity.kind == ActivityKind::reads;
    auto text = (reads ? "waits for input on " : "waits for a reader of ")
              + stream_name(activity.fd);
    auto const file = sys::file_of(pid, activity.fd);
    if (!sys::is_pipe(file))
        return file.empty() ? text : text + ", which is " + in_one_line(file);
    auto const holders =
        sys::holders_of(file, reads ? sys::PipeEnd::write : sys::PipeEnd::read);
    if (holders.empty())
        return text + ", a pipe whose other end is closed";
    return text + (reads ? " from " : ": ")
         + names_of(holders, activity.fd, whose);
}

} // namespace

std::string stranger(int pid)
{
    auto const name = sys::name_of(pid);
    return "pid " + std::to_string(pid)
         + (name.empty() ? "" : " (" + in_one_line(name) + ')');
}

std::string PipeHolders::name(int pid, int /*fd*/) const
{
    return pid == sys::own_pid() ? "this program" : stranger(pid);
}

std::string names_of(std::vector<int> const& pids, int fd,
                     PipeHolders const& whose)
{
    std::vector<std::string> names;
    for (auto const pid : pids)
        if (auto name = whose.name(pid, fd);
            std::ranges::find(names, name) == names.end())
            names.push_back(std::move(name));
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0                  ? ""
                 : i + 1 == names.size() ? " and "
                                         : ", ")
              + names[i];
    return text;
}

std::string text_of_activity(int pid, PipeHolders const& whose)
{
    auto const activity = sys::activity_of(pid);
    bool const moves_bytes = activity.kind == ActivityKind::reads
                          || activity.kind == ActivityKind::writes;
    return moves_bytes ? transfer(pid, activity, whose)
                       : std::string(words_of(activity.kind));
}

std::string text_of_child(detail::PopenState const& child,
                          PipeHolders const& whose)
{
    auto const pid = child.process->pid();
    auto const exit = child.process->seen();
    return "pid " + std::to_string(pid) + ", "
         + (exit ? "ended with " + to_string(exit->status)
                 : text_of_activity(pid, whose));
}

// A debugger that calls this ends the program if it throws.
std::string to_string(Popen const& child) noexcept
try {
    if (!child.state_)
        return "no child: moved from, or detached";
    return '"' + in_one_line(join(child.state_->args))
         + "\": " + text_of_child(*child.state_, PipeHolders());
} catch (...) { // no memory
    return {};
}

// The name is C's, so that a debugger finds it without debug information. Nobody frees
// the text: a debugger reads it after the call.
extern "C" RUNNEL_EXPORT char const*
runnel_text_of_popen(void const* child) noexcept;

extern "C" char const* runnel_text_of_popen(void const* child) noexcept
{
    return sys::kept_text(to_string(*static_cast<Popen const*>(child)));
}

} // namespace runnel::inline v0
