// Moves bytes between memory and the pipes of children, all of them together,
// so that no order of reading and writing can deadlock.
#pragma once

#include "io/byte_ring.hpp"
#include "io/drain.hpp"
#include "io/outlet.hpp"
#include "io/pipe_allowance.hpp"
#include "io/tee_copy.hpp"
#include "sys/clock.hpp"
#include "sys/fd.hpp"
#include "sys/poll.hpp"
#include "sys/signal.hpp"

#include <runnel/detail/bytes.hpp>
#include <runnel/limit.hpp>

#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::inline v0 {

/// Bytes on their way to one place: some that are there, or what a ring brings.
struct Feed {
    Outlet out;
    std::string_view rest; ///< still to be written
    std::string owned; ///< what `rest` refers to, if it must be kept
    bool kept = false; ///< `rest` refers to `owned`
    std::shared_ptr<ByteRing> ring; ///< in place of `rest`
    sys::Deadline look_again = sys::Deadline::min(); ///< into the ring
    PipeAllowance large; ///< while its pipe is a large one

    void close() noexcept;
};

/// Feeds, drains and tees, to be moved in a poll loop: their own, or a larger one
/// that they are part of.
///
/// Used by one thread at a time. Keeps its state between runs, so that a run
/// that ended by its deadline is gone on with by the next one, and nothing is
/// lost.
class BytePump {
public:
    /// `held`: who else may hold the same pipe end. If its number was ever told
    /// to the caller, that is anybody.
    Feed& feed(sys::Fd fd, std::string_view bytes, Held held = Held::by_us);
    /// `to` may be memory.
    Feed& feed(Outlet to, std::shared_ptr<ByteRing> ring);
    /// Without a descriptor: for an `Outlet` that leads there.
    Drain& drain(sys::Fd fd, detail::Bytes ahead = {},
                 CaptureLimit const& limit = {}, Held held = Held::by_us);
    TeeCopy& tee(TeeCopy tee);

    /// Moves bytes until every pipe has ended (true), or until `deadline`
    /// (false). Throws `std::system_error` if the system fails a read.
    bool run(sys::Deadline deadline);

    /// Adds what to wait for, at most until `deadline()`.
    void add_items(std::vector<sys::PollItem>& items);
    sys::Deadline deadline() const noexcept { return look_again_; }

    /// Moves what is ready among `items`, which begins with what `add_items`
    /// added last. To be called after every wait, even if `add_items` added
    /// nothing: what goes to memory is nothing to wait for.
    void move_ready(std::span<sys::PollItem const> items);

    /// If one drain is all there is: reads it to its end, blocking.
    bool finish_only_drain();

    /// Takes what lies in the pipes now and does not wait for more, not even
    /// for a writer that never stops. Then lets go of all pipes. True if every
    /// one of them had come to its end.
    bool finish_now();

    /// Lets go of bytes that were there from the beginning: no child is left
    /// to read them. What rings bring may go elsewhere.
    void close_input() noexcept;

    /// The same, but only where nobody holds a read end any more. Returns true
    /// if some process may still read such bytes: one that the children left
    /// behind. Once it has gone, the loop lets go of the bytes by itself.
    bool close_unread_input();

    /// Lets go of all pipes, whatever is in them.
    void close_all() noexcept;

    /// Copies the input that was not written yet, so that the caller's may go.
    /// Without memory for that, the input ends here.
    void keep_input() noexcept;

    /// True if a tee has bytes in hand for some other place than a pipe whose
    /// other end was given to children.
    bool must_deliver() const noexcept;

    /// True if no pipe is open.
    bool is_idle() const noexcept;

private:
    Drain* only_drain() noexcept;
    static void read_alone(Drain& drain);
    bool has_bytes(Feed& feed);
    static void write_from(Feed& feed, sys::SigpipeGuard& guard);
    static void write_rest(Feed& feed, sys::SigpipeGuard& guard);
    static void write_ring(Feed& feed, sys::SigpipeGuard& guard);
    bool writes() const noexcept;

    // Addresses are given out: elements must stay where they are.
    std::list<Feed> feeds_;
    std::list<Drain> drains_;
    std::list<TeeCopy> tees_;
    sys::Deadline look_again_ = sys::never;
    std::vector<bool*> polled_; ///< what to tell, in the order of the items
    std::vector<sys::PollItem> items_;
};

} // namespace runnel::inline v0
