// How much of the user's pipe memory the library takes for large pipes.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace runnel::inline v0 {

/// A share of the memory for large pipes, given back by the destructor.
///
/// Linux allows an unprivileged user 64 MiB of pipes in all (16,384 pages);
/// beyond that, new pipes of any of the user's processes get one page. Large
/// pipes of this process stay below a quarter of it. Thread safe.
class PipeAllowance {
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

    /// Returns false if fewer than `bytes` are left.
    bool take(std::size_t bytes) noexcept
    {
        if (taken_.fetch_add(bytes, std::memory_order_relaxed) + bytes > most) {
            taken_.fetch_sub(bytes, std::memory_order_relaxed);
            return false;
        }
        bytes_ += bytes;
        return true;
    }

    void give_back() noexcept
    {
        if (bytes_ > 0)
            taken_.fetch_sub(std::exchange(bytes_, 0),
                             std::memory_order_relaxed);
    }

    std::size_t bytes() const noexcept { return bytes_; }

private:
    static constexpr std::size_t most = std::size_t{16} * 1024 * 1024;
    static inline std::atomic<std::size_t> taken_{0};

    std::size_t bytes_ = 0;
};

} // namespace runnel::inline v0
