// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Groups, sessions and cgroups, and who is in them. What a signal handler calls
// neither allocates nor locks.
#include "sys/container.hpp"
#include "sys/linux/processes.hpp"
#include "sys/posix/code.hpp"
#include "sys/signal.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <string_view>
#include <unordered_map>

#include <unistd.h>

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

bool is_inside(ProcessFacts const& facts, Containment level,
               int leader) noexcept
{
    return (level == Containment::session ? facts.session : facts.group)
        == leader;
}

/// Calls `f` with the pid of each member of a cgroup. The file may be longer than
/// the buffer, and a number may be cut.
void for_each_member(char const* membership, auto f) noexcept
{
    OpenFile const file(membership, O_RDONLY);
    char buffer[1024];
    int pid = 0;
    for (;;) {
        long const length = file.read(buffer, sizeof buffer);
        if (length <= 0)
            return;
        for (long i = 0; i < length; ++i) {
            if (buffer[i] >= '0' && buffer[i] <= '9')
                pid = pid * 10 + (buffer[i] - '0');
            else if (pid > 0)
                f(std::exchange(pid, 0));
        }
    }
}

bool is_member(char const* membership, int pid) noexcept
{
    bool found = false;
    for_each_member(membership, [&](int one) { found |= one == pid; });
    return found;
}

/// The results of several signals as one.
class SentSignals {
public:
    void add(int result) noexcept
    {
        if (result >= 0)
            result_ = 0;
        else if (result_ == -ESRCH && result != -ESRCH)
            result_ = result;
    }

    int result() const noexcept { return result_; }

private:
    int result_ = -ESRCH;
};

// A pid that was listed may belong to another process by now. So the pid is opened
// first and looked at after that: what is then signalled is what was looked at, or
// has ended.
int signal_checked(int pid, int number, auto belongs) noexcept
{
    int const pidfd = calls().pidfd_open(pid);
    if (pidfd < 0 && pidfd != -ENOSYS)
        return pidfd;
    int result = -ESRCH;
    if (belongs(pid))
        result = pidfd >= 0 ? calls().pidfd_send_signal(pidfd, number)
                            : calls().kill(pid, number);
    if (pidfd >= 0)
        calls().close(pidfd);
    return result;
}

int signal_session(int session, int number) noexcept
{
    auto const belongs = [&](int pid) {
        auto const facts = facts_of(pid);
        return facts.runs() && facts.session == session;
    };
    SentSignals sent;
    for_each_process([&](int pid) {
        if (belongs(pid))
            sent.add(signal_checked(pid, number, belongs));
        return true;
    });
    return sent.result();
}

int signal_members(char const* membership, int number) noexcept
{
    SentSignals sent;
    for_each_member(membership, [&](int pid) {
        sent.add(signal_checked(
            pid, number, [&](int one) { return is_member(membership, one); }));
    });
    return sent.result();
}

// --- cgroups ------------------------------------------------------------------------

std::string content(char const* path)
{
    OpenFile const file(path, O_RDONLY);
    std::string text;
    char buffer[4096];
    for (;;) {
        long const length = file.read(buffer, sizeof buffer);
        if (length <= 0)
            return text;
        text.append(buffer, static_cast<std::size_t>(length));
    }
}

/// Calls `f` with each line until `f` returns true.
void for_each_line(std::string_view text, auto f)
{
    while (!text.empty()) {
        auto const end = text.find('\n');
        if (f(text.substr(0, end)) || end == text.npos)
            return;
        text.remove_prefix(end + 1);
    }
}

/// The field with this number, counted from 0, between spaces.
std::string_view field(std::string_view line, int number)
{
    for (; number > 0; --number) {
        auto const space = line.find(' ');
        if (space == line.npos)
            return {};
        line.remove_prefix(space + 1);
    }
    return line.substr(0, line.find(' '));
}

// "30 23 0:26 /root /mount/point rw,relatime - cgroup2 cgroup2 rw"
struct CgroupMount {
    std::string root; ///< what of the tree is mounted
    std::string point;
};

CgroupMount cgroup_mount()
{
    CgroupMount found;
    for_each_line(content("/proc/self/mountinfo"), [&](std::string_view line) {
        bool const is_it = line.find(" - cgroup2 ") != line.npos;
        if (is_it)
            found = {std::string(field(line, 3)), std::string(field(line, 4))};
        return is_it;
    });
    return found;
}

/// The directory of this process's own cgroup; empty if there is none.
std::string own_cgroup()
{
    constexpr std::string_view unified = "0::";
    std::string path;
    for_each_line(content("/proc/self/cgroup"), [&](std::string_view line) {
        bool const is_it = line.starts_with(unified);
        if (is_it)
            path = line.substr(unified.size());
        return is_it;
    });
    auto const [root, point] = cgroup_mount();
    if (path.empty() || point.empty())
        return {};
    if (root != "/" && path.starts_with(root))
        path.erase(0, root.size());
    if (!path.ends_with('/'))
        path += '/';
    return point + path;
}

/// A new directory in `outer`, with a slash at its end.
Result<std::string> make_directory(std::string const& outer)
{
    static std::atomic<unsigned> count{0};
    for (int attempt = 0;; ++attempt) {
        auto const path = outer + "runnel-" + std::to_string(::getpid()) + '-'
                        + std::to_string(++count) + '/';
        int const made = calls().mkdir(path.c_str(), 0755);
        if (made >= 0)
            return {{}, path};
        if (made != -EEXIST || attempt == 100) // left by another process
            return {code(made), {}};
    }
}

} // namespace

Result<std::unique_ptr<Container>> Container::make_cgroup()
{
    auto const outer = own_cgroup();
    if (outer.empty())
        return {std::make_error_code(std::errc::function_not_supported), {}};
    auto made = std::make_unique<Container>(Containment::cgroup);
    auto path = make_directory(outer);
    if (!path)
        return {path.error, {}};
    made->directory_ = std::move(path.value);
    made->membership_ = made->directory_ + "cgroup.procs";
    made->outer_ = outer + "cgroup.procs";
    made->kill_ = made->directory_ + "cgroup.kill";
    made->events_ = made->directory_ + "cgroup.events";
    OpenFile const probe(made->membership_.c_str(), O_WRONLY);
    if (probe.fd() < 0)
        return {code(probe.fd()), {}};
    return {{}, std::move(made)};
}

// A process that is ending can neither move nor be removed: it takes a moment.
Container::~Container()
{
    constexpr ::timespec moment{0, 1'000'000};
    constexpr int patience = 100;
    for (int i = 0; !directory_.empty() && i < patience; ++i) {
        if (calls().rmdir(directory_.c_str()) >= 0)
            return;
        move_out();
        if (i > 0)
            calls().ppoll(nullptr, 0, &moment);
    }
}

/// Moves all members to the cgroup of this process.
void Container::move_out() const noexcept
{
    for_each_member(membership_.c_str(), [&](int pid) {
        char number[16];
        int const length = std::snprintf(number, sizeof number, "%d", pid);
        OpenFile(outer_.c_str(), O_WRONLY)
            .write({number, static_cast<std::size_t>(length)});
    });
}

int Container::signal(int leader, int number) const noexcept
{
    if (level_ == Containment::session)
        return signal_session(leader, number);
    if (level_ == Containment::cgroup && number == signals::kill
        && OpenFile(kill_.c_str(), O_WRONLY).write("1") >= 0)
        return 0;
    return forward(leader, number);
}

int Container::forward(int leader, int number) const noexcept
{
    return level_ == Containment::cgroup
             ? signal_members(membership_.c_str(), number)
             : calls().kill(-leader, number);
}

bool Container::is_populated(int leader) const noexcept
{
    if (level_ == Containment::cgroup) {
        char text[256];
        OpenFile const file(events_.c_str(), O_RDONLY);
        long const length = file.read(text, sizeof text);
        return length > 0
            && std::string_view(text, static_cast<std::size_t>(length))
                       .find("populated 1")
                   != std::string_view::npos;
    }
    bool found = false;
    for_each_process([&](int pid) {
        auto const facts = facts_of(pid);
        found = facts.runs() && is_inside(facts, level_, leader);
        return !found;
    });
    return found;
}

// --- who has left -----------------------------------------------------------------

namespace {

using Processes = std::unordered_map<int, ProcessFacts>;

/// True if the process, or one that it descends from, is inside. The steps are
/// limited: the table was read while processes came and went.
bool descends(Processes const& all, int pid, auto is_inside)
{
    for (std::size_t steps = 0; steps <= all.size(); ++steps) {
        auto const one = all.find(pid);
        if (one == all.end())
            return false;
        if (is_inside(one->first, one->second))
            return true;
        pid = one->second.parent;
    }
    return false;
}

} // namespace

void Container::find_escaped(int leader, std::vector<Escaped>& found) const
{
    if (level_ != Containment::group && level_ != Containment::session)
        return;
    Processes all;
    for_each_process([&](int pid) {
        all.emplace(pid, facts_of(pid));
        return true;
    });
    auto const inside = [&](int pid, ProcessFacts const& facts) {
        return pid == leader || is_inside(facts, level_, leader);
    };
    for (auto const& [pid, facts] : all) {
        Escaped const one{pid, facts.made_at};
        if (facts.runs() && !inside(pid, facts) && descends(all, pid, inside)
            && std::ranges::find(found, one) == found.end())
            found.push_back(one);
    }
}

std::vector<int> running(std::span<Escaped const> escaped)
{
    std::vector<int> pids;
    for (auto const& [pid, made_at] : escaped) {
        auto const facts = facts_of(pid);
        if (facts.runs() && facts.made_at == made_at)
            pids.push_back(pid);
    }
    std::ranges::sort(pids);
    return pids;
}

} // namespace runnel::inline v0::sys
