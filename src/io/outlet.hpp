// Somewhere to write to from a poll loop.
#pragma once

#include "sys/fd.hpp"

#include <memory>
#include <system_error>
#include <utility>

namespace runnel::inline v0 {

/// A descriptor to write to without being kept: ours alone, shared, or one of
/// the process.
class Outlet {
public:
    Outlet() noexcept = default;

    /// `owned`: keeps `fd` open, if that is ours. A pipe that nobody else has
    /// is made non-blocking; throws `std::system_error` if that fails.
    explicit Outlet(int fd, std::shared_ptr<sys::Fd const> owned = {})
        : fd_(fd), owned_(std::move(owned))
    {
        auto const kind = sys::kind_of(fd_);
        is_ours_ = owned_.use_count() == 1;
        bool const sole = kind == sys::FileKind::pipe && is_ours_;
        if (sole)
            if (auto const error = sys::set_nonblocking(fd_))
                throw std::system_error(error, "cannot feed a pipe");
        never_blocks_ = sole || kind == sys::FileKind::regular;
    }

    explicit Outlet(sys::Fd fd)
    {
        auto owned = std::make_shared<sys::Fd const>(std::move(fd));
        int const number = owned->get();
        *this = Outlet(number, std::move(owned));
    }

    int fd() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

    void close() noexcept
    {
        fd_ = -1;
        owned_.reset();
    }

    /// True if a write may be tried at any time.
    bool never_blocks() const noexcept { return never_blocks_; }

    /// True if no other process or stream has it, nor writes at its position.
    bool is_ours() const noexcept { return is_ours_; }

    /// How much to write at once: so little fits where there is any room.
    std::size_t most() const noexcept
    {
        return never_blocks_ ? std::size_t{1024} * 1024 : 4096;
    }

    bool ready = false; ///< as the last poll said

private:
    int fd_ = -1;
    std::shared_ptr<sys::Fd const> owned_;
    bool never_blocks_ = false;
    bool is_ours_ = false;
};

} // namespace runnel::inline v0
