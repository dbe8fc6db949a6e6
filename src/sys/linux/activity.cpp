// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What /proc tells of a process that waits. `/proc/PID/syscall` is readable for those
// that this process may trace; the children of a process are among them unless they
// have other rights.
#include "sys/activity.hpp"
#include "sys/linux/processes.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string_view>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

using ActivityKind = Activity::Kind;

struct KnownCall {
    long number;
    ActivityKind kind;
};

// Some calls exist on some processors only.
constexpr KnownCall known_calls[] = {
    {SYS_read, ActivityKind::reads},
    {SYS_readv, ActivityKind::reads},
    {SYS_pread64, ActivityKind::reads},
    {SYS_splice, ActivityKind::reads},
    {SYS_recvfrom, ActivityKind::reads},
    {SYS_recvmsg, ActivityKind::reads},
    {SYS_accept, ActivityKind::reads},
    {SYS_accept4, ActivityKind::reads},
    {SYS_write, ActivityKind::writes},
    {SYS_writev, ActivityKind::writes},
    {SYS_pwrite64, ActivityKind::writes},
    {SYS_sendto, ActivityKind::writes},
    {SYS_sendmsg, ActivityKind::writes},
    {SYS_ppoll, ActivityKind::polls},
    {SYS_pselect6, ActivityKind::polls},
    {SYS_epoll_pwait, ActivityKind::polls},
    {SYS_wait4, ActivityKind::waits_for_child},
    {SYS_waitid, ActivityKind::waits_for_child},
    {SYS_nanosleep, ActivityKind::sleeps},
    {SYS_clock_nanosleep, ActivityKind::sleeps},
    {SYS_rt_sigsuspend, ActivityKind::pauses},
    {SYS_rt_sigtimedwait, ActivityKind::pauses},
#ifdef SYS_pause
    {SYS_pause, ActivityKind::pauses},
#endif
#ifdef SYS_poll
    {SYS_poll, ActivityKind::polls},
#endif
#ifdef SYS_select
    {SYS_select, ActivityKind::polls},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, ActivityKind::polls},
#endif
};

/// `/proc/PID/NAME`, or for process 0 `/proc/self/NAME`.
class ProcPath {
public:
    ProcPath(int pid, char const* name, int number = -1) noexcept
    {
        char who[16] = "self";
        if (pid != 0)
            std::snprintf(who, sizeof who, "%d", pid);
        if (number >= 0)
            std::snprintf(text_, sizeof text_, "/proc/%s/%s/%d", who, name,
                          number);
        else
            std::snprintf(text_, sizeof text_, "/proc/%s/%s", who, name);
    }

    char const* c_str() const noexcept { return text_; }

private:
    char text_[64];
};

/// The beginning of a file, in memory that `text` views.
template <std::size_t Room>
class FileStart {
public:
    explicit FileStart(ProcPath const& path) noexcept
    {
        long const length =
            OpenFile(path.c_str(), O_RDONLY).read(bytes_.data(), Room);
        text = {bytes_.data(),
                length > 0 ? static_cast<std::size_t>(length) : 0};
    }
    FileStart(FileStart const&) = delete;
    FileStart& operator=(FileStart const&) = delete;

    char const* c_str() const noexcept { return bytes_.data(); }
    std::string_view text;

private:
    std::array<char, Room + 1> bytes_{};
};

/// "running", "-1 ..." for a wait outside of a call, or "0 0x3 ...": the number of
/// the call and its arguments.
Activity activity_of_call(char const* text)
{
    char* end = nullptr;
    long const number = std::strtol(text, &end, 10);
    if (end == text || number < 0)
        return {ActivityKind::waits, -1};
    auto const* const known =
        std::ranges::find(known_calls, number, &KnownCall::number);
    if (known == std::ranges::end(known_calls))
        return {ActivityKind::waits, -1};
    bool const has_fd = known->kind == ActivityKind::reads
                     || known->kind == ActivityKind::writes;
    auto const first = std::strtoul(end, nullptr, 16);
    return {known->kind, has_fd ? static_cast<int>(first) : -1};
}

/// Calls `f` with each open descriptor of a process until it returns false.
void for_each_descriptor(int pid, auto f)
{
    OpenFile const directory(ProcPath(pid, "fd").c_str(),
                             O_RDONLY | O_DIRECTORY);
    for_each_number(directory, f);
}

/// "flags:\t0100001": the last two bits say how the file is open.
bool has_mode(int pid, int fd, PipeEnd end)
{
    FileStart<256> const info(ProcPath(pid, "fdinfo", fd));
    constexpr std::string_view name = "flags:";
    auto const at = info.text.find(name);
    if (at == info.text.npos)
        return false;
    auto const flags =
        std::strtoul(info.c_str() + at + name.size(), nullptr, 8);
    auto const mode = flags & O_ACCMODE;
    return mode == O_RDWR
        || mode == (end == PipeEnd::read ? O_RDONLY : O_WRONLY);
}

bool holds(int pid, std::string const& pipe, PipeEnd end)
{
    bool found = false;
    for_each_descriptor(pid, [&](int fd) {
        found = file_of(pid, fd) == pipe && has_mode(pid, fd, end);
        return !found;
    });
    return found;
}

} // namespace

Activity activity_of(int pid)
{
    switch (facts_of(pid).state) {
    case 0:
    case 'Z':
    case 'X': return {ActivityKind::ended, -1};
    case 'R': return {ActivityKind::runs, -1};
    case 'T':
    case 't': return {ActivityKind::stopped, -1};
    default: break;
    }
    FileStart<256> const call(ProcPath(pid, "syscall"));
    if (call.text.starts_with("running"))
        return {ActivityKind::runs, -1};
    return call.text.empty() ? Activity() : activity_of_call(call.c_str());
}

std::string file_of(int pid, int fd)
{
    char text[1024];
    long const length =
        calls().readlink(ProcPath(pid, "fd", fd).c_str(), text, sizeof text);
    return length > 0 ? std::string(text, static_cast<std::size_t>(length))
                      : std::string();
}

std::vector<int> holders_of(std::string const& pipe, PipeEnd end)
{
    std::vector<int> all;
    for_each_process([&](int pid) {
        if (holds(pid, pipe, end))
            all.push_back(pid);
        return true;
    });
    return all;
}

// Not the words of its command line, where something may be secret.
std::string name_of(int pid)
{
    FileStart<32> const line(ProcPath(pid, "comm"));
    return std::string(line.text.substr(0, line.text.find('\n')));
}

// "TracerPid:\t4711"; without a tracer 0.
bool is_in_debugger()
{
    FileStart<1024> const status(ProcPath(0, "status"));
    constexpr std::string_view field = "\nTracerPid:\t";
    auto const at = status.text.find(field);
    if (at == status.text.npos)
        return false;
    auto const* const number = status.c_str() + at + field.size();
    int const tracer = static_cast<int>(std::strtol(number, nullptr, 10));
    auto const name = tracer != 0 ? name_of(tracer) : std::string();
    return name.find("gdb") != name.npos || name.find("lldb") != name.npos;
}

char const* kept_text(std::string const& text) noexcept
{
    char const* const copy = ::strdup(text.c_str());
    return copy != nullptr ? copy : "";
}

} // namespace runnel::inline v0::sys
