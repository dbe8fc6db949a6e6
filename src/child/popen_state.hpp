// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The state of a `Popen`: one child and this process's ends of its pipes.
#pragma once

#include "io/pump.hpp"
#include "io/stream_access.hpp"
#include "sys/clock.hpp"
#include "sys/container.hpp"
#include "sys/foreground.hpp"
#include "sys/process.hpp"

#include <runnel/popen.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace runnel::inline v0::detail {

class PopenState {
public:
    std::vector<std::string> args; ///< as they were given
    std::vector<std::string> shell_args; ///< with the shell in front, if any
    std::string executable; ///< if it is not `argv()[0]`
    std::size_t stage = 1;
    std::size_t stages = 1;
    RunId run = 0;
    OnDestroy on_destroy = OnDestroy::wait;
    Teardown teardown; ///< of the options
    Observer* observer = nullptr;

    WriteStream in;
    ReadStream out;
    ReadStream err;

    std::unique_ptr<sys::Process> process;
    /// What has left the container, as seen when the child was ended.
    std::vector<sys::Escaped> escaped;
    sys::ForegroundLoan foreground; ///< given back when the child has ended
    std::chrono::system_clock::time_point started_at{};
    sys::Clock::time_point started{};
    std::chrono::nanoseconds start_time{0}; ///< until its program executed

    /// Waits for the child to end, and tells the observer once. Returns nothing
    /// if `deadline` passes first.
    std::optional<sys::Exit> wait(sys::Deadline deadline);

    /// `wait`, and waits for what runs in the container of the child.
    bool wait_for_all(sys::Deadline deadline);

    /// `wait` without waiting, for a child that is known to have ended.
    std::optional<sys::Exit> collect();

    /// Throws `std::system_error` if the system refuses,
    /// `std::invalid_argument` if there is no such signal.
    void send_signal(int signal);

    /// Returns false if the system refuses. A child that has already ended does
    /// not count as a refusal.
    bool try_signal(int signal) noexcept;

    /// Waits for the child. In a debug build of the library, prints a hint on
    /// stderr if that takes long, because a program that hangs in a destructor
    /// is hard to understand.
    void wait_in_destructor() noexcept;

    /// Ends the child. Returns when the child is reaped, or when this process is
    /// not permitted to kill it.
    void tear_down(Teardown const& how) noexcept;

    /// Kills the child and reaps it. A child that this process is not permitted
    /// to kill is abandoned.
    static void end(std::unique_ptr<PopenState> child) noexcept;

    /// Closes this process's ends of the pipes. Writes what is buffered for
    /// stdin: all of it, or as much as fits without waiting. Ignores errors.
    enum class Flush : bool { all, what_fits };
    void close_streams(Flush flush) noexcept;

    std::vector<std::string>& argv() noexcept
    {
        return shell_args.empty() ? args : shell_args;
    }

    ChildView view();

    Communicated communicate(OptionalText input, Timeout timeout,
                             Timeout drain);

    /// Throws `TimeoutExpired` with what was read so far.
    [[noreturn]] void expire(Timeout timeout);

    PopenState* next = nullptr; ///< for the lists in abandoned.cpp

private:
    /// One stream that is read to end of file.
    struct Reading {
        Drain* drain = nullptr; ///< null: the stream is not piped
        Bytes ahead; ///< in text mode: text that was decoded before
        Bytes half; ///< and the bytes after it, not decoded yet
        std::unique_ptr<TextReader> text;
    };

    struct Conversation {
        BytePump pump;
        Reading out;
        Reading err;
        Bytes first; ///< of stdin: unflushed bytes; all, if keys end them
        Bytes encoded; ///< the input, if encoding changes it
        bool drained = true; ///< false: a pipe was closed before end of file
    };

    void say_who_is_waited_for() const noexcept;
    std::optional<sys::Exit> told(std::optional<sys::Exit> exit);
    std::error_code signal_and_tell(int signal) noexcept;
    void begin_conversation(OptionalText input);
    void feed(Conversation& conversation, OptionalText input);
    static Reading reading(BytePump& pump, ReadStream& stream);
    static Output bytes_of(Reading const& reading);
    static Output text_of(Reading& reading);
    bool converse(sys::Deadline deadline, Timeout drain);
    bool move_bytes(sys::Deadline deadline, Timeout drain);
    bool move_until_left(sys::Deadline deadline, Timeout drain);
    void move_once(sys::Deadline until);
    Communicated outputs();
    Communicated texts();

    std::atomic<bool> was_told_{false};
    std::unique_ptr<Conversation> conversation_;
};

/// For other parts of the library.
class PopenAccess {
public:
    static PopenState& state(Popen& popen) { return *popen.state_; }
    static Popen make(std::unique_ptr<PopenState> state)
    {
        return Popen(std::move(state));
    }
};

} // namespace runnel::inline v0::detail
