// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The streams of a child process as `std::istream` and `std::ostream`. Not part
// of <runnel/runnel.hpp>, because <iostream> is large.
//
//     Popen p({"sort"}, {.in = Stdio::pipe, .out = Stdio::pipe});
//     OutputStream to_sort(p.in());
//     to_sort << "pear\n" << "apple\n";
//     to_sort.close();
//     InputStream sorted(p.out());
//     for (std::string word; sorted >> word;) // or std::getline
//         ...
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/stream.hpp>

#include <array>
#include <cstddef>
#include <istream>
#include <ostream>
#include <streambuf>
#include <vector>

namespace runnel::inline v0 {

/// Reads from `stream`, which must outlive this buffer. It reads ahead: bytes
/// that are still in it when it is destroyed are lost for other readers. Gives
/// text if the stream is in text mode.
class RUNNEL_EXPORT ReadStreamBuf : public std::streambuf {
public:
    explicit ReadStreamBuf(ReadStream& stream) : stream_(stream) {}

protected:
    int_type underflow() override;

private:
    static constexpr std::size_t put_back = 8;
    static constexpr std::size_t size = 8192;

    ReadStream& stream_;
    std::vector<char> buffer_ = std::vector<char>(put_back + size);
};

/// Writes to `stream`, which must outlive this buffer. It buffers nothing
/// itself; `std::flush` flushes the stream.
class RUNNEL_EXPORT WriteStreamBuf : public std::streambuf {
public:
    explicit WriteStreamBuf(WriteStream& stream) : stream_(stream) {}

    /// Closes the stream, so that the child reads end of file.
    void close() { stream_.close(); }

protected:
    int_type overflow(int_type c) override;
    std::streamsize xsputn(char const* bytes, std::streamsize count) override;
    int sync() override;

private:
    WriteStream& stream_;
};

namespace detail {

/// A base class that makes the buffer before the stream that uses it.
template <class Buffer>
struct BufferFirst {
    template <class Stream>
    explicit BufferFirst(Stream& stream) : buffer(stream)
    {
    }
    Buffer buffer;
};

} // namespace detail

/// A `std::istream` over the output of a child. As with every standard stream,
/// a read error sets `badbit`, and is thrown if `exceptions()` asks for that.
class InputStream : private detail::BufferFirst<ReadStreamBuf>,
                    public std::istream {
public:
    explicit InputStream(ReadStream& stream)
        : BufferFirst(stream), std::istream(&buffer)
    {
    }
};

/// A `std::ostream` over the input of a child. If the child no longer reads,
/// writing sets `badbit`; no signal is raised.
class OutputStream : private detail::BufferFirst<WriteStreamBuf>,
                     public std::ostream {
public:
    explicit OutputStream(WriteStream& stream)
        : BufferFirst(stream), std::ostream(&buffer)
    {
    }

    /// Flushes and closes; sets `badbit` if that fails.
    RUNNEL_EXPORT void close();
};

} // namespace runnel::inline v0
