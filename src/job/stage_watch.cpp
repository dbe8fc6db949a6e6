// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/stage_watch.hpp"

namespace runnel::inline v0 {

void StageWatch::add_awaited(std::vector<Awaited>& all, bool every)
{
    watched_.clear();
    blind_ = !left_behind_.empty();
    first_ = all.size();
    for (auto const index : stages_.running()) {
        auto& child = stages_.process(index);
        bool const is_held = stages_.is_held(index);
        int const fd = is_held ? -1
                     : every   ? child.pollable()
                               : child.watchable();
        if (!watch(all, index, fd) && (every || is_held))
            blind_ = true;
    }
    if (every || blind_ || !watched_.empty() || stages_.running().empty())
        return;
    auto const first = stages_.running().front();
    blind_ = !watch(all, first, stages_.process(first).pollable());
}

bool StageWatch::watch(std::vector<Awaited>& all, std::size_t index, int fd)
{
    if (fd < 0)
        return false;
    all.push_back({fd});
    watched_.push_back(index);
    return true;
}

} // namespace runnel::inline v0
