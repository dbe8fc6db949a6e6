// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/run_state.hpp"

#include "base/observe.hpp"
#include "plan/lower.hpp"
#include "sys/signal.hpp"

#include <algorithm>
#include <utility>

namespace runnel::inline v0 {

// --- looking -----------------------------------------------------------------------

// When all commands have ended by themselves, pipes are read to end of file, as in
// a shell, although a process that a command left behind may hold them open. The
// drain limit bounds that. After `end`, what lies in the pipes is taken and they
// are closed at once.
void RunState::look_for_end() noexcept
{
    if (has_ended() || !parts_.stages.running().empty())
        return;
    if (is_ending()) {
        if (!parts_.helpers.has_code() && parts_.left_behind.empty())
            close_all();
        return;
    }
    if (nothing_is_left())
        return close_all();
    if (gave_up_ && only_pipes_are_left())
        return must_show() ? leave_pipes() : close_all();
    if (drain_until_ == sys::never && !gave_up_ && children_have_ended()
        && !parts_.pump.must_deliver())
        drain_until_ = sys::deadline_after(drain_);
}

bool RunState::nothing_is_left() const noexcept
{
    return parts_.helpers.empty() && parts_.course.outcome()
        && parts_.pump.is_idle() && parts_.left_behind.empty();
}

bool RunState::is_draining() const noexcept
{
    return only_pipes_are_left()
        || (children_have_ended() && parts_.helpers.holds_pipe()
            && !parts_.pump.must_deliver());
}

/// True if bytes that were read wait for a stream of this process. The drain
/// limit is for pipes, so this wait goes on; the time limit bounds it.
bool RunState::must_show() const noexcept
{
    return !is_late_ && parts_.pump.is_showing();
}

/// That others hold; all that ran here has ended.
bool RunState::only_pipes_are_left() const noexcept
{
    return children_have_ended() && !parts_.helpers.has_code()
        && !parts_.pump.must_deliver();
}

bool RunState::children_have_ended() const noexcept
{
    return is_running() && parts_.stages.running().empty()
        && parts_.left_behind.empty() && !parts_.program.commands.empty()
        && (parts_.course.outcome() || !parts_.program.has_lists);
}

// What C++ throws ends the run, but not in disorder.
void RunState::look_at_helpers()
{
    auto news = parts_.helpers.look();
    if (!news.failure)
        news.failure = parts_.stand_ins.failure();
    for (auto const& place : news.left)
        if (!gave_up_) // else all commands have ended
            parts_.ends.leave(place);
    if (news.failure) // what comes next does not start
        parts_.course.stop_starting(sys::signals::terminate);
    for (auto const& helper : news.ended) {
        parts_.events.ended(helper.index, helper.moved);
        parts_.opener.helper_ended(helper.index);
        parts_.ends.report(parts_.program.helpers[helper.index].place,
                           {.is_command = false});
    }
    if (news.failure && is_running()) {
        end_.note(std::move(news.failure));
        end(parts_.teardown);
    }
}

void RunState::look_for_overflow()
{
    if (!is_running() || !parts_.captures.must_end_run())
        return;
    end_.overflowed = true;
    end(parts_.teardown);
}

void RunState::look_at_clock()
{
    auto const due = std::min(parts_.stages.deadline(), deadline());
    if (due == sys::never && parts_.left_behind.empty())
        return;
    auto const now = sys::Clock::now();
    parts_.ends.go_on_ending(now);
    look_at_drain(now);
    look_at_silence(now);
}

// A slow reader of what this process writes is no silence. Otherwise as with a time
// limit: while pipes are drained, all commands have ended in time.
void RunState::look_at_silence(sys::Clock::time_point now)
{
    if (!is_running() || !parts_.idle.is_whole_silent(now))
        return;
    if (parts_.pump.is_showing() || parts_.pump.must_deliver()
        || parts_.helpers.owes_others())
        return parts_.idle.begin_whole();
    if (is_draining()) {
        parts_.idle.begin_whole(); // for in-process stages, whose input ends
        parts_.left_behind.end_all(Teardown::kill());
        return stop_draining();
    }
    end_.silent_since = parts_.idle.last_byte();
    if (auto* const observer = parts_.events.observer())
        tell(*observer, &Observer::expired,
             {command_of(parts_.program), parts_.idle.whole(),
              parts_.events.run()});
    end(Teardown::kill());
}

void RunState::look_at_drain(sys::Clock::time_point now)
{
    if (now < drain_until_ || nothing_is_left())
        return;
    if (parts_.pump.must_deliver()) // `look_for_end` begins again after that
        drain_until_ = sys::never;
    else
        give_up_pipes();
}

// --- ending ------------------------------------------------------------------------

void RunState::end(Teardown const& how) noexcept
{
    if (!is_running())
        return;
    phase_ = Phase::ending;
    end_.was_early = true;
    drain_until_ = sys::never;
    try {
        parts_.pump.take_words();
    } catch (...) {
        end_.note(std::current_exception());
    }
    parts_.helpers.cancel();
    parts_.course.stop_starting(first_signal(how));
    parts_.course.stop_settling();
    parts_.ends.end_all(how);
    look_for_end();
}

void RunState::fail(std::exception_ptr error) noexcept
{
    end_.note(std::move(error));
    parts_.pump.close_all();
    parts_.opener.let_go();
    end(Teardown::kill());
}

void RunState::give_up(std::exception_ptr why) noexcept
{
    fail(std::move(why));
    parts_.ends.end_all(Teardown::kill());
    while (!parts_.stages.running().empty())
        parts_.ends.reap_at_last(parts_.stages.running().back());
    parts_.helpers.end();
    close_all();
}

void RunState::stop_draining() noexcept
{
    is_late_ = true;
    give_up_pipes();
}

// What C++ reads ends; it may still have words to write.
void RunState::give_up_pipes() noexcept
{
    drain_until_ = sys::never;
    gave_up_ = true;
    if (parts_.helpers.has_code()) {
        end_.drained = false;
        parts_.helpers.end_input();
        return;
    }
    if (must_show())
        return leave_pipes();
    phase_ = Phase::ending;
    look_for_end();
}

void RunState::leave_output(Teardown const& how) noexcept
{
    parts_.ends.dismiss_all(how);
    look_for_end();
}

// What lies in the pipes is taken.
void RunState::leave_pipes() noexcept
{
    try {
        bool const all = parts_.pump.finish_now();
        end_.drained &= all || !gave_up_;
    } catch (...) {
        end_.note(std::current_exception());
    }
}

void RunState::close_all() noexcept
{
    parts_.opener.let_go();
    leave_pipes();
    parts_.pump.close_all();
    try {
        for (auto const& helper : parts_.helpers.left()) {
            parts_.events.ended(helper.index, helper.moved);
            parts_.ends.report(parts_.program.helpers[helper.index].place,
                               {.is_command = false});
        }
    } catch (...) {
        end_.note(std::current_exception());
    }
    parts_.helpers.let_go();
    parts_.left_behind.release();
    if (auto* const witnesses = parts_.stand_ins.witnesses())
        witnesses->tell(parts_.stages);
    phase_ = Phase::ended;
    parts_.events.look_at_bytes(parts_.idle);
    tell_end();
}

// A run that is ended early has failed, even if all of its commands succeeded.
void RunState::tell_end() noexcept
{
    bool const was_early = end_.was_early || end_.failure;
    auto outcome = parts_.course.outcome();
    if (outcome)
        outcome->failed |= was_early;
    parts_.events.ended(outcome, was_early);
}

} // namespace runnel::inline v0
