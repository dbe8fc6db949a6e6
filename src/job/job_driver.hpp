// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs the event loop of a program that any executor may have started, and
// enforces what is the same for all of them: the time limit, the stop token,
// text mode of the input.
#pragma once

#include "job/job_requests.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"
#include "text/text_codec.hpp"

#include <runnel/detail/bytes.hpp>
#include <runnel/executor.hpp>
#include <runnel/run.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// Used by one thread at a time, except for the functions that are marked.
class JobDriver {
public:
    /// Throws `std::invalid_argument` if `keep_tail` cannot keep text in the
    /// encoding of the options.
    explicit JobDriver(RunOptions const& options);

    /// Prepares the input, and the program for text mode. With `keeps_input` the
    /// input is copied, so that the caller's may be destroyed. Returns false if a
    /// stop was requested already: then the program must not be started.
    bool prepare(Program& program, bool keeps_input);

    /// Takes over the program that an executor has started with `options()`.
    void adopt(std::unique_ptr<Running> running);

    /// One turn of the event loop: waits for an event, at most until `until`,
    /// and acts on it. One of `others` being ready is an event, too.
    void drive(sys::Deadline until,
               std::span<sys::PollItem> others = {}) noexcept;

    /// Adds everything that a turn would wait for.
    void add_items(std::vector<sys::PollItem>& items);

    // For a loop that runs several programs, in place of `drive`:

    /// Acts on what `Running::add_awaited` added and is ready now, on a stop request,
    /// and on the clock. `items`: empty if it is not known what is ready.
    void act(std::span<sys::PollItem const> items) noexcept;

    /// Begins to end the program as a stop request does.
    void stop() noexcept;

    /// When the next turn is due even if nothing happens.
    sys::Deadline deadline() const;

    bool has_ended() const noexcept
    {
        return running_ == nullptr || running_->has_ended();
    }

    /// False if nothing is lost while no thread runs the event loop.
    bool needs_driving() const noexcept;

    /// True if nothing is lost while a reader of stdout blocks in read(2).
    bool reader_may_block() const noexcept;

    /// Why the program was ended early, if it was.
    enum class Reason : unsigned char {
        own_end,
        expired,
        stopped,
        cancelled, ///< with the job whose in-process stage runs this one
    };
    /// From any thread.
    Reason reason() const noexcept { return reason_; }

    /// True if the program was, or will be, ended early.
    bool is_cut_off() const noexcept
    {
        return reason_ != Reason::own_end
            || (running_ != nullptr && running_->was_cut_short());
    }

    /// Null if the program was not even started.
    Running* running() const noexcept { return running_.get(); }

    RunOptions const& options() const noexcept { return options_; }
    sys::Deadline time_limit() const noexcept { return time_limit_; }
    std::optional<TextMode> const& text() const noexcept { return text_; }

    /// A descriptor that is readable when a stop was requested; -1 if no stop
    /// can be requested.
    int stop_fd() const noexcept;

    /// What was run, for messages.
    std::string command() const;

    /// What other threads ask of the loop.
    JobRequests requests;

private:
    bool wait_alone(sys::Deadline until, bool has_others);
    bool may_be_interrupted() const noexcept;
    void wait_for_something(sys::Deadline until,
                            std::span<sys::PollItem> others);
    void add_own_items(std::vector<sys::PollItem>& items) const;
    void look_for_requests() noexcept;
    void look_at_clock() noexcept;
    void end(Reason reason, Teardown const& how) noexcept;

    RunOptions options_;
    std::optional<TextMode> text_;
    detail::Bytes input_; ///< if it is copied, or encoding changes it
    sys::Deadline const time_limit_;
    sys::Deadline next_limit_; ///< later, while in-process stages finish
    bool is_late_ = false; ///< the time limit has passed
    std::unique_ptr<Running> running_;
    std::string command_; ///< if the program was not started

    std::atomic<Reason> reason_{
        Reason::own_end}; ///< set before signals are sent
    std::vector<sys::PollItem> items_;
    std::size_t running_items_ = 0; ///< those of `running_` come first
    bool was_woken_ = false; ///< by a request
};

} // namespace runnel::inline v0
