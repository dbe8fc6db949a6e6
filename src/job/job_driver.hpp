// Runs the event loop of a program that any executor may have started, and
// enforces what is the same for all of them: the time limit, the stop token,
// text mode of the input.
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

/// Used by one thread at a time, except for the functions that are marked.
class JobDriver {
public:
    /// Throws `std::invalid_argument` for bad signals in the options.
    explicit JobDriver(RunOptions const& options);

    /// Prepares the input, and the program for text mode. With `keeps_input` the
    /// input is copied, so that the caller's may be destroyed. Returns false if a
    /// stop was requested
    /// already: then the program must not be started.
    bool prepare(Program& program, bool keeps_input);

    /// Takes over the program that an executor has started with `options()`.
    void adopt(std::unique_ptr<Running> running);

    /// Lets requests interrupt the wait of a turn. This costs a descriptor,
    /// which `let_go_of_waker` closes.
    void make_wakeable() { waker_.emplace(); }
    void let_go_of_waker() noexcept { waker_.reset(); }

    /// One turn of the event loop: waits for an event, at most until `until`,
    /// and acts on it. `other_fd` being readable is an event, too.
    void drive(sys::Deadline until, int other_fd = -1) noexcept;
    bool other_is_ready() const noexcept { return other_is_ready_; }

    /// Adds everything that a turn would wait for.
    void add_items(std::vector<sys::PollItem>& items);

    /// When the next turn is due even if nothing happens.
    sys::Deadline deadline() const;

    bool has_ended() const noexcept
    {
        return running_ == nullptr || running_->has_ended();
    }

    /// False if nothing is lost while no thread runs the event loop.
    bool needs_driving() const noexcept;

    /// Why the program was ended early, if it was.
    enum class Reason : unsigned char {
        own_end,
        expired,
        stopped,
        cancelled, ///< with the job whose in-process stage runs this one
    };
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

    // From any thread, but not during `let_go_of_waker`.

    /// Ends the program by the teardown of the options.
    void request_teardown() noexcept;

    /// Asks the in-process stages to end.
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
    std::string input_; ///< if it is copied or encoded
    sys::Deadline const time_limit_;
    sys::Deadline next_limit_; ///< later, while in-process stages finish
    bool is_late_ = false; ///< the time limit has passed
    std::unique_ptr<Running> running_;
    std::string command_; ///< if the program was not started

    Reason reason_ = Reason::own_end;
    std::vector<sys::PollItem> items_;
    std::size_t running_items_ = 0; ///< those of `running_` come first
    bool other_is_ready_ = false;

    std::atomic<bool> teardown_requested_{false};
    std::atomic<bool> cancel_requested_{false};
    std::optional<sys::Waker> waker_;
};

} // namespace runnel::inline v0
