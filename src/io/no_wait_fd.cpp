#include "io/no_wait_fd.hpp"

#include <system_error>
#include <utility>

namespace runnel::inline v0 {

namespace {

constexpr std::size_t kib = 1024;

/// So many bytes fit into a pipe that polls as writable, if nobody else writes
/// to it meanwhile.
constexpr std::size_t pipe_buf = 4 * kib;

} // namespace

NoWaitFd::NoWaitFd(int fd, Owner owned, sys::Direction direction)
    : fd_(fd), kind_(sys::kind_of(fd)), is_ours_(owned.use_count() == 1),
      owned_(std::move(owned))
{
    find_way(direction);
}

NoWaitFd::NoWaitFd(sys::Fd fd, sys::Direction direction, Held held)
    : fd_(fd.get()), kind_(sys::kind_of(fd_)), is_ours_(true),
      owned_(std::make_shared<sys::Fd const>(std::move(fd)))
{
    if (held == Held::by_others_too || kind_ != sys::FileKind::pipe)
        find_way(direction);
    else if (auto const error = sys::set_nonblocking(fd_))
        throw std::system_error(error, "cannot make a pipe non-blocking");
}

void NoWaitFd::find_way(sys::Direction direction)
{
    if (kind_ == sys::FileKind::regular)
        return;
    if (kind_ == sys::FileKind::socket) {
        way_ = sys::Way::socket;
        return;
    }
    auto again = sys::reopen(fd_, direction);
    if (!again) {
        way_ = sys::Way::per_call;
        return;
    }
    again_ = std::make_shared<sys::Fd const>(std::move(again.value));
    if (direction == sys::Direction::write) { // a reader must poll the old one
        owned_ = std::move(again_);
        fd_ = owned_->get();
    }
}

std::size_t NoWaitFd::most() const noexcept
{
    switch (way_) {
    case sys::Way::when_ready: return pipe_buf;
    case sys::Way::socket: return 64 * kib; // it may want one message at a time
    default: return 1024 * kib;
    }
}

sys::Result<std::size_t> NoWaitFd::read(std::span<char> into) noexcept
{
    return outcome(sys::read_some(used(), into.data(), into.size(), way_));
}

sys::Result<std::size_t> NoWaitFd::write(std::string_view bytes,
                                         sys::SigpipeGuard& guard) noexcept
{
    return outcome(guard.write_some(used(), bytes.substr(0, most()), way_));
}

// Whether the kernel can do it is known only when it is asked.
sys::Result<std::size_t>
NoWaitFd::outcome(sys::Result<std::size_t> count) noexcept
{
    if (way_ != sys::Way::per_call || !sys::is_unsupported(count.error))
        return count;
    way_ = sys::Way::when_ready;
    return {std::make_error_code(std::errc::operation_would_block), 0};
}

} // namespace runnel::inline v0
