// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/job.hpp>

#include "sys/activity.hpp"
#include "sys/clock.hpp"
#include "sys/signal.hpp"
#include "verbs/launch.hpp"

#include <runnel/operators.hpp>

#include <stdexcept>

namespace runnel::inline v0 {

Job::Job(std::shared_ptr<JobState> state) noexcept : state_(std::move(state)) {}
Job::Job(Job&&) noexcept = default;
Job& Job::operator=(Job&&) noexcept = default;
Job::~Job() = default;

Job start(Expression const& expression)
{
    return start(expression, RunOptions());
}

Job start(Expression const& expression, RunOptions const& options)
{
    auto how = lowering_of(options);
    how.has_hands = true;
    auto prepared = prepare(detail::ExpressionAccess::node(expression), how);
    auto state = std::make_shared<JobState>(options);
    auto& executor = executor_for(prepared, options);
    state->start(executor, std::move(prepared.program), true);
    state->share();
    return Job(std::move(state));
}

JobState& Job::state() const
{
    if (!state_)
        throw std::logic_error("this Job runs nothing: it was moved from, "
                               "or detached");
    return *state_;
}

CompletedProcess Job::wait()
{
    state().wait(sys::never);
    return state().result(JobState::Asked::again);
}

std::optional<CompletedProcess> Job::wait_for(Timeout limit)
{
    if (!state().wait(sys::deadline_after(limit)))
        return {};
    return state().result(JobState::Asked::again);
}

std::optional<CompletedProcess> Job::poll()
{
    return wait_for(std::chrono::nanoseconds(0));
}

void Job::send_signal(int signal)
{
    state().send_signal(signal);
}

void Job::terminate()
{
    send_signal(sys::signals::terminate);
}

void Job::kill()
{
    send_signal(sys::signals::kill);
}

void Job::forward(int signal) const noexcept
{
    if (state_)
        state_->forward(signal);
}

void Job::request_stop()
{
    runnel::request_stop(state());
}

void Job::tear_down()
{
    state().tear_down();
}

void Job::tear_down(Teardown const& how)
{
    state().tear_down(&how);
}

void Job::resize(int rows, int columns)
{
    state().streams.resize(rows, columns);
}

void Job::detach()
{
    state().detach();
    state_.reset();
}

WriteStream& Job::in() &
{
    return state().streams.in;
}

ReadStream& Job::out() &
{
    return state().streams.out;
}

ReadStream& Job::err() &
{
    return state().streams.err;
}

std::size_t Job::size() const
{
    return state().size();
}

std::vector<int> Job::pids() const
{
    return state().pids();
}

std::vector<std::optional<ExitStatus>> Job::statuses() const
{
    return state().statuses();
}

int Job::fd()
{
    return state().event_fd(false);
}

std::optional<std::chrono::steady_clock::time_point> Job::next_deadline() const
{
    return state().next_deadline();
}

bool Job::step()
{
    return state().step();
}

// A debugger that calls this ends the program if it throws.
std::string to_string(Job const& job) noexcept
try {
    return job.state_ ? job.state_->text()
                      : "no job: moved from, or detached\n";
} catch (...) { // no memory
    return {};
}

// The name is C's, so that a debugger finds it without debug information. Nobody frees
// the text: a debugger reads it after the call.
extern "C" RUNNEL_EXPORT char const*
runnel_text_of_job(void const* job) noexcept;

extern "C" char const* runnel_text_of_job(void const* job) noexcept
{
    return sys::kept_text(to_string(*static_cast<Job const*>(job)));
}

} // namespace runnel::inline v0
