// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A program that waits for its turn in a pool.
#pragma once

#include <runnel/executor.hpp>
#include <runnel/job_set.hpp>
#include <runnel/program.hpp>

#include <cstddef>
#include <exception>
#include <map>
#include <utility>

namespace runnel::inline v0 {

/// The results of a pool, by the order in which they are given.
using FinishedJobs = std::map<std::size_t, Finished>;

/// A program, and the place of its result. That is made with it, so that giving the
/// result later needs no memory.
struct PoolJob {
    PoolJob() = default;
    PoolJob(Program program_to_run, Executor& runs_it, Executor* for_verbs)
        : program(std::move(program_to_run)), executor(&runs_it),
          scope(for_verbs)
    {
        FinishedJobs made;
        made.try_emplace(0).first->second.runs = 0;
        result = made.extract(made.begin());
    }

    Finished& finished() const noexcept { return result.mapped(); }

    Program program{};
    Executor* executor = nullptr;
    Executor* scope = nullptr; ///< for verbs that C++ code in the program calls
    FinishedJobs::node_type result{};
};

/// Notes why a job has no ordinary result.
void note_error(Finished& finished, std::exception_ptr error) noexcept;

} // namespace runnel::inline v0
