// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Moves bytes between memory and the pipes of children. One loop serves all
// pipes, so that no order of reading and writing can deadlock.
#pragma once

#include "io/byte_ring.hpp"
#include "io/copier.hpp"
#include "io/drain.hpp"
#include "io/outlet.hpp"
#include "io/own_stream.hpp"
#include "sys/clock.hpp"
#include "sys/fd.hpp"
#include "sys/poll.hpp"
#include "sys/signal.hpp"

#include <runnel/detail/bytes.hpp>
#include <runnel/detail/pipe_allowance.hpp>
#include <runnel/limit.hpp>

#include <forward_list>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// Bytes to be written to one place: given ones, or those of a ring.
struct Feed {
    Outlet out;
    std::string_view rest; ///< still to be written
    std::string_view next; ///< to be written after `rest`
    std::string owned; ///< what `rest` refers to, if it must be kept
    bool kept = false; ///< `rest` refers to `owned`, and `next` is empty
    std::shared_ptr<ByteRing> ring; ///< in place of `rest`
    sys::Deadline look_again = sys::Deadline::min(); ///< into the ring
    detail::PipeAllowance large; ///< while its pipe is a large one
    detail::LastByte* last = nullptr; ///< if an idle limit watches it

    void close() noexcept;
};

/// Feeds, drains and copiers whose bytes a poll loop moves: the pump's own loop
/// (`run`), or a larger one that the pump is part of.
///
/// Used by one thread at a time. Keeps its state between runs: if a run ends at
/// its deadline, the next run continues and no bytes are lost.
class BytePump {
public:
    /// `held`: whether other processes may hold the same pipe end. They may if
    /// the caller was ever told its number. `first`: bytes to write before.
    Feed& feed(sys::Fd fd, std::string_view bytes, Held held = Held::by_us,
               std::string_view first = {});
    /// The same for the keyboard of a terminal. `end`: keys that are typed last.
    Feed& type(sys::Fd fd, std::string_view bytes, std::string_view end);
    /// `to` may be memory.
    Feed& feed(Outlet to, std::shared_ptr<ByteRing> ring);
    /// Without a descriptor, the drain is the target of an `Outlet`.
    Drain& drain(sys::Fd fd, detail::Bytes ahead = {},
                 CaptureLimit const& limit = {}, Held held = Held::by_us);
    template <class C>
    C& copy(C copier)
    {
        auto made = std::make_unique<C>(std::move(copier));
        auto& added = *made;
        copiers_.push_back(std::move(made));
        return added;
    }

    /// Shows the bytes of `drain` on descriptor `fd` of this process, 1 or 2, as
    /// they come.
    void show(Drain& drain, int fd);

    /// Moves bytes until every pipe has ended (true), or until `deadline`
    /// (false). Throws `std::system_error` if a wait, a read, or a write of a
    /// copier or ring fails.
    bool run(sys::Deadline deadline);

    /// Adds the descriptors to wait for; the wait must end at `deadline()`.
    void add_items(std::vector<sys::PollItem>& items);
    sys::Deadline deadline() const noexcept { return look_again_; }

    /// Moves bytes for the ready ones of `items`, which begins with the items
    /// that `add_items` added last. Must be called after every wait, even if
    /// `add_items` added nothing: bytes for memory need no wait.
    void move_ready(std::span<sys::PollItem const> items);

    /// If only one drain is open: reads it to end of file, blocking.
    bool finish_only_drain();

    /// Takes the bytes that are in the pipes now and does not wait for more, so
    /// that a writer that never stops cannot keep the loop here. Then closes
    /// all pipes. Returns true if every pipe had come to its end. Bytes that are
    /// not shown yet are kept; see `is_showing`.
    bool finish_now();

    /// Moves what in-process stages have written so far to captures that wait
    /// for a stream of this process.
    void take_words();

    /// Drops given input that is not written yet: no child is left to read it.
    /// Rings stay, because their bytes may go elsewhere.
    void close_input() noexcept;

    /// The same, but only for pipes without a reader. Returns true if an
    /// outside process may still read such input. When that process ends, the
    /// loop drops the input by itself.
    bool close_unread_input();

    /// Closes all pipes, even if bytes are left in them, or are not shown yet.
    void close_all() noexcept;

    /// Copies the input that is not written yet, so that the caller's bytes may
    /// be destroyed. If there is no memory for the copy, the input ends here.
    void keep_input() noexcept;

    /// True if a copier holds bytes for a place other than a pipe to children.
    bool must_deliver() const noexcept;

    /// True if a stream of this process must still take bytes that are shown.
    bool is_showing() const noexcept;

    /// True if no pipe is open, and all is shown.
    bool is_idle() const noexcept;

private:
    Drain* only_drain() noexcept;
    static void read_alone(Drain& drain);
    bool has_bytes(Feed& feed);
    static void write_from(Feed& feed, sys::SigpipeGuard& guard);
    static void write_rest(Feed& feed, sys::SigpipeGuard& guard);
    static void write_ring(Feed& feed, sys::SigpipeGuard& guard);
    bool writes() const noexcept;

    // Callers hold references: elements must keep their addresses.
    std::list<Feed> feeds_;
    std::list<Drain> drains_;
    std::vector<std::unique_ptr<Copier>> copiers_;
    std::forward_list<OwnStream> shown_; ///< one for a descriptor
    sys::Deadline look_again_ = sys::never;
    std::vector<bool*> polled_; ///< the flags to set, in the order of the items
    std::vector<sys::PollItem> items_;
};

} // namespace runnel::inline v0
