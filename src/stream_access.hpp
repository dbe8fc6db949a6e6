// How the library itself handles streams.
#pragma once

#include <runnel/stream.hpp>

#include "sys.hpp"

namespace runnel::inline v0::detail {

class StreamAccess {
public:
    /// Makes an absent stream one over `fd`.
    template <class S>
    static void open(S& stream, sys::Fd fd, int bufsize, std::string_view name)
    {
        S made(fd.release(), bufsize, name);
        std::swap(stream.fd_, made.fd_);
        stream.capacity_ = made.capacity_;
        stream.name_ = name;
    }

    static void name(Stream& stream, std::string_view name)
    {
        stream.name_ = name;
    }

    static sys::Fd take_fd(Stream& stream) noexcept
    {
        return sys::Fd(stream.take_fd());
    }

    /// One attempt that does not block; the rest of the buffer is dropped.
    static void flush_what_fits(WriteStream& stream)
    {
        auto const bytes = take_buffer(stream);
        if (!stream || bytes.empty() || sys::set_nonblocking(stream.fd()))
            return;
        sys::SigpipeGuard guard;
        static_cast<void>(guard.write_some(stream.fd(), bytes.view()));
    }

    /// True if a read need not wait.
    static bool has_read_ahead(ReadStream const& stream) noexcept
    {
        return !stream.buffer_.empty();
    }

    /// What was read ahead, or not flushed.
    static Bytes take_buffer(Stream& stream) noexcept
    {
        return std::exchange(stream.buffer_, {});
    }
};

} // namespace runnel::inline v0::detail
