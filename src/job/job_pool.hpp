// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a `JobSet` is made of.
#pragma once

#include "job/job_queue.hpp"
#include "job/pool_loop.hpp"

#include <runnel/job_set.hpp>

#include <string>

namespace runnel::inline v0 {

/// Stays where it was made.
class JobPool {
public:
    /// Throws what the options are refused for.
    explicit JobPool(ParallelOptions const& given);
    JobPool(JobPool const&) = delete;
    JobPool& operator=(JobPool const&) = delete;
    ~JobPool() { queue.close(); }

private:
    std::string const input_; ///< a copy of that in the options

public:
    ParallelOptions const options; ///< without defaults
    JobQueue queue;

private:
    PoolLoop loop_; ///< ends before the rest
};

} // namespace runnel::inline v0
