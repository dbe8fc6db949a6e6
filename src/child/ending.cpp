#include "child/ending.hpp"

#include "child/popen_state.hpp"
#include "sys/signal.hpp"

#include <stdexcept>
#include <utility>

namespace runnel::inline v0 {

namespace {

void check_signal(int signal, char const* subject)
{
    if (signal != 0 && !sys::is_signal(signal))
        throw std::invalid_argument(std::string(subject) + "there is no signal "
                                    + std::to_string(signal));
}

} // namespace

Teardown kill_at_once() noexcept
{
    return {.signal = sys::signals::kill, .grace = std::chrono::nanoseconds(0)};
}

void check_signal(int signal)
{
    check_signal(signal, "");
}

void check_teardown(Teardown const& teardown)
{
    check_signal(teardown.signal, "teardown: ");
}

// Without grace, or if the signal is SIGKILL, SIGKILL comes at once.
EndingPlan::EndingPlan(Teardown const& teardown)
{
    check_teardown(teardown);
    bool const kills =
        teardown.grace.count() <= 0 || teardown.signal == sys::signals::kill;
    if (!kills)
        request_ = {teardown.signal, teardown.grace};
}

int EndingPlan::first_signal() const noexcept
{
    bool const asks = request_ && request_->signal != 0;
    return asks ? request_->signal : sys::signals::kill;
}

bool Ending::go_on(detail::PopenState& child,
                   sys::Clock::time_point now) noexcept
{
    while (now >= due_) {
        auto const step = std::exchange(request_, std::nullopt);
        if (!step) {
            due_ = sys::never;
            return child.try_signal(sys::signals::kill);
        }
        if (step->signal != 0)
            child.try_signal(step->signal);
        due_ = sys::deadline_after(step->grace);
    }
    return true;
}

void end_and_wait(detail::PopenState& child, EndingPlan const& plan) noexcept
{
    Ending ending;
    ending.begin(plan);
    auto until = sys::Deadline::min(); // an ended child gets no signal
    while (!child.wait(until)) {
        if (!ending.go_on(child, sys::Clock::now()))
            return;
        until = ending.due();
    }
}

} // namespace runnel::inline v0
