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
/// uncollected child keeps its pid, so a signal cannot reach a stranger. What
/// has ended holds no descriptor, once nobody looks at it any more.
class Process {
public:
    /// Room for a child, made before there is one: with a child at hand, no
    /// allocation may fail any more.
    Process() noexcept = default;

    void adopt(int pid, Fd pidfd) noexcept;

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
    /// there is none to be had now. For the thread that also collects it: another
    /// one may close it, see `Watch`.
    int pollable();

    /// The same, but makes none if it was given back.
    int watchable() const;

    /// Keeps that descriptor open while it lives, whoever collects the child.
    class Watch {
    public:
        explicit Watch(Process& process);
        Watch(Watch const&) = delete;
        Watch& operator=(Watch const&) = delete;
        ~Watch();

        int fd() const noexcept { return fd_; }

    private:
        Process& process_;
        int fd_;
    };

    /// Collects a child that `pollable` said has ended. Nothing: a tracer
    /// holds it still; no descriptor tells when that lets go.
    std::optional<Exit> collect_ended() { return reap_now(true); }

    /// Gives the descriptor back when descriptors are short; it is made again
    /// when needed.
    void shed() noexcept;

    Process* next = nullptr; ///< for lists; not used here

private:
    std::optional<Exit> collect(Deadline deadline, int pidfd);
    std::optional<Exit> reap_now(bool has_ended);
    bool has_ended() const;
    Exit collected_by_others() const;
    void open_pidfd();
    void drop_pidfd() noexcept;
    bool is_ours(int pidfd) const noexcept;
    void end_forwarding() noexcept;
    int signal_by_pid(int number) const noexcept;

    int pid_ = -1;
    mutable std::mutex mutex_;
    std::optional<Exit> exit_;
    Fd pidfd_;
    int watchers_ = 0; ///< who need the descriptor to stay open
    bool is_shed_ = false; ///< it is to be closed when nobody needs it
    /// For `forward`, which may not lock: the descriptor, and the pid until the
    /// child is collected here; and how many calls are about to use them.
    std::atomic<int> live_pidfd_{-1};
    std::atomic<int> live_pid_{0};
    std::atomic<int> forwarding_{0};
    /// The number of the pidfd as a file, kept when the pidfd is given back: from
    /// Linux 6.9 on no two processes have the same. 0: not known.
    std::atomic<long> file_number_{0};
};

/// Lets a child go. It is kept until `reap_abandoned` finds that it ended.
void abandon(std::unique_ptr<Process> child) noexcept;

/// Collects the abandoned children that have ended. Costs one load if there
/// are none.
void reap_abandoned() noexcept;

/// Kills a child and reaps it; one that may not be killed is abandoned.
void end(std::unique_ptr<Process> child) noexcept;

} // namespace runnel::inline v0::sys
