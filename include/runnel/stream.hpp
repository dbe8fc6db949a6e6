// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// This process's ends of the pipes of a child: buffered bytes, or text.
//
//     Popen p({"cat"}, {.in = Stdio::pipe, .out = Stdio::pipe});
//     p.in().write("hello\n");
//     p.in().close();
//     std::string all = p.out().read();
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/bytes.hpp>
#include <runnel/detail/read_growth.hpp>
#include <runnel/detail/refused.hpp>
#include <runnel/stop.hpp>
#include <runnel/text_view.hpp>
#include <runnel/timeout.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

namespace detail {
class Conversation;
class StreamAccess;
class LastByte;
class StreamUpkeep;
struct TextReader;
struct TextWriter;

/// Refers to a function that is called with all that was read so far.
class Condition {
public:
    template <class F>
    explicit Condition(F& function)
        : function_(&function), call_([](void* to, std::string_view seen) {
              return static_cast<bool>((*static_cast<F*>(to))(seen));
          })
    {
    }

    bool operator()(std::string_view seen) const
    {
        return call_(function_, seen);
    }

private:
    void* function_;
    bool (*call_)(void*, std::string_view);
};
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
    friend class detail::Conversation;
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
    std::shared_ptr<detail::LastByte> last_byte_; ///< if a limit watches it
};

/// What `ReadStream::expect` found.
struct Match {
    std::size_t index = 0; ///< which of the texts it is, counted from 0
    std::string before{}; ///< what was read in front of it
    std::string text{};
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
///
/// All ways of reading may be mixed. What one of them has read ahead, the next
/// one gets.
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
    [[nodiscard("it tells how many bytes were read")]] std::size_t
    read_some(std::span<char> into);

    /// Reads everything up to end of file.
    std::string read();

    /// Reads `count` bytes, in text mode characters; fewer only at end of file.
    std::string read(std::size_t count);

    /// Reads the next line with its newline. The last line may have none. Empty
    /// at end of file.
    std::string readline();

    /// Reads up to the first `text`, and returns all of it, with `text`.
    ///
    /// - `text`: bytes, in text mode UTF-8. `std::invalid_argument` if empty.
    /// - Throws `TimeoutExpired` if the text has not come when `timeout` has
    ///   passed, `EndOfFile` if the stream ends without it, and `StopRequested`
    ///   if `stop` requests it. Each holds the end of what was read. If the
    ///   stream is one of a `Job` that was ended early, throws what `Job::wait`
    ///   throws in place of `EndOfFile`.
    /// - No byte is lost: what was read when this throws stays in the stream,
    ///   and the next read of any kind gives it.
    /// - A job goes on meanwhile, also with `Pump::caller`.
    std::string read_until(detail::TextView text, Timeout timeout = {},
                           StopToken const& stop = {});
    RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text",
                   std::string)
    read_until(std::nullptr_t, Timeout = {},
               StopToken const& = {}) RUNNEL_DELETED;

    /// Reads until `condition` is true, and returns all that was read. Limits and
    /// errors are the same.
    ///
    /// `condition` is called with all that was read so far, first with what the
    /// stream has read ahead, which may be nothing, then after each read. How
    /// much a read gives is a matter of chance, so look at the end of the text
    /// or search all of it. The view is valid during the call only.
    template <std::predicate<std::string_view> F>
        requires(!detail::text_like<F>)
    std::string read_until(F condition, Timeout timeout = {},
                           StopToken const& stop = {})
    {
        return read_until_true(detail::Condition(condition), timeout, stop);
    }

    /// Waits for the first of several texts. Returns which of them it was, what
    /// was read in front of it, and the text itself. Limits and errors are those
    /// of `read_until`; no text at all is `std::invalid_argument`.
    ///
    /// The text that is complete first in the stream counts, because `expect`
    /// does not wait for bytes behind it. If no text contains another, this is
    /// the one that begins first. A text at the beginning or in the middle of
    /// another is complete before that one: `{"error", "err"}` never gives
    /// "error". Of texts that end at the same byte, the one that begins first
    /// counts; of equal texts, the first of the list. The result does not depend
    /// on how many bytes each read gives.
    Match expect(std::initializer_list<detail::TextView> texts,
                 Timeout timeout = {}, StopToken const& stop = {});
    Match expect(std::span<std::string const> texts, Timeout timeout = {},
                 StopToken const& stop = {});

    /// Reads all that arrives until `duration` has passed; less only at end of
    /// file. Throws `StopRequested` as `read_until` does.
    std::string read_for(Timeout duration, StopToken const& stop = {});

    /// Reads all that is there, without waiting. Nothing if nothing is there
    /// yet; an empty string at end of file.
    [[nodiscard(
        "the bytes would be lost: write auto bytes = stream.try_read()")]] std::
        optional<std::string>
        try_read();

    /// Closes the descriptor. The next write of the child fails with EPIPE, or
    /// SIGPIPE ends the child. Closing twice is no error.
    void close() noexcept;

    /// Gives the descriptor to the caller. Bytes that were read ahead go to
    /// `ahead`. Throws `std::logic_error` if there are such bytes and `ahead`
    /// is null, or if they were decoded already.
    int detach(std::string* ahead = nullptr);

private:
    friend class detail::Conversation;
    friend class detail::StreamAccess;

    std::string take_buffered(std::size_t count);
    std::size_t copy_buffered(std::span<char> into) noexcept;
    std::size_t at_once() const noexcept;
    std::size_t read_fd(std::span<char> into);
    bool fill(std::size_t room);
    bool fill_text();
    std::size_t fill_text_once();
    std::string read_characters(std::size_t count);
    std::string read_until_true(detail::Condition condition, Timeout timeout,
                                StopToken const& stop);
    Match expect_one(std::span<detail::TextView const> texts, Timeout timeout,
                     StopToken const& stop);

    detail::ReadGrowth growth_;
    std::unique_ptr<detail::TextReader> text_; ///< in text mode
    detail::StreamUpkeep* upkeep_ = nullptr; ///< outlives the stream
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
    RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text", void)
    write(std::nullptr_t) RUNNEL_DELETED;

    /// The same; `std::invalid_argument` in text mode.
    void write(std::span<std::byte const> bytes);

    /// Writes the buffer to the pipe.
    void flush();

    /// Flushes, then closes, so that the child reads end of file. The
    /// descriptor is closed even if flushing throws. Closing twice is no error.
    /// On a terminal, types the key that is end of file (Ctrl-D); if the
    /// terminal takes no more bytes now, that key is lost.
    void close();

    /// Flushes and gives the descriptor to the caller.
    int detach();

private:
    friend class detail::StreamAccess;

    void put(std::string_view bytes);
    void finish_text();
    void type_end() const;

    std::unique_ptr<detail::TextWriter> text_; ///< in text mode
    bool is_keyboard_ = false; ///< of a terminal
    bool types_ = false; ///< of one where a key is end of file
    char last_ = '\n'; ///< what was typed last
};

} // namespace runnel::inline v0
