// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How much of the user's pipe memory the library takes for large pipes.
#pragma once

#include <runnel/detail/config.hpp>

#include <cstddef>
#include <utility>

namespace runnel::inline v0::detail {

/// A share of the memory for large pipes, given back by the destructor.
///
/// Linux allows an unprivileged user 64 MiB of pipes in all (16,384 pages);
/// beyond that, new pipes of any of the user's processes get one page. Large
/// pipes of this process stay below a quarter of it. Thread safe.
class RUNNEL_EXPORT PipeAllowance {
public:
    PipeAllowance() noexcept = default;
    PipeAllowance(PipeAllowance&& other) noexcept
        : bytes_(std::exchange(other.bytes_, 0))
    {
    }
    PipeAllowance& operator=(PipeAllowance&& other) noexcept
    {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~PipeAllowance() { give_back(); }

    /// Makes a pipe hold up to `bytes`, as many as the kernel allows. Takes a share
    /// for what it has grown to. Returns false if it has not grown, unless it was as
    /// large already.
    bool grow(int pipe, std::size_t bytes) noexcept;

    /// The same for a pipe that was just made: its size need not be asked for.
    bool grow_new(int pipe, std::size_t bytes) noexcept;

    void give_back() noexcept
    {
        if (bytes_ > 0)
            give_back(std::exchange(bytes_, 0));
    }

private:
    /// Returns false if fewer than `bytes` are left.
    bool take(std::size_t bytes) noexcept;
    bool grow(int pipe, std::size_t size, std::size_t bytes) noexcept;
    static void give_back(std::size_t bytes) noexcept;

    std::size_t bytes_ = 0;
};

} // namespace runnel::inline v0::detail
