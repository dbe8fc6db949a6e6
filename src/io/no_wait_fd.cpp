// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "io/no_wait_fd.hpp"

#include "sys/clock.hpp"
#include "sys/pipe.hpp"
#include "sys/poll.hpp"

#include <runnel/error.hpp>

#include <system_error>
#include <utility>

namespace runnel::inline v0 {

namespace {

/// A pipe that polls as writable has room for this many bytes, unless another
/// writer fills it meanwhile.
constexpr std::size_t pipe_buf = 4096;

} // namespace

NoWaitFd::NoWaitFd(int fd, Owner owned)
    : fd_(fd), kind_(sys::kind_of(fd)), is_ours_(owned.use_count() == 1),
      owned_(std::move(owned))
{
    find_way();
}

NoWaitFd::NoWaitFd(sys::Fd fd, Held held)
    : fd_(fd.get()), kind_(sys::kind_of(fd_)), is_ours_(true),
      owned_(std::make_shared<sys::Fd const>(std::move(fd)))
{
    if (held == Held::by_others_too || !is_pipe())
        find_way();
    else if (auto const error = sys::set_nonblocking(fd_))
        throw SystemError(error, "cannot make a pipe non-blocking");
}

void NoWaitFd::find_way()
{
    switch (kind_) {
    case sys::FileKind::regular: break;
    case sys::FileKind::socket: way_ = sys::Way::socket; break;
    default: way_ = sys::Way::per_call;
    }
}

std::size_t NoWaitFd::most() const noexcept
{
    switch (way_) {
    case sys::Way::when_ready: return pipe_buf;
    case sys::Way::socket: return 65536; // it may want one message at a time
    default: return sys::large_pipe;
    }
}

sys::Result<std::size_t> NoWaitFd::read(std::span<char> into)
{
    return attempt(sys::Direction::read, [&] {
        return sys::read_some(used(), into.data(), into.size(), way_);
    });
}

sys::Result<std::size_t> NoWaitFd::write(std::string_view bytes,
                                         sys::SigpipeGuard& guard)
{
    return attempt(sys::Direction::write, [&] {
        return guard.write_some(used(), bytes.substr(0, most()), way_);
    });
}

// A pipe takes so many bytes in one piece, or none.
std::string_view NoWaitFd::whole_lines(std::string_view bytes) const noexcept
{
    if (!is_pipe() || is_ours() || bytes.size() <= pipe_buf)
        return bytes;
    auto const end = bytes.rfind('\n', pipe_buf - 1);
    return bytes.substr(0, end == bytes.npos ? pipe_buf : end + 1);
}

sys::Result<std::size_t> NoWaitFd::write_what_fits(std::string_view bytes,
                                                   sys::SigpipeGuard& guard)
{
    auto const count = write(bytes, guard);
    if (count || never_blocks() || !sys::would_block(count.error))
        return count;
    return sys::is_ready(fd_, sys::Interest::write) ? write(bytes, guard)
                                                    : count;
}

// Only the call itself tells whether the kernel supports it for this file.
template <class Act>
sys::Result<std::size_t> NoWaitFd::attempt(sys::Direction direction, Act act)
{
    auto const count = act();
    if (way_ != sys::Way::per_call || !sys::is_unsupported(count.error))
        return count;
    find_other_way(direction);
    if (never_blocks())
        return act();
    return {std::make_error_code(std::errc::operation_would_block), 0};
}

// A reader goes on polling the old descriptor: see `sys::reopen`.
void NoWaitFd::find_other_way(sys::Direction direction)
{
    auto opened = sys::reopen(fd_, direction);
    way_ = opened ? sys::Way::plain : sys::Way::when_ready;
    if (!opened)
        return;
    auto again = std::make_shared<sys::Fd const>(std::move(opened.value));
    if (direction == sys::Direction::read) {
        again_ = std::move(again);
    } else {
        fd_ = again->get();
        owned_ = std::move(again);
    }
}

} // namespace runnel::inline v0
