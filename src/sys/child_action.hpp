// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a child changes about itself before it executes its program, as data.
#pragma once

#include <runnel/error.hpp>

#include <cstddef>

namespace runnel::inline v0::sys {

/// One action of a child, prepared by the parent.
///
/// Plain data: the child may share memory with this process, so it can neither
/// allocate nor format. What an action points to must live until the launch has
/// finished.
struct ChildAction {
    /// The kinds, in the order in which a child performs them; no other place
    /// decides the order. Actions that need privileges come before the changes
    /// of ids, which may drop privileges. Settings that the kernel resets when
    /// ids change come after those. `preexec_fn` runs after all actions.
    enum class Kind : unsigned char {
        cgroup, ///< `subject`: its membership file
        umask, ///< `number`: the mask
        directory, ///< `subject`: its path
        restore_signals, ///< SIGPIPE and SIGXFSZ
        ignore_signal, ///< `number`: the signal
        session,
        terminal, ///< `number`: the descriptor of the controlling terminal
        process_group, ///< `number`: the group, 0 for one of its own
        foreground, ///< of the controlling terminal, for the child's group
        limit, ///< `data`: a `ResourceLimit`
        nice, ///< `number`: what is added
        cpus, ///< `data`: `count` words; CPU N: bit N % width of word N / width
        idle,
        extra_groups, ///< `data`: `count` ids as `unsigned`
        group, ///< `number`: the id
        user, ///< `number`: the id
        no_new_privileges,
        die_with_parent, ///< `number`: the signal
        signal_mask, ///< `number`: signal N is bit N - 1
    };

    Kind kind;
    SpawnStep step; ///< in errors
    char const* subject = ""; ///< in errors: what the step failed on
    long long number = 0;
    void const* data = nullptr;
    std::size_t count = 0;
};

/// True for actions that a child must not perform while it shares memory with
/// this process: changed ids would clear the "dumpable" flag of both.
constexpr bool needs_fork(ChildAction::Kind kind) noexcept
{
    using Kind = ChildAction::Kind;
    return kind == Kind::extra_groups || kind == Kind::group
        || kind == Kind::user;
}

} // namespace runnel::inline v0::sys
