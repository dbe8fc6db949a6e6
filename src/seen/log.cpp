// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/log.hpp>

#include "seen/quantity.hpp"
#include "sys/file.hpp"
#include "sys/names.hpp"
#include "text/visible.hpp"

#include <runnel/shlex.hpp>

namespace runnel::inline v0 {

namespace {

/// The run, or the process if it belongs to no run.
std::string mark(RunId run)
{
    return '[' + std::to_string(run) + "] ";
}

std::string mark(ChildView const& child, int pid)
{
    return child.run > 0 ? mark(child.run)
                         : "[pid " + std::to_string(pid) + "] ";
}

std::string words(ChildView const& child)
{
    return runnel::join(child.args);
}

/// The command as a part of its run: which stage of how many.
std::string stage(ChildView const& child)
{
    if (child.stages == 1)
        return words(child);
    return std::to_string(child.stage) + '/' + std::to_string(child.stages)
         + ' ' + words(child);
}

std::string bytes_text(std::optional<std::uint64_t> read,
                       std::optional<std::uint64_t> written)
{
    std::string text;
    if (read)
        text += ", read " + text_of_bytes(*read);
    if (written)
        text += ", wrote " + text_of_bytes(*written);
    return text;
}

std::string usage_text(ResourceUsage const& usage)
{
    return "user " + text_of(usage.user_time) + ", sys "
         + text_of(usage.system_time) + ", "
         + text_of_bytes(static_cast<std::uint64_t>(usage.max_rss_kib) * 1024)
         + bytes_text(usage.bytes_read, usage.bytes_written);
}

} // namespace

// A log that cannot write must not disturb what it watches.
template <class MakeLine>
void Log::put(MakeLine make) const noexcept
{
    try {
        auto line = in_one_line(make());
        if (write_)
            return write_(line);
        line += '\n';
        static_cast<void>(sys::write_all(fd_, line));
    } catch (...) { // no memory
    }
}

void Log::began(Began const& e) noexcept
{
    put([&] { return mark(e.run) + "+ " + std::string(e.command); });
}

// A `Popen` has no run that would tell its words.
void Log::started(Started const& e) noexcept
{
    if (e.child.run == 0)
        put([&] { return mark(e.child, e.pid) + "+ " + words(e.child); });
    else if (tells_commands())
        put([&] {
            return mark(e.child.run) + "  " + stage(e.child) + ": pid "
                 + std::to_string(e.pid) + ", started in "
                 + text_of(e.start_time);
        });
}

void Log::refused(Refused const& e) noexcept
{
    put([&] {
        auto const place = e.child.run > 0 ? mark(e.child.run) : std::string();
        return place + "! " + std::string(e.message);
    });
}

void Log::exited(Exited const& e) noexcept
{
    if (!tells_commands() && e.child.run > 0)
        return;
    put([&] {
        auto line = mark(e.child, e.pid);
        line += e.child.run > 0 ? "  " + stage(e.child) + ": " : "= ";
        line += to_string(e.status) + " after " + text_of(e.wall_time);
        if (tells_commands())
            line += " (" + usage_text(e.usage) + ')';
        return line;
    });
}

void Log::killed(Killed const& e) noexcept
{
    put([&] {
        return mark(e.child, e.pid) + "! " + signal_name(e.signal) + " to "
             + stage(e.child) + ", pid " + std::to_string(e.pid);
    });
}

void Log::expired(Expired const& e) noexcept
{
    put([&] {
        auto line = e.run > 0 ? mark(e.run) : std::string();
        line += "! time is up for " + std::string(e.command);
        if (!e.timeout.is_point())
            line += ", after " + text_of(e.timeout.limit());
        return line;
    });
}

void Log::helper_started(HelperView const& e) noexcept
{
    if (tells_commands())
        put([&] {
            return mark(e.run) + "  " + std::string(e.label)
                 + ": in this process";
        });
}

void Log::helper_ended(HelperEnded const& e) noexcept
{
    if (tells_commands())
        put([&] {
            return mark(e.helper.run) + "  " + std::string(e.helper.label)
                 + ": ended" + bytes_text(e.bytes_in, e.bytes_out);
        });
}

void Log::ended(Ended const& e) noexcept
{
    put([&] {
        auto line = mark(e.run) + "= ";
        if (e.returncode < 0)
            line += "killed by " + signal_name(-e.returncode);
        else if (e.failed && e.returncode == 0)
            line += "failed";
        else
            line += "exit code " + std::to_string(e.returncode);
        if (e.was_early)
            line += ", ended early,";
        return line + " after " + text_of(e.wall_time);
    });
}

} // namespace runnel::inline v0
