// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What runs: a child from its start to the collection of its status.
#pragma once

#include "sys/clock.hpp"
#include "sys/container.hpp"
#include "sys/fd.hpp"
#include "sys/orphans.hpp"

#include <runnel/exit_status.hpp>
#include <runnel/result.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace runnel::inline v0::sys {

struct Exit {
    ExitStatus status;
    ResourceUsage usage;
    Clock::time_point seen_at;
};

/// What a command is while it runs: a child process, or what stands in for one.
///
/// Any number of threads may use it at once.
class Process {
public:
    Process() noexcept = default;
    Process(Process const&) = delete;
    Process& operator=(Process const&) = delete;
    virtual ~Process();

    int pid() const noexcept { return pid_; }

    /// The exit if it is known already; makes no system call.
    virtual std::optional<Exit> seen() const = 0;

    /// Waits for the end, at most until `deadline`; `nullopt` if that passed.
    virtual std::optional<Exit> wait(Deadline deadline) = 0;

    /// The same without limit and with one call to the kernel, for a process that no
    /// other thread uses meanwhile, except for `forward`. May do nothing; `wait`
    /// must follow.
    virtual void wait_as_only_user() {}

    /// Collects a process whose descriptor says that it has ended. `nullopt` if a
    /// tracer still holds the process; no descriptor tells when the tracer lets
    /// go.
    virtual std::optional<Exit> collect_ended() = 0;

    /// Sends a signal. If the process was collected, returns false and sends
    /// nothing.
    virtual Result<bool> signal(int number) = 0;

    /// Sends a signal unless the process was collected. Async-signal-safe.
    virtual void forward(int number) noexcept = 0;

    /// A descriptor that polls as readable when the process has ended, or -1 if
    /// none can be opened now. Only for the thread that also collects the
    /// process: if another thread collects it, the descriptor is closed; see
    /// `Watch`.
    virtual int pollable() = 0;

    /// The same, but opens no new descriptor after `shed`.
    virtual int watchable() const = 0;

    /// While a `Watch` lives, the descriptor stays open, even if another thread
    /// collects the process.
    class Watch {
    public:
        explicit Watch(Process& process)
            : process_(process), fd_(process.begin_watch())
        {
        }
        Watch(Watch const&) = delete;
        Watch& operator=(Watch const&) = delete;
        ~Watch() { process_.end_watch(); }

        int fd() const noexcept { return fd_; }

    private:
        Process& process_;
        int fd_;
    };

    /// Closes the descriptor, for when descriptors are short; it is opened
    /// again when needed.
    virtual void shed() noexcept {}

    // --- what runs in the container of the process; by default it has none -----

    /// Also after `release`.
    Containment containment() const noexcept { return containment_; }

    /// Waits until no other process of the container runs. False if `deadline`
    /// passes first; `Deadline::min()` only looks.
    virtual bool wait_for_others(Deadline) const { return true; }

    /// Adds the descendants that have left the group or session, so that a signal
    /// does not reach them. To be called before a signal that ends it: then the
    /// parents still live, which lead to them. If memory is short, it may miss some.
    virtual void find_escaped(std::vector<Escaped>&) const noexcept {}

    /// Leaves what is in the container alone, for ever. The process must have
    /// ended, else nothing is done.
    virtual void release() noexcept {}

    Process* next = nullptr; ///< for lists; not used here

    // For interrupts.hpp.
    std::atomic<Process*> next_listed{nullptr};
    bool is_listed = false;

protected:
    virtual int begin_watch() { return pollable(); }
    virtual void end_watch() noexcept {}

    /// To be called first by the destructor of a derived class: a signal handler
    /// may be looking at this object until then.
    void leave_list() noexcept;

    int pid_ = -1;
    Containment containment_ = Containment::none;
};

/// A child from its start to the collection of its status.
///
/// The status is collected once, under a lock, and signals by pid are sent under
/// the same lock: an uncollected child keeps its pid, so a signal cannot reach
/// another process. After the child is collected, the object holds no descriptor
/// once the last `Watch` is gone.
///
/// With a container, signals reach every process in it, also after the child
/// has ended. The status of the child is then only read; the child is collected
/// by `release` or the destructor, because until then its pid names the container.
class ChildProcess final : public Process {
public:
    /// Made before the child: once a child exists, no allocation may fail.
    ChildProcess() noexcept = default;
    ~ChildProcess() override;

    /// During the `Birth` of the child.
    void adopt(int pid, Fd pidfd) noexcept;

    /// The child leads `container`, if that is not null. `counts_bytes`: the exit
    /// tells how many bytes the child has moved. Called before other threads know
    /// the child.
    void contain(std::unique_ptr<Container> container,
                 bool counts_bytes) noexcept
    {
        counts_bytes_ = counts_bytes;
        container_ = std::move(container);
        containment_ = container_ ? container_->level() : Containment::none;
    }

    std::optional<Exit> seen() const override;
    std::optional<Exit> wait(Deadline deadline) override;
    void wait_as_only_user() override;
    std::optional<Exit> collect_ended() override { return reap_now(true); }
    Result<bool> signal(int number) override;
    void forward(int number) noexcept override;
    int pollable() override;
    int watchable() const override;
    void shed() noexcept override;

    bool wait_for_others(Deadline deadline) const override;
    void find_escaped(std::vector<Escaped>& found) const noexcept override;
    void release() noexcept override;

private:
    int begin_watch() override;
    void end_watch() noexcept override;
    std::optional<Exit> collect(Deadline deadline, int pidfd);
    std::optional<Exit> reap_now(bool has_ended);
    bool has_ended() const;
    void open_pidfd();
    void drop_pidfd() noexcept;
    bool is_ours(int pidfd) const noexcept;
    Result<bool> signal_container(int number) noexcept;
    void end_forwarding() noexcept;
    void forget_pid() noexcept;
    int signal_by_pid(int number) const noexcept;

    OwnChild own_; ///< until it is collected
    mutable std::mutex mutex_;
    std::optional<Exit> exit_;
    Fd pidfd_;
    std::unique_ptr<Container> container_;
    bool is_kept_ = false; ///< it has ended, but is not collected
    bool counts_bytes_ = false;
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
