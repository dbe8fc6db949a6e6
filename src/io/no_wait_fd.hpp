// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A descriptor for the thread that runs a poll loop: no call on it ever blocks
// that thread.
#pragma once

#include "sys/fd.hpp"
#include "sys/no_wait.hpp"
#include "sys/signal.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>

namespace runnel::inline v0 {

/// Who may hold the same open file as one of the library's descriptors.
enum class Held : bool {
    by_us, ///< a pipe end that no child got and no caller knows
    by_others_too,
};

/// A descriptor that is read or written without ever waiting, even if other
/// processes hold the same open file.
///
/// If another process or thread uses the same pipe, a poll that says "ready" is
/// no promise: the read or write that follows may still block. O_NONBLOCK is a
/// flag of the open file, so setting it would make the reads and writes of all
/// other holders fail. Hence, in this order:
///
/// 1. Regular files, block devices, /dev/null: plain read and write.
/// 2. Sockets: MSG_DONTWAIT with each call.
/// 3. A pipe end that only the library holds: O_NONBLOCK.
/// 4. Other pipe ends: RWF_NOWAIT with each call (Linux 6.4 and newer).
/// 5. Where the kernel does not support that: pipes, FIFOs and terminals are
///    opened once more, as a separate non-blocking open file (`sys::reopen`).
/// 6. Where that is refused (no /proc, a terminal of another user), and for
///    other devices: at most `PIPE_BUF` bytes, and only after a poll. This is
///    the only way that can block: if another reader or writer is faster.
class NoWaitFd {
public:
    using Owner = std::shared_ptr<sys::Fd const>;

    NoWaitFd() noexcept = default;

    /// Other processes may hold the same open file; its flags stay as they are.
    /// `owned`, if given, keeps `fd` open.
    explicit NoWaitFd(int fd, Owner owned = {});

    /// Throws `std::system_error` if a pipe with `Held::by_us` cannot be made
    /// non-blocking.
    NoWaitFd(sys::Fd fd, Held held);

    /// The descriptor to poll; -1 if there is none or it was closed. A write
    /// may change the number.
    int fd() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

    bool is_pipe() const noexcept { return kind_ == sys::FileKind::pipe; }

    /// True if a read or write may be tried at any time; else only after a poll
    /// has said that `fd` is ready.
    bool never_blocks() const noexcept { return way_ != sys::Way::when_ready; }

    /// True if nothing else in this process owned the descriptor when this
    /// object was made.
    bool is_ours() const noexcept { return is_ours_; }

    /// The most bytes to write at once.
    std::size_t most() const noexcept;

    /// The first of `bytes`, to be written at once so that others who write to the
    /// same pipe tear no line of up to 4 KiB. All of them if nobody else writes.
    std::string_view whole_lines(std::string_view bytes) const noexcept;

    /// Reads up to `into.size()` bytes; 0 is end of file. "Would block" is an
    /// error. Throws `std::bad_alloc`.
    sys::Result<std::size_t> read(std::span<char> into);

    /// Writes some of `bytes`, at most `most()`. "Would block" is an error.
    /// Throws `std::bad_alloc`.
    sys::Result<std::size_t> write(std::string_view bytes,
                                   sys::SigpipeGuard& guard);

    /// The same, but if `fd` turns out to need a poll first, polls without
    /// waiting and tries again.
    sys::Result<std::size_t> write_what_fits(std::string_view bytes,
                                             sys::SigpipeGuard& guard);

    void close() noexcept { *this = NoWaitFd(); }

private:
    void find_way();
    template <class Act>
    sys::Result<std::size_t> attempt(sys::Direction direction, Act act);
    void find_other_way(sys::Direction direction);
    int used() const noexcept { return again_ ? again_->get() : fd_; }

    int fd_ = -1;
    sys::FileKind kind_ = sys::FileKind::other;
    sys::Way way_ = sys::Way::plain;
    bool is_ours_ = false;
    Owner owned_;
    Owner again_; ///< the same file, opened once more for reading
};

} // namespace runnel::inline v0
