// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Lets a job go on while a caller reads one of its streams.
#pragma once

#include "io/stream_upkeep.hpp"

namespace runnel::inline v0 {

class JobState;

class JobUpkeep final : public detail::StreamUpkeep {
public:
    /// `job` must outlive this object.
    explicit JobUpkeep(JobState& job) noexcept : job_(job) {}

    bool wait(std::span<sys::PollItem> items, sys::Deadline until) override;
    void throw_if_ended_early() override;

private:
    JobState& job_;
};

} // namespace runnel::inline v0
