// Streams of a child as those of the standard library, for code that wants
// them. Not part of <runnel/runnel.hpp>, for <iostream> is large.
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

/// Reads a `ReadStream`, which it refers to and which must outlive it. It
/// reads ahead: what it holds when it is destroyed is lost for others. Text if
/// the stream is in text mode.
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

/// Writes to a `WriteStream`, which it refers to and which must outlive it.
/// Buffers nothing of its own; `std::flush` flushes the stream.
class RUNNEL_EXPORT WriteStreamBuf : public std::streambuf {
public:
    explicit WriteStreamBuf(WriteStream& stream) : stream_(stream) {}

    /// Closes the stream, so that the child sees the end of its input.
    void close() { stream_.close(); }

protected:
    int_type overflow(int_type c) override;
    std::streamsize xsputn(char const* bytes, std::streamsize count) override;
    int sync() override;

private:
    WriteStream& stream_;
};

namespace detail {

/// A buffer that exists before the stream that is a base as well.
template <class Buffer>
struct BufferFirst {
    template <class Stream>
    explicit BufferFirst(Stream& stream) : buffer(stream)
    {
    }
    Buffer buffer;
};

} // namespace detail

/// A `std::istream` over what a child writes. As with every standard stream,
/// an error of reading sets `badbit`, and is thrown if `exceptions()` asks
/// for that.
class InputStream : private detail::BufferFirst<ReadStreamBuf>,
                    public std::istream {
public:
    explicit InputStream(ReadStream& stream)
        : BufferFirst(stream), std::istream(&buffer)
    {
    }
};

/// A `std::ostream` over what a child reads. A child that has gone sets
/// `badbit`; no signal is raised.
class OutputStream : private detail::BufferFirst<WriteStreamBuf>,
                     public std::ostream {
public:
    explicit OutputStream(WriteStream& stream)
        : BufferFirst(stream), std::ostream(&buffer)
    {
    }

    /// Flushes and closes; `badbit` if that fails.
    RUNNEL_EXPORT void close();
};

} // namespace runnel::inline v0
