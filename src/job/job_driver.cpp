// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/job_driver.hpp"

#include "base/cancel.hpp"
#include "base/observe.hpp"
#include "base/stop_state.hpp"
#include "child/ending.hpp"
#include "plan/lower.hpp"
#include "plan/program_encoding.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace runnel::inline v0 {

namespace {

// The tail of a text begins anywhere.
void refuse_cut_text(RunOptions const& options,
                     std::optional<TextMode> const& text)
{
    bool const is_cut = options.limit.excess == CaptureLimit::keep_tail
                     && options.limit.is_bounded();
    if (text && is_cut && !text->can_begin_anywhere())
        throw std::invalid_argument(
            "keep_tail: text in " + text->name()
            + " cannot be decoded from the middle; capture bytes, or use "
              "keep_head");
}

} // namespace

JobDriver::JobDriver(RunOptions const& options)
    : options_(options), text_(text_mode_of(options)),
      time_limit_(sys::deadline_after(options.timeout)),
      next_limit_(time_limit_)
{
    refuse_cut_text(options, text_);
}

bool JobDriver::prepare(Program& program, bool keeps_input)
{
    if (text_)
        use_text_mode(program, *text_);
    if (options_.input && (text_ || keeps_input)) {
        auto given = options_.input.as("the input");
        if (text_)
            given = encoded(given, *text_, "the input", input_);
        if (keeps_input && input_.empty()) {
            input_ = detail::Bytes(given);
            given = input_.view();
        }
        options_.input = given;
    }
    if (!options_.stop.stop_requested())
        return true;
    reason_ = Reason::stopped;
    command_ = command_of(program);
    return false;
}

void JobDriver::adopt(std::unique_ptr<Running> running)
{
    if (!running)
        throw std::logic_error("the executor gave no Running: what "
                               "Executor::start returns must not be null");
    running_ = std::move(running);
}

bool JobDriver::needs_driving() const noexcept
{
    return running_->upkeep() == Running::Upkeep::at_any_time
        || time_limit_ != sys::never || options_.stop.stop_possible();
}

std::string JobDriver::command() const
{
    return running_ ? running_->command() : command_;
}

// --- driving -------------------------------------------------------------------------

void JobDriver::drive(sys::Deadline until,
                      std::span<sys::PollItem> others) noexcept
{
    was_woken_ = false;
    look_for_requests();
    if (running_->has_ended())
        return;
    try {
        items_.clear();
        running_items_ = 0;
        if (!wait_alone(until, !others.empty()))
            wait_for_something(until, others);
    } catch (...) {
        running_->give_up(std::current_exception());
        return;
    }
    if (was_woken_)
        requests.clear();
    act(std::span(items_).first(running_items_));
}

void JobDriver::act(std::span<sys::PollItem const> items) noexcept
{
    running_->act(items);
    if (running_->has_ended())
        return;
    look_for_requests();
    look_at_clock();
}

void JobDriver::stop() noexcept
{
    if (reason_ == Reason::own_end && !running_->has_ended())
        end(Reason::stopped, options_.teardown);
}

// If there is only one thing to wait for, the wait may block: no poll is
// needed.
bool JobDriver::wait_alone(sys::Deadline until, bool has_others)
{
    return until == sys::never && !has_others && !may_be_interrupted()
        && running_->wait_alone();
}

bool JobDriver::reader_may_block() const noexcept
{
    return running_ != nullptr && !may_be_interrupted()
        && running_->upkeep() == Running::Upkeep::none;
}

/// True if a limit, a stop token or another thread may end a wait.
bool JobDriver::may_be_interrupted() const noexcept
{
    return time_limit_ != sys::never || options_.stop.stop_possible()
        || requests.fd() >= 0 || detail::CancelScope::fd() >= 0;
}

void JobDriver::wait_for_something(sys::Deadline until,
                                   std::span<sys::PollItem> others)
{
    running_->add_awaited(items_);
    running_items_ = items_.size();
    add_own_items(items_);
    items_.insert(items_.end(), others.begin(), others.end());
    auto const ready = sys::poll(items_, std::min(until, deadline()));
    if (!ready)
        throw SystemError(ready.error, "cannot wait for a job");
    std::ranges::copy(std::span(items_).last(others.size()), others.begin());
    was_woken_ = std::ranges::any_of(items_, [&](sys::PollItem const& item) {
        return item.ready && item.fd == requests.fd();
    });
}

void JobDriver::add_own_items(std::vector<sys::PollItem>& items) const
{
    if (reason_ != Reason::own_end)
        return;
    for (int const fd : {stop_fd(), detail::CancelScope::fd(), requests.fd()})
        if (fd >= 0)
            items.push_back({fd});
}

void JobDriver::add_items(std::vector<sys::PollItem>& items)
{
    running_->add_awaited(items);
    add_own_items(items);
}

int JobDriver::stop_fd() const noexcept
{
    return options_.stop.stop_possible() ? detail::StopAccess::fd(options_.stop)
                                         : -1;
}

sys::Deadline JobDriver::deadline() const
{
    auto const next = running_->deadline();
    return reason_ == Reason::own_end ? std::min(next, next_limit_) : next;
}

void JobDriver::look_for_requests() noexcept
{
    if (requests.take_cancel())
        running_->cancel();
    if (reason_ != Reason::own_end)
        return;
    if (options_.stop.stop_requested() || requests.take_stop())
        end(Reason::stopped, options_.teardown);
    else if (detail::CancelScope::asked())
        end(Reason::cancelled, options_.teardown);
    else if (auto const* const how = requests.take_teardown())
        running_->end(*how);
}

// The clock comes last: what has ended by now does not expire. While pipes are
// drained, in-process stages whose input ends now get the grace period to
// finish.
void JobDriver::look_at_clock() noexcept
{
    if (reason_ != Reason::own_end || next_limit_ == sys::never
        || running_->has_ended() || sys::Clock::now() < next_limit_)
        return;
    if (!std::exchange(is_late_, true) && running_->is_draining()) {
        next_limit_ = sys::deadline_after(options_.teardown.grace());
        return running_->stop_draining();
    }
    if (auto* const observer = observer_or_default(options_.observer))
        tell(*observer, &Observer::expired,
             {command(), options_.timeout, running_->run()});
    end(Reason::expired, Teardown::kill());
}

void JobDriver::end(Reason reason, Teardown const& how) noexcept
{
    reason_ = reason;
    running_->end(how);
}

} // namespace runnel::inline v0
