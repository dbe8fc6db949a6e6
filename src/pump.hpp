// Moves bytes between memory and the pipes of children, all of them together,
// so that no order of reading and writing can deadlock.
#pragma once

#include "pipe_allowance.hpp"
#include "sys.hpp"

#include <runnel/detail/bytes.hpp>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::inline v0 {

/// Bytes on their way into one pipe.
struct Feed {
    sys::Fd fd;
    std::string_view rest; ///< still to be written
    std::string owned;     ///< what `rest` refers to, if it must be kept
    bool kept = false;     ///< `rest` refers to `owned`
    PipeAllowance large;   ///< while its pipe is a large one

    void close() noexcept;
};

/// Bytes that come out of one pipe.
struct Drain {
    sys::Fd fd;
    detail::Bytes bytes;
    int full_reads = 0;  ///< in a row
    PipeAllowance large; ///< while its pipe is a large one

    void close() noexcept;
};

/// One poll loop over feeds and drains.
///
/// Used by one thread. Keeps its state between runs, so that a run that ended
/// by its deadline is gone on with by the next one, and nothing is lost.
class Pump {
public:
    Feed& feed(sys::Fd fd, std::string_view bytes);
    Drain& drain(sys::Fd fd, detail::Bytes ahead = {});

    /// Moves bytes until every pipe has ended (true), or until `deadline`
    /// (false). Throws `std::system_error` if the system fails a read.
    bool run(sys::Deadline deadline);

    /// Moves bytes until there is something to read from `fd`, which is none
    /// of the pump's, or its end. Returns at once if nothing needs moving: a
    /// read may block then.
    void run_until_readable(int fd);

    /// Takes what lies in the pipes now and does not wait for more, not even
    /// for a writer that never stops. Then lets go of all pipes.
    void finish_now();

    /// Copies the input that was not written yet, so that the caller's may go.
    /// Without memory for that, the input ends here.
    void keep_input() noexcept;

private:
    std::size_t collect_items();
    void move_ready(sys::SigpipeGuard& guard);
    Drain* only_drain() noexcept;
    void read_alone(Drain& drain);
    /// False if there was nothing to read yet.
    bool read_into(Drain& drain);
    void poll_items(sys::Deadline deadline);
    void grow(Drain& drain);
    void write_from(Feed& feed, sys::SigpipeGuard& guard);

    // Addresses are given out: elements must stay where they are.
    std::deque<Feed> feeds_;
    std::deque<Drain> drains_;
    std::vector<sys::PollItem> items_;
};

} // namespace runnel::inline v0
