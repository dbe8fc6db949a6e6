// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/job_set.hpp>

#include "base/executor_scope.hpp"
#include "job/job_pool.hpp"
#include "sys/clock.hpp"
#include "verbs/launch.hpp"

#include <runnel/operators.hpp>

#include <stdexcept>
#include <utility>

namespace runnel::inline v0 {

void Finished::check() const
{
    if (error)
        std::rethrow_exception(error);
    result.check_returncode();
}

JobSet::JobSet(ParallelOptions const& options)
    : pool_(std::make_unique<JobPool>(options))
{
}

JobSet::JobSet(JobSet&&) noexcept = default;
JobSet& JobSet::operator=(JobSet&&) noexcept = default;
JobSet::~JobSet() = default;

JobPool& JobSet::pool() const
{
    if (!pool_)
        throw std::logic_error("this JobSet was moved from");
    return *pool_;
}

namespace {

Lowering lowering_for(ParallelOptions const& options)
{
    auto how = lowering_of(options.run);
    if (options.output == JobOutput::captured)
        how.tap = Lowering::Tap::kept;
    else if (options.output == JobOutput::stdout_captured)
        how.tap = Lowering::Tap::out;
    else if (options.output != JobOutput::inherited)
        how.tap = Lowering::Tap::passed_on;
    return how;
}

} // namespace

std::size_t JobSet::add(Expression const& expression, Word const& key)
{
    auto const& options = pool().options;
    auto prepared = prepare(detail::ExpressionAccess::node(expression),
                            lowering_for(options));
    auto& executor = executor_for(prepared, options.run);
    PoolJob job(std::move(prepared.program), executor, scoped_executor());
    job.finished().key = key.str();
    return pool().queue.add(std::move(job));
}

std::optional<Finished> JobSet::next()
{
    return pool().queue.next(sys::never);
}

std::optional<Finished> JobSet::next_for(Timeout limit)
{
    return pool().queue.next(sys::deadline_after(limit));
}

std::optional<Finished> JobSet::poll()
{
    return pool().queue.next(sys::Deadline::min());
}

std::size_t JobSet::size() const
{
    return pool().queue.size();
}

std::size_t JobSet::room() const
{
    return pool().queue.room();
}

bool JobSet::wait_for_room()
{
    return pool().queue.wait_for_room();
}

void JobSet::stop()
{
    pool().queue.stop();
}

int JobSet::fd() const
{
    return pool().queue.fd();
}

} // namespace runnel::inline v0
