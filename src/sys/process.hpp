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
/// uncollected child keeps its pid, so a signal cannot reach another process.
/// After the child is collected, the object holds no descriptor once the last
/// `Watch` is gone.
class Process {
public:
    /// Made before the child: once a child exists, no allocation may fail.
    Process() noexcept = default;

    void adopt(int pid, Fd pidfd) noexcept;

    int pid() const noexcept { return pid_; }

    /// The exit if it is known already; makes no system call.
    std::optional<Exit> seen() const;

    /// Waits for the end, at most until `deadline`; `nullopt` if that passed.
    std::optional<Exit> wait(Deadline deadline);

    /// Sends a signal. If the child was collected, returns false and sends
    /// nothing.
    Result<bool> signal(int number);

    /// Sends a signal unless the child was collected. Async-signal-safe.
    void forward(int number) noexcept;

    /// A descriptor that polls as readable when the child has ended, or -1 if
    /// none can be opened now. Only for the thread that also collects the
    /// child: if another thread collects it, the descriptor is closed; see
    /// `Watch`.
    int pollable();

    /// The same, but opens no new descriptor after `shed`.
    int watchable() const;

    /// While a `Watch` lives, the descriptor stays open, even if another thread
    /// collects the child.
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

    /// Collects a child whose descriptor says that it has ended. `nullopt` if a
    /// tracer still holds the child; no descriptor tells when the tracer lets
    /// go.
    std::optional<Exit> collect_ended() { return reap_now(true); }

    /// Closes the descriptor, for when descriptors are short; it is opened
    /// again when needed.
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
    int watchers_ = 0; ///< how many need the descriptor to stay open
    bool is_shed_ = false; ///< close the descriptor after the last `Watch`
    /// For `forward`, which may not lock: the descriptor; the pid until the
    /// child is collected here; and how many calls are about to use them.
    std::atomic<int> live_pidfd_{-1};
    std::atomic<int> live_pid_{0};
    std::atomic<int> forwarding_{0};
    /// The inode number of the pidfd, kept when the pidfd is closed: from Linux
    /// 6.9 on no two processes have the same. 0: not known.
    std::atomic<long> file_number_{0};
};

/// Gives up a child without waiting. The object is kept until `reap_abandoned`
/// finds that the child has ended.
void abandon(std::unique_ptr<Process> child) noexcept;

/// Collects the abandoned children that have ended. Costs one load if there
/// are none.
void reap_abandoned() noexcept;

/// Kills a child and reaps it. A child that this process may not kill is
/// abandoned.
void end(std::unique_ptr<Process> child) noexcept;

} // namespace runnel::inline v0::sys
