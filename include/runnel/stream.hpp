// This process's ends of the pipes of a child: buffered bytes, or text.
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

/// The base class of both kinds of stream: owns a descriptor, or has none.
///
/// Not thread safe; one stream belongs to one thread at a time.
class RUNNEL_EXPORT Stream {
public:
    Stream(Stream const&) = delete;
    Stream& operator=(Stream const&) = delete;

    /// True while there is a descriptor.
    bool is_open() const noexcept { return fd_ >= 0; }
    explicit operator bool() const noexcept { return is_open(); }

    /// The descriptor, which the stream still owns; -1 if there is none.
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

/// Reads the output of a child.
///
/// Reading blocks until there are bytes. If several streams are piped, to read
/// one of them by hand can deadlock, because the child may wait for another:
/// `Popen::communicate` cannot deadlock. Errors of the system are
/// `std::system_error`; use of a stream that is not open is `std::logic_error`.
///
/// In text mode (`PopenOptions::text`) it gives UTF-8. Bytes that are invalid
/// in the encoding are a `TextError`. The text in front of them can still be
/// read; each call that needs more throws.
class RUNNEL_EXPORT ReadStream : public Stream {
public:
    /// A stream without a descriptor.
    ReadStream() noexcept;

    /// Takes ownership of `fd`. `bufsize`: 0 for none (each call is one system
    /// call), negative for the default of 64 KiB, else about that many bytes.
    /// `name` is used in messages and must outlive the stream.
    explicit ReadStream(int fd, int bufsize = -1,
                        std::string_view name = "stream") noexcept;
    ~ReadStream();

    /// Reads at least one byte, at most `into.size()`; 0 means end of file.
    std::size_t read_some(std::span<char> into);

    /// Reads everything up to end of file.
    std::string read();

    /// Reads `count` bytes, in text mode characters; fewer only at end of file.
    std::string read(std::size_t count);

    /// Reads the next line with its newline. The last line may have none. Empty
    /// at end of file.
    std::string readline();

    /// Closes the descriptor. The next write of the child fails with EPIPE, or
    /// SIGPIPE ends the child. Closing twice is no error.
    void close() noexcept;

    /// Gives the descriptor to the caller. Bytes that were read ahead go to
    /// `ahead`. Throws `std::logic_error` if there are such bytes and `ahead`
    /// is null, or if they were decoded already.
    int detach(std::string* ahead = nullptr);

private:
    friend class detail::StreamAccess;

    std::string take_buffered(std::size_t count);
    std::size_t copy_buffered(std::span<char> into) noexcept;
    bool fill(std::size_t room);
    bool fill_text();
    std::size_t fill_text_once();
    std::string read_characters(std::size_t count);

    std::unique_ptr<detail::TextReader> text_; ///< in text mode
};

/// Writes the input of a child.
///
/// A write blocks while the pipe is full. If the child no longer reads, a write
/// raises no signal: it throws `std::system_error` with `errc::broken_pipe`.
///
/// In text mode the text to write is UTF-8. A character that the encoding does
/// not have is a `TextError`, and nothing of that call is written.
class RUNNEL_EXPORT WriteStream : public Stream {
public:
    /// A stream without a descriptor.
    WriteStream() noexcept;

    /// Takes ownership of `fd`. `bufsize`: 0 for none, negative for the default
    /// of 8 KiB, else about that many bytes. The destructor discards what was
    /// not flushed; that of a `Popen` flushes.
    explicit WriteStream(int fd, int bufsize = -1,
                         std::string_view name = "stream") noexcept;
    ~WriteStream();

    /// Writes all of `bytes`, to the buffer or the pipe.
    void write(detail::TextView bytes);
    void write(std::nullptr_t) = delete;

    /// The same; `std::invalid_argument` in text mode.
    void write(std::span<std::byte const> bytes);

    /// Writes the buffer to the pipe.
    void flush();

    /// Flushes, then closes, so that the child reads end of file. The
    /// descriptor is closed even if flushing throws. Closing twice is no error.
    void close();

    /// Flushes and gives the descriptor to the caller.
    int detach();

private:
    friend class detail::StreamAccess;

    void put(std::string_view bytes);
    void finish_text();

    std::unique_ptr<detail::TextWriter> text_; ///< in text mode
};

} // namespace runnel::inline v0
