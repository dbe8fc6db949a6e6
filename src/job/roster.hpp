// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The commands of a program, for access from any thread.
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
/// A child that is added must stay allocated as long as the roster lives. A
/// signal reaches each child once, including a child that starts meanwhile.
class Roster {
public:
    explicit Roster(std::size_t stages) : entries_(stages) {}

    std::size_t size() const noexcept { return entries_.size(); }

    /// A child exists, but may not execute its program yet.
    void announce(std::size_t stage, int pid) noexcept
    {
        entries_[stage].pid = pid;
    }

    /// The child executes its program. Called by the thread that starts
    /// children.
    void add(std::size_t stage, detail::PopenState& child);

    /// The start of the child was given up: it gets no more signals.
    void remove(std::size_t stage) noexcept;

    /// Sends a signal to all running children. If one of them may not be
    /// signalled, the others still get the signal, and `std::system_error` is
    /// thrown. `lasts`: children that start later get it, too.
    void send(int signal, bool lasts);

    /// The same from a signal handler, for children that run or are being
    /// started.
    void forward(int signal) const noexcept;

    /// Called before a group of children is started: signals that are forwarded
    /// from then on reach them.
    void expect() noexcept { expected_from_ = forwarded_.load(); }

    /// What is known of a stage, without a wait. Null until it executes its program.
    detail::PopenState const* child(std::size_t stage) const noexcept
    {
        return entries_[stage].child;
    }
    int pid(std::size_t stage) const noexcept { return entries_[stage].pid; }

    std::vector<int> pids() const;
    std::vector<std::optional<ExitStatus>> statuses() const;

private:
    struct Entry {
        std::atomic<int> pid{-1};
        std::atomic<detail::PopenState*> child{nullptr};
        /// The number of the last forwarded signal that the child got.
        mutable std::atomic<unsigned> told{0};
    };

    static void tell(Entry const& entry, unsigned number, int signal) noexcept;

    mutable std::mutex mutex_;
    int last_signal_ = 0; ///< for children that start later
    mutable std::atomic<unsigned> forwarded_{0}; ///< how many signals were
    mutable std::atomic<int> forwarded_signal_{0};
    unsigned expected_from_ = 0;
    std::vector<Entry> entries_;
};

} // namespace runnel::inline v0
