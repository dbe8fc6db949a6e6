// Bytes from one thread to a poll loop.
#pragma once

#include "sys/poll.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>

namespace runnel::inline v0 {

/// A ring that one thread writes to and one reads from, without a lock while
/// there is room. Whoever reads it is woken when there is something for one
/// who sleeps; one who comes by himself in a moment is left alone, so that
/// many small pieces go on together.
class ByteRing {
public:
    /// `news` must outlive the ring.
    explicit ByteRing(sys::Waker& news);

    // For the writer.

    /// Waits for room. False if nobody reads any more.
    bool put(std::string_view bytes);

    /// The same for a piece with one more byte behind it.
    bool put(std::string_view bytes, char end);

    /// There is no more to come.
    void finish() noexcept;

    // For the reader.

    /// Bytes that lie together; more may lie behind them.
    std::string_view readable() const noexcept;
    void consume(std::size_t count) noexcept;

    /// True if there is something to read, be it the end.
    bool has_something() const noexcept;

    /// True if so; else `news` will tell when there is.
    bool has_something_or_sleeps() noexcept;

    /// True if all that was put was consumed, and there is no more to come.
    bool is_over() const noexcept;

    /// Nobody will read any more.
    void abandon() noexcept;

private:
    static constexpr std::size_t size = std::size_t{256} * 1024;

    std::size_t room() const noexcept;
    bool wait_for_room();
    void publish(std::size_t count) noexcept;
    void tell() noexcept;
    void let_writer_go_on() noexcept;

    sys::Waker& news_;
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
