// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How far the ending of a child reaches: to the child alone, or to the processes
// that the child has started as well.
//
//     run(cmd("make", "-j8"), {.timeout = 10min, .containment = Containment::best});
#pragma once

#include <runnel/detail/config.hpp>

#include <string_view>

namespace runnel::inline v0 {

/// The processes that are ended together with a child, and that get the signals
/// which are sent to the child. The reason of the ending does not matter: a time
/// limit, a stop request, an exception, a destructor.
///
/// With every kind but `none`, an ending is over when all processes in the
/// container have ended, even if the child itself ended first: the others get the
/// same signals and the same grace. A child that ends by itself leaves its children
/// alone, as in a shell. So that they can be ended later, the child stays unreaped
/// until the run is over or the `Popen` is destroyed. Code of the caller that
/// collects foreign children (`waitpid(-1)`) takes the child away: then signals do
/// not reach a group or a session any more.
///
/// A process that has left a group or a session is not ended. The result tells its
/// pid in `StageResult::escaped`, if one of its ancestors in the container still ran
/// when the ending began. A daemon, whose parents have ended, is not found: the
/// system does not keep its origin.
enum class Containment : unsigned char {
    /// The child alone.
    none,

    /// The child leads a process group of its own. Reaches all processes that
    /// stay in this group: not those that start a group or a session, as an
    /// interactive shell does for its jobs. A terminal's Ctrl-C does not reach the
    /// child any more, and the child is stopped when it reads from the terminal.
    /// A child on a pseudo-terminal of its own (`Pty`) leads a session, so this is
    /// `session` for it.
    group,

    /// The child leads a session of its own, without a controlling terminal unless
    /// it has a pseudo-terminal (`Pty`).
    /// Reaches all processes that stay in this session, in any group.
    /// `Job::forward` reaches only the group of the child.
    session,

    /// The child runs in a control group (cgroup v2) of its own. Reaches all
    /// descendants; they cannot leave. SIGKILL ends them at once and together, even
    /// a fork bomb (`cgroup.kill`, from Linux 5.14 on). The process group stays the
    /// same: Ctrl-C still reaches the child. Needs a part of the cgroup tree that
    /// this process may write to, else `SpawnError`. The library removes the cgroup
    /// afterwards; if this process ends first (`Popen::detach`), an empty directory
    /// stays.
    cgroup,

    /// `cgroup` where one can be made, else `session`.
    best,
};

/// The name of the enumerator, such as `group`.
RUNNEL_EXPORT std::string_view to_string(Containment containment) noexcept;

} // namespace runnel::inline v0
