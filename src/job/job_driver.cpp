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
    check_teardown(options.teardown);
    refuse_cut_text(options, text_);
}

bool JobDriver::prepare(Program& program, bool keeps_input)
{
    if (text_)
        use_text_mode(program, *text_);
    if (options_.input && (text_ || keeps_input)) {
        auto const given = options_.input.as("the input");
        input_ =
            text_ ? encoded(given, *text_, "the input") : std::string(given);
        options_.input = input_;
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
    return running_->needs_driving() || time_limit_ != sys::never
        || options_.stop.stop_possible();
}

std::string JobDriver::command() const
{
    return running_ ? running_->command() : command_;
}

void JobDriver::request_teardown() noexcept
{
    teardown_requested_ = true;
    if (waker_)
        waker_->wake();
}

void JobDriver::request_cancel() noexcept
{
    cancel_requested_ = true;
    if (waker_)
        waker_->wake();
}

// --- driving -------------------------------------------------------------------------

void JobDriver::drive(sys::Deadline until, int other_fd) noexcept
{
    other_is_ready_ = false;
    look_for_requests();
    if (running_->has_ended())
        return;
    try {
        items_.clear();
        running_items_ = 0;
        if (!wait_alone(until, other_fd))
            wait_for_something(until, other_fd);
    } catch (...) {
        running_->give_up(std::current_exception());
        return;
    }
    running_->act(std::span(items_).first(running_items_));
    look_at_clock();
}

// If there is only one thing to wait for, the wait may block: no poll is
// needed.
bool JobDriver::wait_alone(sys::Deadline until, int other_fd)
{
    bool const others = until != sys::never || time_limit_ != sys::never
                     || options_.stop.stop_possible() || waker_ || other_fd >= 0
                     || detail::CancelScope::fd() >= 0;
    return !others && running_->wait_alone();
}

void JobDriver::wait_for_something(sys::Deadline until, int other_fd)
{
    running_->add_awaited(items_);
    running_items_ = items_.size();
    add_own_items(items_);
    if (other_fd >= 0)
        items_.push_back({other_fd});
    auto const ready = sys::poll(items_, std::min(until, deadline()));
    if (!ready)
        throw SystemError(ready.error, "cannot wait for a job");
    other_is_ready_ = other_fd >= 0 && items_.back().ready;
}

void JobDriver::add_own_items(std::vector<sys::PollItem>& items) const
{
    if (reason_ != Reason::own_end)
        return;
    for (int const fd :
         {stop_fd(), detail::CancelScope::fd(), waker_ ? waker_->fd() : -1})
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
    if (cancel_requested_.exchange(false))
        running_->cancel();
    if (reason_ != Reason::own_end)
        return;
    if (options_.stop.stop_requested())
        end(Reason::stopped, options_.teardown);
    else if (detail::CancelScope::asked())
        end(Reason::cancelled, options_.teardown);
    else if (teardown_requested_.exchange(false))
        running_->end(options_.teardown);
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
        next_limit_ = sys::deadline_after(options_.teardown.grace);
        return running_->stop_draining();
    }
    if (auto* const observer = observer_or_default(options_.observer))
        observer->expired({command(), options_.timeout});
    end(Reason::expired, kill_at_once());
}

void JobDriver::end(Reason reason, Teardown const& how) noexcept
{
    reason_ = reason;
    running_->end(how);
}

} // namespace runnel::inline v0
