// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Descriptors: owning them, their kinds, reading them.
#pragma once

#include "sys/result.hpp"

#include <atomic>
#include <cstddef>
#include <optional>
#include <system_error>
#include <utility>

namespace runnel::inline v0::sys {

/// Owns one descriptor and closes it exactly once. The result of the close is
/// ignored: even an interrupted close frees the descriptor.
class Fd {
public:
    Fd() noexcept = default;
    explicit Fd(int number) noexcept : number_(number) { count_one(); }
    Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Fd& operator=(Fd&& other) noexcept
    {
        int const number = std::exchange(other.number_, -1);
        reset();
        number_ = number;
        return *this;
    }
    ~Fd() { reset(); }

    int get() const noexcept { return number_; }
    explicit operator bool() const noexcept { return number_ >= 0; }
    int release() noexcept
    {
        if (number_ >= 0)
            count_.fetch_sub(1, std::memory_order_relaxed);
        return std::exchange(number_, -1);
    }
    void reset(int number = -1) noexcept
    {
        if (int const old = release(); old >= 0)
            close(old);
        number_ = number;
        count_one();
    }

    /// How many descriptors all objects of this process own.
    static int count() noexcept
    {
        return count_.load(std::memory_order_relaxed);
    }

private:
    void count_one() const noexcept
    {
        if (number_ >= 0)
            count_.fetch_add(1, std::memory_order_relaxed);
    }

    static void close(int number) noexcept;

    static inline std::atomic<int> count_{0};

    int number_ = -1;
};

/// Another descriptor of the same open file, with a number above 2. No child
/// inherits it.
Result<Fd> copy_of(int fd) noexcept;

/// Reads up to `room` bytes; 0 is end of file: also for a terminal that hung up, and
/// for the controller of a pseudo-terminal that no program has open any more.
/// `errc::operation_would_block` if the file is non-blocking and empty.
Result<std::size_t> read_some(int fd, char* into, std::size_t room) noexcept;

/// True for the errors that mean "not now".
inline bool would_block(std::error_code error) noexcept
{
    return error == std::errc::operation_would_block
        || error == std::errc::resource_unavailable_try_again;
}

/// False if there is no such descriptor.
bool is_open(int fd) noexcept;

/// How many bytes can be read now; none if the system does not tell.
std::optional<std::size_t> bytes_to_read(int fd) noexcept;

enum class FileKind : unsigned char {
    pipe, ///< or a FIFO
    regular, ///< or a block device, or memory such as /dev/null: never waits
    socket,
    other, ///< a terminal, another device, an eventfd, ...
};

FileKind kind_of(int fd) noexcept;

/// Makes reads and writes of this open file return instead of block. Only for
/// open files that no other process shares.
std::error_code set_nonblocking(int fd) noexcept;

} // namespace runnel::inline v0::sys
