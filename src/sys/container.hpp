// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a child and its descendants run in, so that all of them can be found and
// signalled.
#pragma once

#include "sys/result.hpp"

#include <runnel/containment.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace runnel::inline v0::sys {

/// A process that has left the group or the session of a child.
struct Escaped {
    int pid = 0;
    unsigned long long made_at = 0; ///< with the pid, it names one process

    bool operator==(Escaped const&) const = default;
};

/// The pids of those that still run.
std::vector<int> running(std::span<Escaped const> escaped);

/// A process group, a session or a cgroup of a child. The child itself, the leader,
/// must not be collected while this object is used: then its pid names no other
/// process, group or session.
class Container {
public:
    /// `level`: group or session, which the child makes itself.
    explicit Container(Containment level) noexcept : level_(level) {}

    /// Makes a cgroup below that of this process.
    static Result<std::unique_ptr<Container>> make_cgroup();

    Container(Container const&) = delete;
    Container& operator=(Container const&) = delete;
    /// Removes the cgroup. Processes that still run in it move to that of this
    /// process.
    ~Container();

    Containment level() const noexcept { return level_; }

    /// The file that the child writes itself to; empty for a group or session.
    std::string const& membership() const noexcept { return membership_; }

    /// Sends a signal to every process in the container; a negative result is an
    /// error number, `-ESRCH` if there is none.
    int signal(int leader, int number) const noexcept;

    /// The same from a signal handler. Of a session, only the leader's group gets
    /// the signal.
    int forward(int leader, int number) const noexcept;

    /// True if a process in the container runs. A process that has ended and was
    /// not collected, such as the leader, does not count.
    bool is_populated(int leader) const noexcept;

    /// Adds the processes that run outside of the group or session, but descend
    /// from a process in it, to `found`. If the parent of a process has ended, the
    /// system does not tell from which process it descends: it is not found.
    void find_escaped(int leader, std::vector<Escaped>& found) const;

private:
    void move_out() const noexcept;

    Containment level_;
    // Of a cgroup. Made before the child: an ending must need no memory.
    std::string directory_; ///< with a slash at its end
    std::string membership_;
    std::string outer_; ///< the membership file of the cgroup around it
    std::string kill_; ///< a file that kills all members
    std::string events_; ///< a file that says whether there are any
};

} // namespace runnel::inline v0::sys
