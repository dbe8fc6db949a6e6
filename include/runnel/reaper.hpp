// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// For a program that is process 1 of a container: reaps processes that others have
// left to it.
//
//     int main()
//     {
//         OrphanReaper const reaper;
//         ...                           // run(...), start(...) as ever
//     }
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/timeout.hpp>

#include <chrono>
#include <cstddef>
#include <memory>

namespace runnel::inline v0 {

namespace detail {
class ReaperState;
} // namespace detail

/// While this object lives, orphans that end become no zombies: processes of which
/// the parent has ended, and which the system has given to this process as its
/// children. The children of `run`, `start` and `Popen` are left alone, so that
/// their statuses reach the caller.
///
/// Process 1 of a container gets orphans in any case. Any other process gets those
/// of its descendants as long as this object lives ("child subreaper").
///
/// The system does not tell an orphan from a child that other code of this process
/// has made: `system`, `popen`, `fork`. The statuses of such children are safe only
/// while a `Pause` lives, from before the child is made until it has been waited
/// for. A program that cannot say when its libraries make processes should not be
/// process 1: let an init program be it (`docker run --init`, `tini`).
///
/// Needs /proc. Make it in one thread, at most one at a time: a second one is
/// `std::logic_error`.
///
/// Origin: prctl(2), `PR_SET_CHILD_SUBREAPER`; the loop of tini and dumb-init.
class RUNNEL_EXPORT OrphanReaper {
public:
    /// A thread looks for orphans that have ended, once in each `every`. For ever:
    /// there is no thread, and only `reap` looks. Throws `std::system_error` if the
    /// system refuses, `std::invalid_argument` for 0 and for a point in time.
    explicit OrphanReaper(Timeout every = std::chrono::seconds(1));

    OrphanReaper(OrphanReaper const&) = delete;
    OrphanReaper& operator=(OrphanReaper const&) = delete;

    /// Reaps what has ended by now. Orphans that still run stay children of this
    /// process; new ones go where they went before.
    ~OrphanReaper();

    /// Reaps the orphans that have ended by now, and returns how many. Does not
    /// wait for processes; while children are being made, it may leave some for the
    /// next call. Any thread may call it, such as one that has caught SIGCHLD.
    std::size_t reap();

    /// How many were reaped until now.
    std::size_t reaped() const noexcept;

    /// While such an object lives, in any thread, no orphan is reaped, by no
    /// `OrphanReaper`: for code that makes children in another way. It costs next
    /// to nothing where there is no reaper.
    ///
    ///     OrphanReaper::Pause const pause;
    ///     std::system("legacy");
    class RUNNEL_EXPORT Pause {
    public:
        Pause() noexcept;
        Pause(Pause const&) = delete;
        Pause& operator=(Pause const&) = delete;
        ~Pause();

    private:
        int const phase_;
    };

private:
    std::unique_ptr<detail::ReaperState> state_;
};

} // namespace runnel::inline v0
