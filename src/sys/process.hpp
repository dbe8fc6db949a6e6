// A child from its start to the collection of its status.
#pragma once

#include "sys/clock.hpp"
#include "sys/fd.hpp"

#include <runnel/exit_status.hpp>
#include <runnel/result.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace runnel::inline v0::sys {

struct Exit {
    ExitStatus status;
    ResourceUsage usage;
    Clock::time_point seen_at;
};

/// A child from its start to the collection of its status.
///
/// Any number of threads may use it at once. The status is collected once,
/// under a lock, and signals by pid are sent under the same lock: an
/// uncollected child keeps its pid, so a signal cannot reach a stranger.
class Process {
public:
    /// Room for a child, made before there is one: with a child at hand, no
    /// allocation may fail any more.
    Process() noexcept = default;

    void adopt(int pid, Fd pidfd) noexcept
    {
        pid_ = pid;
        live_pid_.store(pid);
        pidfd_ = std::move(pidfd);
    }

    int pid() const noexcept { return pid_; }

    /// What is known already; asks nobody.
    std::optional<Exit> seen() const;

    /// Waits for the end, at most until `deadline`; nothing if that passed.
    std::optional<Exit> wait(Deadline deadline);

    /// False if the child has ended; nothing was sent then.
    Result<bool> signal(int number);

    /// Sends a signal unless the end was seen. Async-signal-safe.
    void forward(int number) noexcept;

    /// A descriptor that polls as readable when the child has ended, or -1 if
    /// there is none to be had now.
    int pollable();

    /// The same, but makes none if it was given back.
    int watchable() const;

    /// Collects a child that `pollable` said has ended.
    std::optional<Exit> collect_ended() { return reap_now(true); }

    /// Gives that descriptor back when descriptors are short; it is made
    /// again when needed. Not while another thread may wait.
    void shed() noexcept { pidfd_.reset(); }

    Process* next = nullptr; ///< for lists; not used here

private:
    std::optional<Exit> collect(Deadline deadline);
    std::optional<Exit> reap_now(bool has_ended);
    bool has_ended() const;
    void end_forwarding() noexcept;
    int signal_by_pid(int number);

    int pid_ = -1;
    Fd pidfd_;
    mutable std::mutex mutex_;
    std::optional<Exit> exit_;
    /// For `forward`, which may not lock: the pid while it is surely the
    /// child's, and how many are about to use it.
    std::atomic<int> live_pid_{0};
    std::atomic<int> forwarding_{0};
};

/// Lets a child go. It is kept until `reap_abandoned` finds that it ended.
void abandon(std::unique_ptr<Process> child) noexcept;

/// Collects the abandoned children that have ended. Costs one load if there
/// are none.
void reap_abandoned() noexcept;

/// Kills a child and reaps it; one that may not be killed is abandoned.
void end(std::unique_ptr<Process> child) noexcept;

} // namespace runnel::inline v0::sys
