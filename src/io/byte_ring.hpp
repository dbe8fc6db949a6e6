// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Bytes from one thread to a poll loop.
#pragma once

#include "base/code_state.hpp"
#include "sys/poll.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>

namespace runnel::inline v0 {

/// A ring buffer with one writer thread and one reader thread, without a lock
/// while there is room. New bytes wake the reader only if it sleeps. A reader
/// that will look again soon is not woken, so that many small pieces are moved
/// together.
class ByteRing {
public:
    /// `news` must outlive the ring. `place`: told of the writer's waits; may be
    /// null.
    explicit ByteRing(sys::Waker& news, CodePlace* place = nullptr);

    // For the writer.

    /// Waits for room. Returns false if the reader has called `abandon`.
    bool put(std::string_view bytes);

    /// The same for `bytes` followed by `end`.
    bool put(std::string_view bytes, std::string_view end);

    /// Marks the end: no more bytes follow.
    void finish() noexcept;

    // For the reader.

    /// The bytes that can be read in one piece; more may follow them.
    std::string_view readable() const noexcept;
    void consume(std::size_t count) noexcept;

    /// True if there are bytes to read, or the end.
    bool has_something() const noexcept;

    /// The same; if false, `news` is woken when that changes.
    bool has_something_or_sleeps() noexcept;

    /// True if all bytes were consumed and no more follow.
    bool is_over() const noexcept;

    /// How many bytes were consumed.
    std::size_t taken() const noexcept { return taken_; }

    /// Marks that the reader reads no more.
    void abandon() noexcept;

private:
    static constexpr std::size_t size = std::size_t{256} * 1024;

    std::size_t room() const noexcept;
    bool wait_for_room();
    void publish(std::size_t count) noexcept;
    void tell() noexcept;
    void let_writer_go_on() noexcept;

    sys::Waker& news_;
    CodePlace* place_;
    std::unique_ptr<char[]> bytes_;
    // How many bytes were put, and taken, since the beginning.
    alignas(64) std::atomic<std::size_t> put_{0};
    std::atomic<bool> finished_{false};
    alignas(64) std::atomic<std::size_t> taken_{0};
    std::atomic<bool> reader_sleeps_{false};
    std::atomic<bool> writer_sleeps_{false};
    std::atomic<bool> abandoned_{false};
    std::mutex mutex_;
    std::condition_variable has_room_;
};

} // namespace runnel::inline v0
