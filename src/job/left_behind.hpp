// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Processes that commands have left behind in their containers, and that are ended
// with the run.
#pragma once

#include "job/stages.hpp"
#include "sys/clock.hpp"

#include <runnel/teardown.hpp>

#include <cstddef>
#include <vector>

namespace runnel::inline v0 {

/// The commands themselves have ended.
class LeftBehind {
public:
    /// `stages` must outlive this object. `is_possible`: false if no command has a
    /// container.
    LeftBehind(Stages& stages, bool is_possible);

    /// True if nothing that was left behind is being ended.
    bool empty() const noexcept { return ending_.empty(); }

    /// When the next signal is due.
    sys::Deadline deadline() const noexcept;

    /// A command has ended: if it was being ended, this goes on for what it has
    /// left behind.
    void command_ended(std::size_t index) noexcept;

    /// Begins to end what a command has left behind.
    void end(std::size_t index, Teardown const& how) noexcept;

    /// The same for all commands that have ended.
    void end_all(Teardown const& how) noexcept;

    /// Sends the signals that are due.
    void go_on(sys::Clock::time_point now) noexcept;

    /// Leaves alone what still runs.
    void release() noexcept;

private:
    bool has_left_some(std::size_t index) const noexcept;
    void add(std::size_t index) noexcept;

    Stages& stages_;
    std::size_t const count_; ///< of commands to look at
    std::vector<std::size_t> ending_; ///< the commands; has room for all
};

} // namespace runnel::inline v0
