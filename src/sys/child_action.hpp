// What a child does about itself between its birth and its program, as data.
#pragma once

#include <runnel/error.hpp>

#include <cstddef>

namespace runnel::inline v0::sys {

/// One act of a child, prepared by the parent.
///
/// Plain data: the child may share memory with this process, so that it can
/// neither allocate nor format. What it points to must stay until the launch
/// has finished.
struct ChildAction {
    /// The kinds in the order in which a child does them: the one place that
    /// decides the order. What needs privileges stands in front of the ids,
    /// which may give them away; what the kernel forgets when ids change stands
    /// behind them. `preexec_fn` runs after all of them.
    enum class Kind : unsigned char {
        umask, ///< `number`: the mask
        directory, ///< `subject`: its path
        restore_signals, ///< SIGPIPE and SIGXFSZ
        ignore_signal, ///< `number`: the signal
        session,
        process_group, ///< `number`: the group, 0 for one of its own
        limit, ///< `data`: a `ResourceLimit`
        nice, ///< `number`: what is added
        cpus, ///< `data`: `count` words; N is bit N % width of word N / width
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

/// True for what a child that shares memory with this process must not do:
/// changed ids would clear the "dumpable" flag of both.
constexpr bool needs_fork(ChildAction::Kind kind) noexcept
{
    using Kind = ChildAction::Kind;
    return kind == Kind::extra_groups || kind == Kind::group
        || kind == Kind::user;
}

} // namespace runnel::inline v0::sys
