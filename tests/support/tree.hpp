// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A command that starts a process of its own, and whether that process still runs.
#pragma once

#include "support/children.hpp"

#include <runnel/runnel.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <unistd.h>

namespace runnel::test {

/// See tests/children/grow_tree.cpp.
inline constexpr char const* tree_kinds[] = {
    "child", "orphan", "group", "session", "ignore_term", "stopped", "pipe"};

inline auto grow_tree(std::string const& kind, char const* then = "stay")
{
    return cmd(child("grow_tree"), kind, then);
}

/// False for a process that has ended and was not reaped.
inline bool runs(int pid)
{
    auto const path = "/proc/" + std::to_string(pid) + "/stat";
    auto* const file = std::fopen(path.c_str(), "r");
    if (file == nullptr)
        return false;
    char state = 'X';
    bool const is_read = std::fscanf(file, "%*d (%*[^)]) %c", &state) == 1;
    std::fclose(file);
    return is_read && state != 'Z' && state != 'X';
}

/// True if what `grow_tree(kind)` leaves behind is in such a container.
inline bool reaches(Containment level, std::string const& kind)
{
    switch (level) {
    case Containment::none: return false;
    case Containment::group: return kind != "group" && kind != "session";
    case Containment::session: return kind != "session";
    default: return true;
    }
}

/// The process that a command has left behind, from its pid in decimal. Killed at
/// the end of the scope.
class Grandchild {
public:
    explicit Grandchild(std::string const& line) : pid_(std::stoi(line)) {}
    Grandchild(Grandchild const&) = delete;
    Grandchild& operator=(Grandchild const&) = delete;
    ~Grandchild() { ::kill(pid_, SIGKILL); }

    bool runs() const { return test::runs(pid_); }

    /// The watchdog of the case ends a wait that is too long.
    void wait_for_end() const
    {
        while (runs())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    int pid() const { return pid_; }

private:
    int pid_;
};

/// True if this process can make cgroups.
inline bool has_cgroups()
{
    try {
        Popen({"true"}, {.containment = Containment::cgroup}).wait();
        return true;
    } catch (SpawnError const&) {
        return false;
    }
}

/// The cgroups of this process that have not been removed, one in a line.
inline std::string cgroups_left()
{
    return read(cmd("find", "/sys/fs/cgroup", "-type", "d", "-name",
                    "runnel-" + std::to_string(::getpid()) + "-*")
                > err(devnull));
}

inline std::vector<Containment> containments()
{
    std::vector all{Containment::none, Containment::group,
                    Containment::session};
    if (has_cgroups())
        all.push_back(Containment::cgroup);
    return all;
}

} // namespace runnel::test
