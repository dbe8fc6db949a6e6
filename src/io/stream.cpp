// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/error.hpp>
#include <runnel/stream.hpp>

#include "io/last_byte.hpp"
#include "io/stream_access.hpp"
#include "io/stream_text.hpp"
#include "sys/clock.hpp"
#include "sys/fd.hpp"
#include "sys/poll.hpp"
#include "sys/signal.hpp"

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
    throw SystemError(error,
                      "cannot " + std::string(doing) + ' ' + std::string(name));
}

// Other code may share the open file and have made it non-blocking.
std::size_t read_blocking(int fd, std::span<char> into, std::string_view name)
{
    for (;;) {
        auto const count = sys::read_some(fd, into.data(), into.size());
        if (count)
            return count.value;
        if (!sys::would_block(count.error))
            throw_error(count.error, "read", name);
        sys::wait_until_ready(fd);
    }
}

bool begins_character(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
}

/// `last` may be null.
void write_blocking(int fd, std::string_view bytes, std::string_view name,
                    detail::LastByte* last)
{
    sys::SigpipeGuard guard;
    while (!bytes.empty()) {
        auto const count = guard.write_some(fd, bytes);
        if (count) {
            bytes.remove_prefix(count.value);
            detail::note_bytes(last, count.value);
        } else if (sys::would_block(count.error))
            sys::wait_until_ready(fd, sys::Interest::write);
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
    detail::note_bytes(last_byte_.get(), 0);
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

ReadStream::ReadStream() noexcept = default;

ReadStream::ReadStream(int fd, int bufsize, std::string_view name) noexcept
    : Stream(fd, bufsize < 0 ? static_cast<int>(read_buffer) : bufsize, name)
{
}

ReadStream::~ReadStream() = default;

std::string ReadStream::take_buffered(std::size_t count)
{
    count = std::min(count, buffer_.size());
    std::string taken(buffer_.view().substr(0, count));
    buffer_.drop_front(count);
    return taken;
}

std::size_t ReadStream::copy_buffered(std::span<char> into) noexcept
{
    auto const count = std::min(into.size(), buffer_.size());
    std::memcpy(into.data(), buffer_.data(), count);
    buffer_.drop_front(count);
    return count;
}

// A buffer of another size than usual was chosen by the caller, and keeps it.
std::size_t ReadStream::at_once() const noexcept
{
    return capacity_ == read_buffer ? growth_.at_once()
                                    : std::max<std::size_t>(capacity_, 1);
}

/// The only read that may wait.
std::size_t ReadStream::read_fd(std::span<char> into)
{
    auto const count = read_blocking(need_fd(), into, name_);
    detail::note_bytes(last_byte_.get(), count);
    growth_.saw(fd_, count, into.size());
    return count;
}

/// Reads at most `room` more bytes into the buffer; false at end of file.
bool ReadStream::fill(std::size_t room)
{
    if (text_)
        return fill_text();
    auto const tail = buffer_.tail(room);
    auto const count = read_fd(tail.first(room));
    buffer_.commit(count);
    return count > 0;
}

/// Reads until a character is complete or the text has ended.
bool ReadStream::fill_text()
{
    auto const before = buffer_.size();
    while (fill_text_once() > 0)
        if (buffer_.size() != before)
            return true;
    return buffer_.size() != before;
}

/// Reads once, and returns how many bytes; 0 at end of file.
std::size_t ReadStream::fill_text_once()
{
    if (text_->failed)
        text_->fail(buffer_);
    if (text_->ended)
        return 0;
    auto const count = read_fd(text_->raw);
    text_->take({text_->raw.data(), count}, buffer_);
    return count;
}

std::size_t ReadStream::read_some(std::span<char> into)
{
    need_fd();
    if (into.empty())
        return 0;
    if (!buffer_.empty())
        return copy_buffered(into);
    if (!text_)
        return read_fd(into);
    return fill_text() ? copy_buffered(into) : 0;
}

std::string ReadStream::read()
{
    need_fd();
    buffer_.expect_string();
    while (fill(growth_.at_once())) {}
    std::string text;
    buffer_.move_to(text);
    return text;
}

std::string ReadStream::read(std::size_t count)
{
    need_fd();
    if (text_)
        return read_characters(count);
    while (buffer_.size() < count) {
        auto const missing = count - buffer_.size();
        // Not all of `count` at once: far fewer bytes may come.
        if (!fill(std::min(std::max(missing, capacity_), growth_.at_once())))
            break;
    }
    return take_buffered(count);
}

std::string ReadStream::read_characters(std::size_t count)
{
    std::size_t size = 0;
    for (;;) {
        auto const text = buffer_.view();
        for (; size < text.size(); ++size)
            if (begins_character(text[size]) && count-- == 0)
                return take_buffered(size);
        if (count == 0 || !fill_text())
            return take_buffered(size);
    }
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
        if (!fill(at_once()))
            return take_buffered(buffer_.size());
    }
}

void ReadStream::close() noexcept
{
    close_fd();
    growth_.end();
    buffer_.clear();
}

int ReadStream::detach(std::string* ahead)
{
    int const fd = need_fd();
    if (text_ && (!buffer_.empty() || !text_->decoder.pending().empty()))
        throw std::logic_error(std::string(name_)
                               + " was read ahead and decoded: its bytes "
                                 "cannot be given back");
    if (ahead == nullptr && !buffer_.empty())
        throw std::logic_error("bytes of " + std::string(name_)
                               + " were read ahead: detach() needs a string to "
                                 "put them into");
    if (ahead != nullptr)
        *ahead = take_buffered(buffer_.size());
    growth_.end();
    take_fd();
    return fd;
}

// --- WriteStream ---------------------------------------------------------------

WriteStream::WriteStream() noexcept = default;

WriteStream::WriteStream(int fd, int bufsize, std::string_view name) noexcept
    : Stream(fd, bufsize < 0 ? static_cast<int>(write_buffer) : bufsize, name)
{
}

WriteStream::~WriteStream() = default;

void WriteStream::write(detail::TextView text)
{
    auto const bytes = text.as("what to write");
    need_fd();
    if (!text_) {
        put(bytes);
        return;
    }
    detail::Bytes encoded;
    text_->encoder.encode(bytes, encoded);
    put(encoded.view());
    if (text_->by_line && bytes.find_first_of("\n\r") != bytes.npos)
        flush();
}

void WriteStream::write(std::span<std::byte const> bytes)
{
    if (text_)
        throw std::invalid_argument(
            std::string(name_) + " is in text mode: write text, not bytes");
    write(std::string_view(reinterpret_cast<char const*>(bytes.data()),
                           bytes.size()));
}

void WriteStream::put(std::string_view bytes)
{
    if (types_ && !bytes.empty())
        last_ = bytes.back();
    if (buffer_.size() + bytes.size() > capacity_)
        flush();
    if (bytes.size() >= capacity_)
        write_blocking(need_fd(), bytes, name_, last_byte_.get());
    else
        buffer_.append(bytes);
}

/// Adds the bytes that end the text in its encoding, before the last flush.
void WriteStream::finish_text()
{
    if (!text_)
        return;
    detail::Bytes end;
    text_->encoder.finish(end);
    put(end.view());
}

// A terminal that takes no more bytes has a program that does not read, and must
// not be waited for. Its controller is non-blocking.
void WriteStream::type_end() const
{
    if (auto const keys = detail::StreamAccess::keys_of_end(*this, {});
        !keys.empty())
        static_cast<void>(sys::SigpipeGuard().write_some(fd_, keys));
}

// The buffer is emptied first: after an error, its bytes would only fail again.
void WriteStream::flush()
{
    int const fd = need_fd();
    if (buffer_.empty())
        return;
    auto const bytes = std::exchange(buffer_, {});
    write_blocking(fd, bytes.view(), name_, last_byte_.get());
}

void WriteStream::close()
{
    if (!is_open())
        return;
    try {
        flush();
        finish_text();
        flush();
        type_end();
    } catch (...) {
        close_fd();
        throw;
    }
    close_fd();
}

int WriteStream::detach()
{
    finish_text();
    flush();
    return take_fd();
}

} // namespace runnel::inline v0
