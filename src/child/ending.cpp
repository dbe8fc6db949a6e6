// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "child/ending.hpp"

#include "child/popen_state.hpp"
#include "sys/signal.hpp"

#include <stdexcept>
#include <string>

namespace runnel::inline v0 {

void check_signal(int signal)
{
    if (signal != 0 && !sys::is_signal(signal))
        throw std::invalid_argument("there is no signal "
                                    + std::to_string(signal));
}

int first_signal(Teardown const& how) noexcept
{
    for (auto const& step : how.steps())
        if (step.signal != 0)
            return step.signal;
    return sys::signals::kill;
}

bool Ending::go_on(detail::PopenState& child,
                   sys::Clock::time_point now) noexcept
{
    auto const steps = how_.steps();
    while (now >= due_) {
        if (kills_ == 0)
            child.process->find_escaped(child.escaped);
        if (taken_ >= steps.size())
            return kill(child, now);
        auto const& step = steps[taken_++];
        if (step.signal != 0)
            child.try_signal(step.signal);
        due_ = sys::deadline_after(step.grace);
    }
    return true;
}

// While a container is killed, processes in it may start others.
bool Ending::kill(detail::PopenState& child,
                  sys::Clock::time_point now) noexcept
{
    bool const is_alone = child.process->containment() == Containment::none;
    bool const again = ++kills_ < most_kills && !is_alone;
    due_ = again ? now + between_kills : sys::never;
    return child.try_signal(sys::signals::kill);
}

void end_and_wait(detail::PopenState& child, Teardown const& how) noexcept
{
    Ending ending;
    ending.begin(how);
    auto until = sys::Deadline::min(); // an ended child gets no signal
    while (!child.wait_for_all(until)) {
        if (!ending.go_on(child, sys::Clock::now()))
            return;
        until = ending.due();
        if (ending.is_exhausted() && child.process->seen())
            return;
    }
}

} // namespace runnel::inline v0
