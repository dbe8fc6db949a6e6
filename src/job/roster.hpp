// The commands of a program as any thread may see them.
#pragma once

#include "child/popen_state.hpp"

#include <runnel/exit_status.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

namespace runnel::inline v0 {

/// The started children by stage, for threads that send signals or ask for pids
/// and statuses while another thread starts and reaps children.
///
/// A child that is put in stays where it is as long as the roster lives. A
/// signal reaches each child once, also one that comes up while it is sent.
class Roster {
public:
    explicit Roster(std::size_t stages) : entries_(stages) {}

    std::size_t size() const noexcept { return entries_.size(); }

    /// A child exists, and may not execute yet.
    void announce(std::size_t stage, int pid) noexcept
    {
        entries_[stage].pid = pid;
    }

    /// It executes. Called by the thread that starts children.
    void add(std::size_t stage, detail::PopenState& child);

    /// It has been given up; it is not told of any more.
    void remove(std::size_t stage) noexcept;

    /// To all that run; one that may not be signalled does not keep the others
    /// from it. Throws `std::system_error` then. `lasts`: also those that are
    /// started later get it.
    void send(int signal, bool lasts);

    /// The same from a signal handler, to those that run or are just being
    /// started.
    void forward(int signal) const noexcept;

    /// Called before a group of children is started: what is forwarded from
    /// then on reaches them.
    void expect() noexcept { expected_from_ = forwarded_.load(); }

    std::vector<int> pids() const;
    std::vector<std::optional<ExitStatus>> statuses() const;

private:
    struct Entry {
        std::atomic<int> pid{-1};
        std::atomic<detail::PopenState*> child{nullptr};
        /// The last of the forwarded signals that it got.
        mutable std::atomic<unsigned> told{0};
    };

    static void tell(Entry const& entry, unsigned number, int signal) noexcept;

    mutable std::mutex mutex_;
    int last_signal_ = 0; ///< for children that come up later
    mutable std::atomic<unsigned> forwarded_{0}; ///< how many were
    mutable std::atomic<int> forwarded_signal_{0};
    unsigned expected_from_ = 0;
    std::vector<Entry> entries_;
};

} // namespace runnel::inline v0
