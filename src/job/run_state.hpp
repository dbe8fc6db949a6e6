// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// When a run is over, and how it comes to its end before its time.
#pragma once

#include "job/run_parts.hpp"
#include "sys/clock.hpp"

#include <runnel/teardown.hpp>
#include <runnel/timeout.hpp>

#include <algorithm>
#include <exception>
#include <optional>

namespace runnel::inline v0 {

/// How a run came to its end.
struct RunEnd {
    std::exception_ptr failure{}; ///< thrown in place of a result
    /// If no byte came any more: when the last one moved.
    std::optional<sys::Clock::time_point> silent_since{};
    bool was_early = false; ///< it was ended before its time
    bool overflowed = false; ///< because of a capture
    bool drained = true; ///< all pipes were read to end of file

    /// The first failure counts.
    void note(std::exception_ptr error) noexcept
    {
        if (!failure)
            failure = std::move(error);
    }
};

/// The state of a run: running, ending, ended.
class RunState {
public:
    /// `parts` must outlive this object. `drain`: how long to read on after all
    /// commands have ended.
    RunState(RunParts& parts, Timeout drain) : parts_(parts), drain_(drain) {}

    bool is_running() const noexcept { return phase_ == Phase::running; }
    bool is_ending() const noexcept { return phase_ == Phase::ending; }
    bool has_ended() const noexcept { return phase_ == Phase::ended; }

    // --- looking ---------------------------------------------------------------

    /// Notices that all parts have ended. Called after each step that may end one.
    void look_for_end() noexcept;

    /// Takes what in-process stages and tees have done.
    void look_at_helpers();

    /// Ends the run if a capture holds more than it may.
    void look_for_overflow();

    /// Does what is due by now.
    void look_at_clock();

    /// When something is due that concerns the whole: draining must stop, or the
    /// idle limit passes.
    sys::Deadline deadline() const noexcept
    {
        return is_running() ? std::min(drain_until_, parts_.idle.due_whole())
                            : drain_until_;
    }

    bool drains_for_ever() const noexcept { return drain_.is_forever(); }

    /// See `Running::is_draining`.
    bool is_draining() const noexcept;

    // --- ending ------------------------------------------------------------------

    /// Begins to end what runs.
    void end(Teardown const& how) noexcept;

    /// The same at once, because of an error that is thrown in place of a result.
    void fail(std::exception_ptr error) noexcept;

    /// The same, and waits for the children, since nothing else can be waited for.
    void give_up(std::exception_ptr why) noexcept;

    /// Gives up the pipes that others hold, and streams of this process that are
    /// slow to show what was captured.
    void stop_draining() noexcept;

    /// Ends what runs because nothing reads its output.
    void leave_output(Teardown const& how) noexcept;

    /// How it came to its end, as far as that is known.
    RunEnd const& how_ended() const noexcept { return end_; }

private:
    enum class Phase : unsigned char { running, ending, ended };

    void look_at_drain(sys::Clock::time_point now);
    void look_at_silence(sys::Clock::time_point now);
    bool children_have_ended() const noexcept;
    bool nothing_is_left() const noexcept;
    bool only_pipes_are_left() const noexcept;
    bool must_show() const noexcept;
    void give_up_pipes() noexcept;
    void leave_pipes() noexcept;
    void close_all() noexcept;
    void tell_end() noexcept;

    RunParts& parts_;
    Timeout const drain_;
    RunEnd end_;
    sys::Deadline drain_until_ = sys::never;
    Phase phase_ = Phase::running;
    bool gave_up_ = false; ///< pipes that somebody else still holds
    bool is_late_ = false; ///< nothing is waited for any more
};

} // namespace runnel::inline v0
