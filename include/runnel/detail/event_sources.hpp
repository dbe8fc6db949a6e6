// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What an adapter of an event loop watches: a job, a run of its own, or a range of
// lines. All have the same functions:
//
//     std::optional<Result> poll();   // does what can be done without waiting
//     int fd();                       // readable when poll() has something to do
//     LoopTime next_deadline() const; // call poll() then in any case
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/detail/executor_of_thread.hpp>

#include <runnel/error.hpp>
#include <runnel/expression.hpp>
#include <runnel/job.hpp>
#include <runnel/line.hpp>
#include <runnel/lines.hpp>
#include <runnel/result.hpp>
#include <runnel/run.hpp>
#include <runnel/wait_set.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace runnel::inline v0 {

/// When an event loop must act even if no descriptor is ready; nothing for never.
using LoopTime = std::optional<std::chrono::steady_clock::time_point>;

namespace detail {

/// A job of the caller. It may have a thread of its own or none.
class JobEvents {
public:
    using Result = CompletedProcess;

    explicit JobEvents(Job& job) : job_(&job) {}

    std::optional<Result> poll()
    {
        bool const has_ended = ends_ ? ends_->poll().has_value() : job_->step();
        return has_ended ? std::optional(job_->wait()) : std::nullopt;
    }

    // Only a job without a thread has a descriptor. For others, the library has
    // one that tells of the end.
    int fd()
    {
        if (ends_)
            return ends_->fd();
        try {
            return job_->fd();
        } catch (std::logic_error const&) {
            ends_.emplace().add(*job_);
        }
        return ends_->fd();
    }

    LoopTime next_deadline() const
    {
        return ends_ ? ends_->next_deadline() : job_->next_deadline();
    }

private:
    Job* job_;
    std::optional<WaitSet> ends_;
};

/// A job of its own, which the first `poll` starts, in whichever thread that is: the
/// executor is that of the thread that asks for the job.
class RunEvents {
public:
    using Result = CompletedProcess;

    RunEvents(Expression const& expression, RunOptions const& options)
        : expression_(expression), options_(options)
    {
        if (options.input)
            input_.emplace(options.input.as("the input"));
        options_.input = {};
        options_.pump = Pump::caller;
        keep_executor(options_);
    }

    std::optional<Result> poll()
    {
        if (!job_) {
            options_.input = input_; // here, because the string may have moved
            job_.emplace(start(expression_, options_));
        }
        return job_->step() ? std::optional(job_->wait()) : std::nullopt;
    }

    int fd() { return job_->fd(); }
    LoopTime next_deadline() const { return job_->next_deadline(); }

    /// For a job that has been started: begins to end it.
    void request_stop() { job_->request_stop(); }

    /// The same, by SIGKILL at once.
    void kill()
    {
        job_->request_stop();
        if (!job_->step()) // begins the teardown, which SIGKILL then shortens
            job_->kill();
    }

private:
    Pipeline expression_;
    RunOptions options_;
    std::optional<std::string> input_;
    std::optional<Job> job_;
};

/// The next line of a range, or nothing at its end.
class LineEvents {
public:
    using Result = std::optional<Line>;

    explicit LineEvents(LineRange range) : range_(std::move(range)) {}

    std::optional<Result> poll()
    {
        auto const line = range_.try_next();
        if (!line && !range_.ended())
            return std::nullopt;
        return std::optional<Result>(std::in_place, line);
    }

    int fd() { return range_.fd(); }
    LoopTime next_deadline() const { return range_.next_deadline(); }

private:
    LineRange range_;
};

} // namespace detail

} // namespace runnel::inline v0
