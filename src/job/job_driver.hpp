// Runs the event loop of a program that any executor may have started, and
// enforces what is the same for all of them: the time limit, the stop token, text
// mode of the input.
#pragma once

#include "sys/clock.hpp"
#include "sys/poll.hpp"
#include "text/text_codec.hpp"

#include <runnel/executor.hpp>
#include <runnel/run.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// Used by one thread at a time, but for what is marked.
class JobDriver {
public:
    /// Throws `std::invalid_argument` for bad signals in the options.
    explicit JobDriver(RunOptions const& options);

    /// Makes the input ready; with `keeps_input` copies it, which the caller's
    /// need not outlive. False if the stop token was asked already: then the
    /// program must not be started.
    bool prepare(Program const& program, bool keeps_input);

    /// Takes what an executor has started with `options()`.
    void adopt(std::unique_ptr<Running> running);

    /// Lets requests interrupt the wait of a turn, at the price of a
    /// descriptor; and gives that back.
    void make_wakeable() { waker_.emplace(); }
    void let_go_of_waker() noexcept { waker_.reset(); }

    /// One turn: waits for something, at most until `until`, and acts on it.
    /// With `other_fd`, that being readable is something, too.
    void drive(sys::Deadline until, int other_fd = -1) noexcept;
    bool other_is_ready() const noexcept { return other_is_ready_; }

    /// All that a turn would wait for.
    void add_items(std::vector<sys::PollItem>& items);

    /// When the next turn is due even if nothing happens.
    sys::Deadline deadline() const;

    bool has_ended() const noexcept
    {
        return running_ == nullptr || running_->has_ended();
    }

    /// False if nothing is lost while no thread runs the event loop.
    bool needs_driving() const noexcept;

    /// Why it ended, if not by itself.
    enum class Reason : unsigned char {
        own_end,
        expired,
        stopped,
        cancelled, ///< with the job in whose thread it was driven
    };
    Reason reason() const noexcept { return reason_; }

    /// True if it has not come, or will not come, to its own end.
    bool is_cut_off() const noexcept
    {
        return reason_ != Reason::own_end
            || (running_ != nullptr && running_->was_cut_short());
    }

    /// Null if it was not even started.
    Running* running() const noexcept { return running_.get(); }

    RunOptions const& options() const noexcept { return options_; }
    sys::Deadline time_limit() const noexcept { return time_limit_; }
    std::optional<TextMode> const& text() const noexcept { return text_; }

    /// A descriptor that is readable when a stop was requested; -1 if no stop can
    /// be requested.
    int stop_fd() const noexcept;

    /// What was run, for messages.
    std::string command() const;

    // From any thread, while none lets go of the waker.

    /// Ends it by the teardown of its options.
    void request_teardown() noexcept;

    /// C++ in it ends.
    void request_cancel() noexcept;

private:
    bool wait_alone(sys::Deadline until, int other_fd);
    void wait_for_something(sys::Deadline until, int other_fd);
    void add_own_items(std::vector<sys::PollItem>& items) const;
    void look_for_requests() noexcept;
    void look_at_clock() noexcept;
    void end(Reason reason, Teardown const& how) noexcept;

    RunOptions options_;
    std::optional<TextMode> text_;
    std::string input_; ///< kept, or encoded
    sys::Deadline const time_limit_;
    sys::Deadline next_limit_; ///< later, while C++ comes to its end
    bool is_late_ = false; ///< the time limit has passed
    std::unique_ptr<Running> running_;
    std::string command_; ///< if it was not even started

    Reason reason_ = Reason::own_end;
    std::vector<sys::PollItem> items_;
    std::size_t running_items_ = 0; ///< those of `running_` come first
    bool other_is_ready_ = false;

    std::atomic<bool> teardown_requested_{false};
    std::atomic<bool> cancel_requested_{false};
    std::optional<sys::Waker> waker_;
};

} // namespace runnel::inline v0
