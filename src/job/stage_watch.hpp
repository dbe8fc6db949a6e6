// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Which commands of a run are watched while it waits.
#pragma once

#include "job/left_behind.hpp"
#include "job/stages.hpp"

#include <runnel/awaited.hpp>

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

namespace runnel::inline v0 {

/// How often to look for what nothing tells of.
inline constexpr auto blind_interval = std::chrono::milliseconds(20);

class StageWatch {
public:
    /// Both must outlive this object.
    StageWatch(Stages& stages, LeftBehind const& left_behind)
        : stages_(stages), left_behind_(left_behind)
    {
    }

    /// Appends the descriptors to wait for. `every`: the end of each command may
    /// matter at once. A pipeline waits for all of its commands in any case, so it
    /// is enough to watch some, with the descriptors that are open already.
    void add_awaited(std::vector<Awaited>& all, bool every);

    /// Watches nothing.
    void clear() noexcept { watched_.clear(); }

    /// True if something runs that nothing tells of.
    bool is_blind() const noexcept { return blind_; }

    /// Calls `f` with each command that may have ended, and whether it is known to
    /// have. `all`: as `add_awaited` left it, with what is ready; empty if that is
    /// not known. `f` may end commands and start others.
    void for_each_ended(std::span<Awaited const> all, auto f)
    {
        if (all.empty() || blind_) {
            stages_.for_each_running(
                [&](std::size_t index) { f(index, false); });
            return;
        }
        for (std::size_t i = 0; i < watched_.size(); ++i)
            if (all[first_ + i].ready)
                f(watched_[i], true);
    }

private:
    bool watch(std::vector<Awaited>& all, std::size_t index, int fd);

    Stages& stages_;
    LeftBehind const& left_behind_;
    std::size_t first_ = 0; ///< where the descriptors begin
    std::vector<std::size_t> watched_; ///< the commands that they are of
    bool blind_ = false;
};

} // namespace runnel::inline v0
