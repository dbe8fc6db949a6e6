// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// An in-process stage that runs on a thread of its own.
#pragma once

#include "base/cancel.hpp"
#include "base/code_state.hpp"
#include "flow/code_input.hpp"
#include "io/byte_ring.hpp"
#include "io/last_byte.hpp"
#include "plan/in_process.hpp"
#include "plan/program_pipes.hpp"
#include "sys/fd.hpp"
#include "sys/poll.hpp"

#include <runnel/words.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <thread>

namespace runnel::inline v0 {

class Executor;

/// A thread that puts the words of a stage into a ring. The job's loop takes
/// them out and writes them.
class CodeRun {
public:
    /// `in`: the descriptor that the stage reads, if it reads. `owned` keeps
    /// `in` open if the library owns it. `news` is woken when the ring has
    /// bytes, and at the end; `news` must outlive this object. `last`: of the
    /// pipe that the stage reads; may be null. `place`: told what the thread does;
    /// must outlive this object. `beside`: for what the stage shows.
    CodeRun(std::shared_ptr<detail::InProcess const> code, int in,
            std::shared_ptr<sys::Fd const> owned, sys::Waker& news,
            detail::LastByte* last, CodePlace& place, Neighbours beside = {});
    CodeRun(CodeRun const&) = delete;
    CodeRun& operator=(CodeRun const&) = delete;
    /// Waits for the thread.
    ~CodeRun();

    /// `executor`: for verbs that the code calls; see `scoped_executor`.
    void start(Executor* executor);

    std::shared_ptr<detail::InProcess const> const& code() const noexcept
    {
        return code_;
    }
    std::shared_ptr<ByteRing> const& ring() const noexcept { return ring_; }

    /// Asks the stage to end, because its words have no reader any more: the
    /// ring takes no more words, and waits for input throw `Cancelled`.
    void cancel() noexcept;

    /// Ends the stage's input after the bytes written so far, even if a process
    /// still holds the write end.
    void end_input() noexcept;

    bool has_ended() const noexcept { return ended_.load(); }

    /// True if the stage runs, reads input and has not reached end of file.
    bool reads_on() const noexcept { return !ended_ && left_early_; }

    // After the end.

    std::exception_ptr const& failure() const noexcept { return failure_; }

    /// True if the stage ended before the end of its input.
    bool left_early() const noexcept { return left_early_; }

private:
    void run() noexcept;
    void pull();

    std::shared_ptr<detail::InProcess const> code_;
    int in_;
    std::shared_ptr<sys::Fd const> owned_;
    sys::Waker& news_;
    detail::LastByte* last_;
    CodePlace& place_;
    Neighbours beside_;
    std::shared_ptr<ByteRing> ring_;
    detail::CodeInput input_;
    detail::CancelFlag cancelled_;
    std::exception_ptr failure_;
    std::atomic<bool> left_early_{false};
    std::atomic<bool> ended_{false};
    std::thread thread_;
};

} // namespace runnel::inline v0
