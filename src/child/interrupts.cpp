// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/interrupts.hpp>

#include "sys/interrupts.hpp"
#include "sys/signal.hpp"

#include <atomic>
#include <optional>
#include <stdexcept>
#include <string>

namespace runnel::inline v0 {

namespace detail {

class InterruptsState final : public sys::SignalListener {
public:
    using SignalListener::SignalListener;

    void came(int signal, bool is_shared) noexcept override
    {
        last_ = signal;
        ++count_;
        if (stops_)
            stop_.request_stop();
        else
            sys::pass_on(signal, is_shared);
    }

    int last() const noexcept { return last_; }
    int count() const noexcept { return count_; }

    // A signal that has come already requests a stop, too.
    StopToken token() noexcept
    {
        stops_ = true;
        if (count_ != 0)
            stop_.request_stop();
        return stop_.token();
    }

private:
    std::atomic<int> last_{0};
    std::atomic<int> count_{0};
    std::atomic<bool> stops_{false};
    StopSource stop_;
};

} // namespace detail

Interrupts::Interrupts()
    : Interrupts({sys::signals::hang_up, sys::signals::interrupt,
                  sys::signals::quit, sys::signals::terminate})
{
}

Interrupts::Interrupts(std::initializer_list<int> signals)
{
    for (int const signal : signals)
        if (!sys::is_signal(signal) || !sys::can_be_ignored(signal))
            throw std::invalid_argument(
                "signal " + std::to_string(signal)
                + " does not exist or cannot be caught");
    state_ = std::make_unique<detail::InterruptsState>(
        std::span(signals.begin(), signals.size()));
}

Interrupts::~Interrupts() = default;

int Interrupts::signal() const noexcept
{
    return state_->last();
}

int Interrupts::count() const noexcept
{
    return state_->count();
}

StopToken Interrupts::token()
{
    return state_->token();
}

void Interrupts::reraise() const
{
    if (int const number = signal(); number != 0)
        sys::end_by(number);
}

} // namespace runnel::inline v0
