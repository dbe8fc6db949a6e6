// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/acting_process.hpp"

#include "base/executor_scope.hpp"
#include "base/thread.hpp"
#include "sys/signal.hpp"

#include <utility>

namespace runnel::inline v0 {

namespace {

/// Above all ids that the kernel gives to processes: a signal to such an id reaches
/// nothing.
std::atomic<int> next_pid{1 << 30};

} // namespace

ActingProcess::ActingProcess(detail::Function<ExitStatus(Role&)> act,
                             std::shared_ptr<PlannedStage const> stage,
                             std::span<sys::FdMove const> moves)
    : act_(std::move(act)), role_(std::move(stage), next_pid++, moves)
{
    pid_ = role_.pid();
}

ActingProcess::~ActingProcess()
{
    leave_list();
    interrupt(sys::signals::kill);
    if (thread_.joinable())
        thread_.join();
}

void ActingProcess::start(Executor* executor)
{
    std::lock_guard const lock(mutex_);
    if (was_started_)
        return;
    thread_ = start_thread([this, executor] {
        set_scoped_executor(executor);
        run();
    });
    was_started_ = true;
}

// --- the code ----------------------------------------------------------------------

// As with a process, the streams are closed before the end is known.
void ActingProcess::run() noexcept
{
    auto status = ExitStatus::of_code(1);
    try {
        detail::CancelScope const scope(cancel_);
        status = play();
    } catch (detail::Cancelled const&) {
        status = ExitStatus::of_signal(signal_);
    } catch (detail::NoReader const&) {
        status = ExitStatus::of_signal(sys::signals::broken_pipe);
    } catch (...) {
        failure_ = std::current_exception();
    }
    end(status);
}

ExitStatus ActingProcess::play()
{
    detail::CancelScope::check();
    Role role(role_);
    return act_(role);
}

void ActingProcess::end(ExitStatus status) noexcept
{
    act_ = {};
    role_.close_all();
    {
        std::lock_guard const lock(mutex_);
        exit_ = sys::Exit{status, {}, sys::Clock::now()};
    }
    ended_.wake();
}

std::exception_ptr ActingProcess::failure() const
{
    std::lock_guard const lock(mutex_);
    return exit_ ? failure_ : nullptr;
}

// --- its end -----------------------------------------------------------------------

std::optional<sys::Exit> ActingProcess::seen() const
{
    std::lock_guard const lock(mutex_);
    return is_collected_ ? exit_ : std::nullopt;
}

std::optional<sys::Exit> ActingProcess::collect_ended()
{
    std::lock_guard const lock(mutex_);
    is_collected_ = exit_.has_value();
    return exit_;
}

std::optional<sys::Exit> ActingProcess::wait(sys::Deadline deadline)
{
    end_if_never_started();
    for (;;) {
        if (auto const exit = collect_ended())
            return exit;
        if (sys::Clock::now() >= deadline)
            return {};
        sys::PollItem item{ended_.fd()};
        if (!sys::poll({&item, 1}, deadline))
            return {};
    }
}

// If another command of the unit cannot be started, this one is ended before its
// thread begins.
void ActingProcess::end_if_never_started() noexcept
{
    {
        std::lock_guard const lock(mutex_);
        if (was_started_ || exit_ || !cancel_.asked)
            return;
    }
    end(ExitStatus::of_signal(signal_));
}

sys::Result<bool> ActingProcess::signal(int number)
{
    if (seen())
        return {{}, false};
    interrupt(number);
    return {{}, true};
}

// Called by signal handlers, too. The first signal counts, but SIGKILL always does.
void ActingProcess::interrupt(int number) noexcept
{
    if (!sys::ends_process(number))
        return;
    int none = 0;
    if (number == sys::signals::kill)
        signal_ = number;
    else
        signal_.compare_exchange_strong(none, number);
    cancel_.ask();
}

} // namespace runnel::inline v0
