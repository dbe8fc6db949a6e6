// How long to wait for what no job looks after.
#pragma once

#include "base/cancel.hpp"
#include "base/stop_state.hpp"
#include "plan/in_process.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"

#include <runnel/error.hpp>
#include <runnel/line.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <system_error>

namespace runnel::inline v0::detail {

/// The deadline and the stop token of a range, and the job whose thread we
/// are in. `name_of` gives what is read, for messages.
class Patience {
public:
    explicit Patience(LineOptions const& options)
        : timeout_(options.timeout), stop_(options.stop)
    {
    }

    /// `grace`: how much later than asked the time is over; not below 0.
    void start(std::chrono::nanoseconds grace = {})
    {
        auto const deadline = sys::deadline_after(timeout_);
        deadline_ =
            deadline >= sys::never - grace ? sys::never : deadline + grace;
    }

    /// Throws if the time is over.
    template <class Name>
    void check(Name name_of) const
    {
        CancelScope::check();
        if (stop_.stop_requested())
            throw StopRequested("reading " + std::string(name_of()));
        if (deadline_ != sys::never && sys::Clock::now() >= deadline_)
            throw TimeoutExpired("reading " + std::string(name_of()), timeout_);
    }

    /// Returns when a read will not block, or may; throws as `check` does.
    template <class Name>
    void wait(int fd, Name name_of) const
    {
        check(name_of);
        if (!ends())
            return;
        wait_until_ready(fd, name_of);
        check(name_of);
    }

    /// The same, but returns only if there is something to read.
    template <class Name>
    void wait_until_ready(int fd, Name name_of) const
    {
        sys::PollItem items[] = {
            {fd}, {StopAccess::fd(stop_)}, {CancelScope::fd()}};
        if (auto const ready = sys::poll(items, deadline_); !ready)
            throw std::system_error(ready.error, "cannot wait for "
                                                     + std::string(name_of()));
        if (!items[0].ready)
            check(name_of);
    }

    std::optional<sys::Deadline> deadline() const noexcept
    {
        return deadline_ == sys::never ? std::nullopt
                                       : std::optional(deadline_);
    }

    /// True if something may end the wait.
    bool ends() const noexcept
    {
        return deadline_ != sys::never || stop_.stop_possible()
            || CancelScope::fd() >= 0;
    }

private:
    Timeout timeout_;
    StopToken stop_;
    sys::Deadline deadline_ = sys::never;
};

} // namespace runnel::inline v0::detail
