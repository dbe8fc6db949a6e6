#include <runnel/stream.hpp>

#include "stream_access.hpp"
#include "sys.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace runnel::inline v0 {

namespace {

constexpr std::size_t read_buffer = 65536;
constexpr std::size_t write_buffer = 8192;

[[noreturn]] void throw_error(std::error_code error, std::string_view doing,
                              std::string_view name)
{
    throw std::system_error(error, "cannot " + std::string(doing) + ' '
                                       + std::string(name));
}

void wait_until_ready(int fd, sys::Interest interest)
{
    sys::PollItem item{fd, interest};
    static_cast<void>(sys::poll({&item, 1}, sys::never));
}

// The open file may be shared with somebody who made it non-blocking.
std::size_t read_blocking(int fd, std::span<char> into, std::string_view name)
{
    for (;;) {
        auto const count = sys::read_some(fd, into.data(), into.size());
        if (count)
            return count.value;
        if (!sys::would_block(count.error))
            throw_error(count.error, "read", name);
        wait_until_ready(fd, sys::Interest::read);
    }
}

void write_blocking(int fd, std::string_view bytes, std::string_view name)
{
    sys::SigpipeGuard guard;
    while (!bytes.empty()) {
        auto const count = guard.write_some(fd, bytes);
        if (count)
            bytes.remove_prefix(count.value);
        else if (sys::would_block(count.error))
            wait_until_ready(fd, sys::Interest::write);
        else
            throw_error(count.error, "write to", name);
    }
}

} // namespace

// --- Stream --------------------------------------------------------------------

Stream::Stream(int fd, int bufsize, std::string_view name) noexcept
    : fd_(fd), capacity_(static_cast<std::size_t>(std::max(bufsize, 0))),
      name_(name)
{
}

Stream::~Stream()
{
    close_fd();
}

int Stream::take_fd() noexcept
{
    return std::exchange(fd_, -1);
}

void Stream::close_fd() noexcept
{
    sys::Fd const closing(take_fd());
}

int Stream::need_fd() const
{
    if (fd_ < 0)
        throw std::logic_error(std::string(name_)
                               + " is not open: it was not piped (ask for "
                                 "Stdio::pipe), or was closed");
    return fd_;
}

// --- ReadStream ----------------------------------------------------------------

ReadStream::ReadStream(int fd, int bufsize, std::string_view name) noexcept
    : Stream(fd, bufsize < 0 ? static_cast<int>(read_buffer) : bufsize, name)
{
}

std::string ReadStream::take_buffered(std::size_t count)
{
    count = std::min(count, buffer_.size());
    std::string taken(buffer_.view().substr(0, count));
    buffer_.drop_front(count);
    return taken;
}

/// More into the buffer; false at the end.
bool ReadStream::fill()
{
    auto const tail = buffer_.tail(std::max<std::size_t>(capacity_, 1));
    auto const room = std::max<std::size_t>(capacity_, 1);
    auto const count = read_blocking(need_fd(), tail.first(room), name_);
    buffer_.commit(count);
    return count > 0;
}

std::size_t ReadStream::read_some(std::span<char> into)
{
    int const fd = need_fd();
    if (into.empty())
        return 0;
    if (buffer_.empty())
        return read_blocking(fd, into, name_);
    auto const count = std::min(into.size(), buffer_.size());
    std::memcpy(into.data(), buffer_.data(), count);
    buffer_.drop_front(count);
    return count;
}

std::string ReadStream::read()
{
    int const fd = need_fd();
    for (;;) {
        auto const tail = buffer_.tail(read_buffer);
        auto const count = read_blocking(fd, tail, name_);
        if (count == 0)
            return take_buffered(buffer_.size());
        buffer_.commit(count);
    }
}

std::string ReadStream::read(std::size_t count)
{
    int const fd = need_fd();
    while (buffer_.size() < count) {
        auto const missing = count - buffer_.size();
        // Not all of `count` at once: it may be far more than will come.
        auto const room = std::min(std::max(missing, capacity_), read_buffer);
        auto const tail = buffer_.tail(room);
        auto const got = read_blocking(fd, tail.first(room), name_);
        if (got == 0)
            break;
        buffer_.commit(got);
    }
    return take_buffered(count);
}

std::string ReadStream::readline()
{
    need_fd();
    std::size_t searched = 0;
    for (;;) {
        auto const at = buffer_.view().find('\n', searched);
        if (at != std::string_view::npos)
            return take_buffered(at + 1);
        searched = buffer_.size();
        if (!fill())
            return take_buffered(buffer_.size());
    }
}

void ReadStream::close() noexcept
{
    close_fd();
    buffer_.clear();
}

int ReadStream::detach(std::string* ahead)
{
    int const fd = need_fd();
    if (ahead == nullptr && !buffer_.empty())
        throw std::logic_error("bytes of " + std::string(name_)
                               + " were read ahead: detach() needs a string to "
                                 "put them into");
    if (ahead != nullptr)
        *ahead = take_buffered(buffer_.size());
    take_fd();
    return fd;
}

// --- WriteStream ---------------------------------------------------------------

WriteStream::WriteStream(int fd, int bufsize, std::string_view name) noexcept
    : Stream(fd, bufsize < 0 ? static_cast<int>(write_buffer) : bufsize, name)
{
}

void WriteStream::write(std::string_view bytes)
{
    int const fd = need_fd();
    if (buffer_.size() + bytes.size() > capacity_)
        flush();
    if (bytes.size() >= capacity_)
        write_blocking(fd, bytes, name_);
    else
        buffer_.append(bytes);
}

void WriteStream::write(std::span<std::byte const> bytes)
{
    write(std::string_view(reinterpret_cast<char const*>(bytes.data()),
                           bytes.size()));
}

// The buffer is let go first: after an error it would only fail again.
void WriteStream::flush()
{
    int const fd = need_fd();
    if (buffer_.empty())
        return;
    auto const bytes = std::exchange(buffer_, {});
    write_blocking(fd, bytes.view(), name_);
}

void WriteStream::close()
{
    if (!is_open())
        return;
    try {
        flush();
    } catch (...) {
        close_fd();
        throw;
    }
    close_fd();
}

int WriteStream::detach()
{
    flush();
    return take_fd();
}

} // namespace runnel::inline v0
