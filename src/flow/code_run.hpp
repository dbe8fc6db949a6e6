// C++ that runs in the place of a command.
#pragma once

#include "base/cancel.hpp"
#include "flow/line_sources.hpp"
#include "io/byte_ring.hpp"
#include "plan/in_process.hpp"
#include "sys/fd.hpp"
#include "sys/poll.hpp"

#include <runnel/words.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <thread>

namespace runnel::inline v0 {

class Executor;

/// A thread that pulls words and puts them into a ring, whose other side the
/// job's loop writes.
class CodeRun {
public:
    /// `in`: the descriptor that it reads, if it reads, kept open by `owned` if
    /// it is ours. `news` is woken when there is
    /// something in the ring and at the end; it must outlive the run.
    CodeRun(std::shared_ptr<detail::InProcess const> code, int in,
            std::shared_ptr<sys::Fd const> owned, sys::Waker& news);
    CodeRun(CodeRun const&) = delete;
    CodeRun& operator=(CodeRun const&) = delete;
    /// Waits for the thread.
    ~CodeRun();

    /// `executor`: what verbs that the code calls use; see `scoped_executor`.
    void start(Executor* executor);

    std::shared_ptr<detail::InProcess const> const& code() const noexcept
    {
        return code_;
    }
    std::shared_ptr<ByteRing> const& ring() const noexcept { return ring_; }

    /// Asks it to end: nobody reads its words, and its input has no more.
    void cancel() noexcept;

    /// Ends its input after what has been written so far, although a process
    /// may still hold the write end.
    void end_input() noexcept;

    bool has_ended() const noexcept { return ended_.load(); }

    /// True if it reads, and has not come to the end of its input.
    bool reads_on() const noexcept { return !ended_ && left_early_; }

    // After the end.

    std::exception_ptr const& failure() const noexcept { return failure_; }

    /// True if there was more to read.
    bool left_early() const noexcept { return left_early_; }

private:
    void run() noexcept;
    void pull();
    LineRange input();

    std::shared_ptr<detail::InProcess const> code_;
    int in_;
    std::shared_ptr<sys::Fd const> owned_;
    sys::Waker& news_;
    std::shared_ptr<ByteRing> ring_;
    std::shared_ptr<detail::ByteLines> lines_; ///< what it reads
    detail::CancelFlag cancelled_;
    std::exception_ptr failure_;
    std::atomic<bool> left_early_{false};
    std::atomic<bool> ended_{false};
    std::thread thread_;
};

} // namespace runnel::inline v0
