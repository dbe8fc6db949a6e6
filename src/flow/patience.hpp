// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How long to wait for bytes that no job's loop reads.
#pragma once

#include "base/cancel.hpp"
#include "base/stop_state.hpp"
#include "io/leftover.hpp"
#include "plan/in_process.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"

#include <runnel/error.hpp>
#include <runnel/line.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <system_error>

namespace runnel::inline v0::detail {

/// What can end a wait: the deadline and the stop token of a range, and the job
/// that this thread belongs to. `name_of` names what is read, for messages.
class Patience {
public:
    explicit Patience(LineOptions const& options)
        : timeout_(options.timeout), stop_(options.stop)
    {
    }

    /// `grace`: how much later than the timeout the wait ends; not negative.
    void start(std::chrono::nanoseconds grace = {})
    {
        auto const deadline = sys::deadline_after(timeout_);
        deadline_ =
            deadline >= sys::never - grace ? sys::never : deadline + grace;
    }

    /// Throws if the deadline has passed, or as `look_for_requests` does. For a
    /// source that has no descriptor.
    template <class Name>
    void check(Name name_of) const
    {
        look_for_requests(name_of);
        if (is_over())
            expire(name_of);
    }

    /// Throws if a stop was requested, or if the job that this thread belongs to
    /// cancels.
    template <class Name>
    void look_for_requests(Name name_of) const
    {
        CancelScope::check();
        if (stop_.stop_requested())
            throw StopRequested("reading " + std::string(name_of()));
    }

    /// Returns when `fd` is readable, and at once if nothing can end the wait:
    /// then the read itself may wait. After the deadline, bytes that were there by
    /// then may still be read; behind them this throws `TimeoutExpired`.
    template <class Name>
    void wait(int fd, Name name_of)
    {
        look_for_requests(name_of);
        if (ends())
            wait_until_ready(fd, name_of);
    }

    /// The same, but always waits. May return early.
    template <class Name>
    void wait_until_ready(int fd, Name name_of)
    {
        sys::PollItem items[] = {
            {fd}, {StopAccess::fd(stop_)}, {CancelScope::fd()}};
        if (auto const ready = sys::poll(items, deadline_); !ready)
            throw SystemError(ready.error,
                              "cannot wait for " + std::string(name_of()));
        look_for_requests(name_of);
        look_at_clock(fd, items[0].ready, name_of);
    }

    /// Without waiting: true if `fd` can be read. Throws as `wait` does.
    template <class Name>
    bool is_ready(int fd, Name name_of)
    {
        look_for_requests(name_of);
        sys::PollItem item{fd};
        auto const count = sys::poll({&item, 1}, sys::Deadline::min());
        bool const ready = !count || item.ready; // a read tells what is wrong
        look_at_clock(fd, ready, name_of);
        return ready;
    }

    /// So many bytes of the descriptor were read.
    void took(std::size_t count) noexcept { leftover_.took(count); }

    std::optional<sys::Deadline> deadline() const noexcept
    {
        return deadline_ == sys::never ? std::nullopt
                                       : std::optional(deadline_);
    }

    /// True if something besides bytes can end the wait.
    bool ends() const noexcept
    {
        return deadline_ != sys::never || stop_.stop_possible()
            || CancelScope::fd() >= 0;
    }

private:
    bool is_over() const noexcept
    {
        return deadline_ != sys::never && sys::Clock::now() >= deadline_;
    }

    template <class Name>
    void look_at_clock(int fd, bool ready, Name name_of)
    {
        if (is_over() && !(ready && leftover_.has_more(fd)))
            expire(name_of);
    }

    template <class Name>
    [[noreturn]] void expire(Name name_of) const
    {
        throw TimeoutExpired("reading " + std::string(name_of()), timeout_);
    }

    Timeout timeout_;
    StopToken stop_;
    sys::Deadline deadline_ = sys::never;
    Leftover leftover_;
};

} // namespace runnel::inline v0::detail
