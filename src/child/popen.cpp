// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/error.hpp>
#include <runnel/popen.hpp>
#include <runnel/shlex.hpp>

#include "base/observe.hpp"
#include "child/abandoned.hpp"
#include "child/ending.hpp"
#include "child/popen_state.hpp"

#include "child/start.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"
#include "sys/process.hpp"
#include "sys/signal.hpp"
#include "text/visible.hpp"

#include <new>
#include <string>
#include <system_error>

namespace runnel::inline v0 {

namespace {

std::unique_ptr<detail::PopenState> start(std::vector<Word> const& args,
                                          PopenOptions const& options)
{
    reap_abandoned();
    Start::Refusal refusal;
    {
        Start child(args, options);
        refusal = child.launch();
        if (!refusal)
            return child.take();
    }
    throw SpawnError(*refusal);
}

} // namespace

Popen::Popen(std::initializer_list<Word> args, PopenOptions const& options)
    : Popen(std::vector<Word>(args), options, 0)
{
}

Popen::Popen(std::vector<Word> const& args, PopenOptions const& options, int)
    : state_(start(args, options))
{
}

Popen::Popen(std::unique_ptr<detail::PopenState> state) noexcept
    : state_(std::move(state))
{
}

Popen::Popen(Popen&&) noexcept = default;

Popen& Popen::operator=(Popen&& other) noexcept
{
    if (this != &other) {
        release();
        state_ = std::move(other.state_);
    }
    return *this;
}

Popen::~Popen()
{
    release();
}

void Popen::release() noexcept
{
    if (!state_)
        return;
    using Flush = detail::PopenState::Flush;
    state_->close_streams(
        state_->on_destroy == OnDestroy::wait ? Flush::all : Flush::what_fits);
    switch (state_->on_destroy) {
    case OnDestroy::wait: state_->wait_in_destructor(); break;
    case OnDestroy::teardown: state_->tear_down(state_->teardown); break;
    case OnDestroy::detach: break;
    }
    abandon(std::move(state_));
}

detail::PopenState& Popen::child() const
{
    if (!state_)
        throw std::logic_error("this Popen has no child: it was moved from, or "
                               "its child was detached");
    return *state_;
}

std::optional<int> Popen::poll()
{
    auto const exit = child().wait(sys::Deadline::min());
    return exit ? std::optional(exit->status.returncode()) : std::nullopt;
}

int Popen::wait()
{
    return child().wait(sys::never)->status.returncode();
}

int Popen::wait(Timeout timeout)
{
    if (auto const exit = child().wait(sys::deadline_after(timeout)))
        return exit->status.returncode();
    child().expire(timeout);
}

Communicated Popen::communicate(detail::OptionalText input, Timeout timeout,
                                Timeout drain)
{
    return child().communicate(input, timeout, drain);
}

void Popen::send_signal(int signal)
{
    child().send_signal(signal);
}

void Popen::resize(int rows, int columns)
{
    auto const& streams = child();
    if (!resize_terminal({streams.in.fd(), streams.out.fd(), streams.err.fd()},
                         rows, columns))
        throw std::logic_error("there is no terminal to resize: the child has "
                               "none, or its streams are closed");
}

void Popen::terminate()
{
    send_signal(sys::signals::terminate);
}

void Popen::kill()
{
    send_signal(sys::signals::kill);
}

int Popen::tear_down()
{
    return tear_down(child().teardown);
}

int Popen::tear_down(Teardown const& how)
{
    auto& state = child();
    state.tear_down(how);
    if (auto const exit = state.process->seen())
        return exit->status.returncode();
    throw SystemError(std::make_error_code(std::errc::operation_not_permitted),
                      "cannot end " + join(state.args));
}

void Popen::detach()
{
    child().on_destroy = OnDestroy::detach;
    release();
}

WriteStream& Popen::in() &
{
    return child().in;
}

ReadStream& Popen::out() &
{
    return child().out;
}

ReadStream& Popen::err() &
{
    return child().err;
}

int Popen::pid() const
{
    return child().process->pid();
}

std::vector<std::string> const& Popen::args() const
{
    return child().args;
}

std::optional<int> Popen::returncode() const
{
    auto const seen = status();
    return seen ? std::optional(seen->returncode()) : std::nullopt;
}

std::optional<ExitStatus> Popen::status() const
{
    auto const exit = child().process->seen();
    return exit ? std::optional(exit->status) : std::nullopt;
}

Containment Popen::containment() const
{
    return child().process->containment();
}

std::vector<int> Popen::escaped() const
{
    return sys::running(child().escaped);
}

std::optional<ResourceUsage> Popen::usage() const
{
    auto const exit = child().process->seen();
    return exit ? std::optional(exit->usage) : std::nullopt;
}

} // namespace runnel::inline v0

namespace runnel::inline v0::detail {

namespace {

#ifdef NDEBUG
constexpr bool is_debug_build = false;
#else
constexpr bool is_debug_build = true;
#endif

/// How long a destructor waits before a debug build prints a hint.
constexpr std::chrono::seconds patience{1};

} // namespace

ChildView PopenState::view()
{
    return {argv(), executable, stage, stages, run};
}

std::optional<sys::Exit> PopenState::wait(sys::Deadline deadline)
{
    return told(process->wait(deadline));
}

bool PopenState::wait_for_all(sys::Deadline deadline)
{
    return wait(deadline) && process->wait_for_others(deadline);
}

std::optional<sys::Exit> PopenState::collect()
{
    return told(process->collect_ended());
}

std::optional<sys::Exit> PopenState::told(std::optional<sys::Exit> exit)
{
    if (!exit || was_told_.exchange(true))
        return exit;
    foreground.give_back();
    if (observer != nullptr)
        tell(*observer, &Observer::exited,
             {view(), process->pid(), exit->status, exit->seen_at - started,
              exit->usage});
    return exit;
}

void PopenState::send_signal(int signal)
{
    check_signal(signal);
    if (auto const error = signal_and_tell(signal))
        throw SystemError(error, "cannot send " + signal_name(signal) + " to "
                                     + join(args));
}

bool PopenState::try_signal(int signal) noexcept
{
    return !signal_and_tell(signal);
}

std::error_code PopenState::signal_and_tell(int signal) noexcept
{
    auto const sent = process->signal(signal);
    if (sent.value && signal != 0 && observer != nullptr)
        tell(*observer, &Observer::killed, {view(), process->pid(), signal});
    return sent.error;
}

void PopenState::wait_in_destructor() noexcept
{
    if constexpr (is_debug_build)
        if (!wait(sys::deadline_after(patience)))
            say_who_is_waited_for();
    wait(sys::never);
}

void PopenState::say_who_is_waited_for() const noexcept
{
    try {
        auto const text = "runnel: the destructor of a Popen waits for \""
                        + visible(join(args)) + "\" (pid "
                        + std::to_string(process->pid()) + "); see OnDestroy\n";
        sys::SigpipeGuard guard;
        if (sys::is_ready(2, sys::Interest::write))
            static_cast<void>(guard.write_some(2, text));
    } catch (...) { // no memory for a hint
    }
}

void PopenState::tear_down(Teardown const& how) noexcept
{
    end_and_wait(*this, how);
}

void PopenState::end(std::unique_ptr<PopenState> child) noexcept
{
    end_and_wait(*child, Teardown::kill());
    child->observer = nullptr; // the caller may destroy it now
    abandon(std::move(child));
}

// Closes stdout and stderr first, as Python does. A child that is blocked in a
// write then gets SIGPIPE. Otherwise it might never read its stdin, and this
// process would wait for it. A terminal hangs up only when its keyboard is closed,
// too, so that does not wait.
void PopenState::close_streams(Flush flush) noexcept
{
    out.close();
    err.close();
    try {
        if (flush == Flush::what_fits || StreamAccess::is_keyboard(in))
            StreamAccess::close_what_fits(in);
        else
            in.close();
    } catch (...) { // the child has ended, or no memory: nothing to be done
    }
    conversation_.reset();
}

} // namespace runnel::inline v0::detail
