// Our ends of a child's pipes: bytes, buffered as asked for, or text.
//
//     Popen p({"cat"}, {.in = Stdio::pipe, .out = Stdio::pipe});
//     p.in().write("hello\n");
//     p.in().close();
//     std::string all = p.out().read();
#pragma once

#include <runnel/detail/bytes.hpp>
#include <runnel/detail/config.hpp>
#include <runnel/text_view.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

namespace detail {
class StreamAccess;
struct TextReader;
struct TextWriter;
} // namespace detail

/// What both kinds of stream share: a descriptor that is ours, or none.
///
/// Not thread safe; one stream belongs to one thread at a time.
class RUNNEL_EXPORT Stream {
public:
    Stream(Stream const&) = delete;
    Stream& operator=(Stream const&) = delete;

    /// True while there is a descriptor.
    bool is_open() const noexcept { return fd_ >= 0; }
    explicit operator bool() const noexcept { return is_open(); }

    /// The descriptor, still ours; -1 if there is none.
    int fd() const noexcept { return fd_; }

protected:
    friend class detail::StreamAccess;

    Stream() noexcept = default;
    Stream(int fd, int bufsize, std::string_view name) noexcept;
    ~Stream();

    int take_fd() noexcept;
    void close_fd() noexcept;
    /// Throws `std::logic_error` if there is no descriptor.
    int need_fd() const;

    int fd_ = -1;
    std::size_t capacity_ = 0;        ///< of the buffer; 0: none
    std::string_view name_ = "stream"; ///< for messages: stdin, stdout, stderr
    detail::Bytes buffer_;
};

/// Reads what a child writes.
///
/// Reading blocks until there is something. With several piped streams, or a
/// piped stdin as well, reading one by hand can deadlock with a child that
/// waits for another: `Popen::communicate` cannot. Errors of the system are
/// `std::system_error`; a stream that is not open is `std::logic_error`.
///
/// In text mode (`PopenOptions::text`) it gives UTF-8. What is no text in the
/// encoding is `TextError`, thrown by each call that wants more than stands in
/// front of it; that stays to be read.
class RUNNEL_EXPORT ReadStream : public Stream {
public:
    /// A stream that is not there.
    ReadStream() noexcept;

    /// Owns `fd` from now on. `bufsize`: 0 for none (each call is one system
    /// call), negative for the default of 64 KiB, else about that many bytes.
    /// `name` is used in messages and must outlive the stream.
    explicit ReadStream(int fd, int bufsize = -1,
                        std::string_view name = "stream") noexcept;
    ~ReadStream();

    /// Some bytes, at least one, at most `into.size()`; 0 at the end.
    std::size_t read_some(std::span<char> into);

    /// Everything up to the end.
    std::string read();

    /// `count` bytes, in text mode characters; fewer only at the end.
    std::string read(std::size_t count);

    /// The next line with its newline; the last one may lack it; empty at
    /// the end.
    std::string readline();

    /// Closes the descriptor. The child's next write fails with EPIPE, or
    /// ends it by SIGPIPE. Closing twice is no error.
    void close() noexcept;

    /// Gives the descriptor away. Bytes that were read ahead go to `ahead`;
    /// if that is null and there are some, or if they were decoded already,
    /// throws `std::logic_error`.
    int detach(std::string* ahead = nullptr);

private:
    friend class detail::StreamAccess;

    std::string take_buffered(std::size_t count);
    std::size_t copy_buffered(std::span<char> into) noexcept;
    bool fill(std::size_t room);
    bool fill_text();
    bool fill_text_once();
    std::string read_characters(std::size_t count);

    std::unique_ptr<detail::TextReader> text_; ///< in text mode
};

/// Writes what a child reads.
///
/// A write blocks while the pipe is full. Writing to a child that has gone
/// raises no signal: it is `std::system_error` with `errc::broken_pipe`.
///
/// In text mode what is written is UTF-8; what the encoding does not have is
/// `TextError`, and nothing of that call is written.
class RUNNEL_EXPORT WriteStream : public Stream {
public:
    /// A stream that is not there.
    WriteStream() noexcept;

    /// Owns `fd` from now on. `bufsize`: 0 for none, negative for the default
    /// of 8 KiB, else about that many bytes.
    /// The destructor discards what was not flushed; that of a `Popen`
    /// flushes.
    explicit WriteStream(int fd, int bufsize = -1,
                         std::string_view name = "stream") noexcept;
    ~WriteStream();

    /// All of `bytes`, into the buffer or the pipe.
    void write(detail::TextView bytes);
    void write(std::nullptr_t) = delete;

    /// The same; `std::invalid_argument` in text mode.
    void write(std::span<std::byte const> bytes);

    /// Brings the buffer to the pipe.
    void flush();

    /// Flushes, then closes, so that the child sees the end of its input. The
    /// descriptor is closed even if flushing throws. Twice is no error.
    void close();

    /// Flushes and gives the descriptor away.
    int detach();

private:
    friend class detail::StreamAccess;

    void put(std::string_view bytes);
    void finish_text();

    std::unique_ptr<detail::TextWriter> text_; ///< in text mode
};

} // namespace runnel::inline v0
