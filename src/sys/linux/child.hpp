// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a child does before it executes its program.
//
// The parent prepares all of it, in plain data. The child may share memory
// with a parent that is suspended or that runs on in parallel, or may be a
// forked copy of a process with many threads. So the child allocates
// nothing, locks nothing, throws nothing and makes system calls only.
#pragma once

#include "sys/child_action.hpp"
#include "sys/linux/calls.hpp"

#include <runnel/error.hpp>

#include <cstddef>

namespace runnel::inline v0::posix {

/// One descriptor to put in place.
struct ChildMove {
    int source;
    int target;
    bool aside; ///< another move overwrites the source: copy it aside first
};

/// A range of descriptors to close, both ends included.
struct ChildGap {
    unsigned first;
    unsigned last;
};

/// What a child reports about its failure. Small enough for one pipe write.
struct ChildReport {
    SpawnStep step = SpawnStep::exec;
    int error = 0;      ///< 0: no failure
    int candidate = 0;  ///< exec: which path
    int action = -1;    ///< the action that failed, if it was one
    char detail[240]{}; ///< preexec: what was thrown
};

struct ChildPlan {
    Calls const* calls = nullptr;

    char const* const* candidates = nullptr; ///< paths to execute, null at end
    char const* const* args = nullptr;
    char const* const* environment = nullptr;
    bool inherits_environment = false; ///< `environment` is this process's

    sys::ChildAction const* actions = nullptr; ///< in the order of their kinds
    std::size_t action_count = 0;
    int parent = 0; ///< the process that makes the child, for `die_with_parent`
    SignalSet signal_mask = 0; ///< of the program
    long old_fd_limit = 0; ///< set by the child, if it has changed its limit

    ChildMove* moves = nullptr;
    std::size_t move_count = 0;
    int const* kept = nullptr; ///< lose their close-on-exec flag
    std::size_t kept_count = 0;

    bool close_others = false;
    /// True: the child starts with the parent's descriptor table. Its first act
    /// must be to close the hole, which holds no descriptor that is needed:
    /// that gives the child its own table without copying the hole.
    bool shares_table = false;
    ChildGap hole{};
    bool hole_closed = false; ///< set by the child
    ChildGap const* gaps = nullptr;
    std::size_t gap_count = 0;

    /// True: the kernel has reset the handlers (`CLONE_CLEAR_SIGHAND`).
    bool handlers_cleared = false;

    /// Returns false and fills the report if the function threw. Forked
    /// children only.
    bool (*preexec)(ChildPlan& plan) = nullptr;
    void (*preexec_function)(void*) = nullptr;
    void* preexec_context = nullptr;

    /// Forked children write the report here; -1 if memory is shared.
    int report_fd = -1;
    int report_read_end = -1; ///< the parent's end of the same pipe
    ChildReport report{};
};

/// Carries out a plan, given as a `ChildPlan*`. Returns only if something
/// failed, with the report filled and sent; the result is the exit code of the
/// child.
int run_child(void* plan) noexcept;

/// True if a descriptor of the plan will have the number `fd`.
bool will_be_overwritten(ChildPlan const& plan, int fd) noexcept;

/// Copies `fd`, by these calls, to the lowest free number above 2 that no
/// descriptor of the plan will have. Returns the number, or a negative error.
int copy_aside(ChildPlan const& plan, int fd, int (*fcntl)(int, int, long),
               int (*close)(int)) noexcept;

/// Fills in the entries of the table that children use.
void add_child_calls(Calls& calls) noexcept;

} // namespace runnel::inline v0::posix
