// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// How the library itself handles streams.
#pragma once

#include <runnel/error.hpp>
#include <runnel/stream.hpp>

#include "io/last_byte.hpp"
#include "io/no_wait_fd.hpp"
#include "io/stream_text.hpp"
#include "sys/fd.hpp"
#include "sys/signal.hpp"
#include "sys/terminal.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>

namespace runnel::inline v0::detail {

/// The buffer of an input: none, by default, if the caller also reads the
/// output. The child's answer must not wait for a question that is still in
/// the caller's own buffer.
inline int input_bufsize(int asked, bool is_text, bool is_conversation) noexcept
{
    bool const is_default = asked < 0 || (asked == 1 && !is_text);
    return is_default && is_conversation ? 0 : asked;
}

class StreamAccess {
public:
    /// Opens a stream that is not open yet, over `fd`.
    template <class S>
    static void open(S& stream, sys::Fd fd, int bufsize, std::string_view name)
    {
        S made(fd.release(), bufsize, name);
        std::swap(stream.fd_, made.fd_);
        stream.capacity_ = made.capacity_;
        stream.name_ = name;
    }

    /// The same, in text mode if `mode` is given. `bufsize` 1: text is written
    /// line by line; for bytes it means the default size.
    template <class S>
    static void open(S& stream, sys::Fd fd, int bufsize, std::string_view name,
                     std::optional<TextMode> const& mode)
    {
        open(stream, std::move(fd), bufsize == 1 ? -1 : bufsize, name);
        if (mode)
            open_text(stream, *mode, bufsize);
    }

    static void open_text(ReadStream& stream, TextMode const& mode, int)
    {
        constexpr std::size_t least = 8192;
        stream.text_ = std::make_unique<TextReader>(
            mode, std::max(stream.capacity_, least), stream.name_);
    }

    static void open_text(WriteStream& stream, TextMode const& mode,
                          int bufsize)
    {
        stream.text_ =
            std::make_unique<TextWriter>(mode, bufsize == 1, stream.name_);
    }

    template <class S>
    static bool is_text(S const& stream) noexcept
    {
        return stream.text_ != nullptr;
    }

    /// What one read of a stream gives.
    struct Taken {
        /// `nullopt`: no character is complete yet. 0: end of file.
        std::optional<std::size_t> count;
        std::size_t from_fd = 0; ///< bytes that came out of the descriptor
    };

    /// Reads a ready stream once.
    static Taken read_ready(ReadStream& stream, std::span<char> into)
    {
        if (!stream.buffer_.empty())
            return {stream.copy_buffered(into)};
        if (!stream.text_) {
            auto const count = stream.read_some(into);
            return {count, count};
        }
        auto const from_fd = stream.fill_text_once();
        return given(stream, into, from_fd);
    }

    /// The same through `fd`, the stream's descriptor, without waiting. `count`
    /// is `nullopt` also if another reader was faster.
    static Taken read_no_wait(ReadStream& stream, NoWaitFd& fd,
                              std::span<char> into)
    {
        if (!stream.buffer_.empty())
            return {stream.copy_buffered(into)};
        if (!stream.text_) {
            auto const count = bytes_no_wait(stream, fd, into);
            return {count, count.value_or(0)};
        }
        auto const count = fill_text_no_wait(stream, fd);
        return count ? given(stream, into, *count) : Taken();
    }

    /// Reads through `fd`, without waiting, to the end of the stream's buffer:
    /// in text mode some bytes, else at most `room`. Returns how many bytes came
    /// out of the descriptor; 0 at end of file, `nullopt` if none is there.
    static std::optional<std::size_t>
    fill_no_wait(ReadStream& stream, NoWaitFd& fd, std::size_t room)
    {
        if (stream.text_)
            return fill_text_no_wait(stream, fd);
        auto& buffer = stream.buffer_;
        auto const count =
            bytes_no_wait(stream, fd, buffer.tail(room).first(room));
        buffer.commit(count.value_or(0));
        return count;
    }

    /// Says what must go on while a caller waits for `stream`.
    static void keep_up(ReadStream& stream, StreamUpkeep& upkeep) noexcept
    {
        stream.upkeep_ = &upkeep;
    }

    /// The stream is an end of the pipe of `last`, which may be null.
    static void watch(Stream& stream, std::shared_ptr<LastByte> last) noexcept
    {
        stream.last_byte_ = std::move(last);
    }

    /// Ends the text of a stream whose last bytes were read. Throws `TextError` if
    /// it ends inside of a character.
    static void end_text(ReadStream& stream)
    {
        if (stream.text_ && !stream.text_->ended && !stream.text_->failed)
            stream.text_->take({}, stream.buffer_);
    }

    /// How many bytes to ask for in one read, if the caller may choose.
    static std::size_t at_once(ReadStream const& stream) noexcept
    {
        return stream.growth_.at_once();
    }

    /// False if the caller asked for no buffer: then no byte is read too early.
    static bool has_buffer(ReadStream const& stream) noexcept
    {
        return stream.capacity_ > 0;
    }

    /// Puts bytes back in front of those that are read next.
    static void give_back(ReadStream& stream, std::string_view bytes)
    {
        if (bytes.empty() || !stream)
            return;
        Bytes front(bytes);
        front.append(stream.buffer_.view());
        std::swap(stream.buffer_, front);
    }

    /// Takes over the stream's decoder: from now on the caller decodes.
    static std::unique_ptr<TextReader> take_text(ReadStream& stream) noexcept
    {
        return std::move(stream.text_);
    }

    /// The last text, and what ends it, as the child shall read it: see
    /// `Encoder::encode_last`. In binary mode that is the text.
    static std::string_view encode_rest(WriteStream& stream,
                                        std::string_view text, Bytes& bytes)
    {
        return is_text(stream) ? stream.text_->encoder.encode_last(text, bytes)
                               : text;
    }

    /// The stream types into a terminal. In raw mode no key is end of file.
    static void put_on_terminal(WriteStream& stream, Pty const& pty) noexcept
    {
        stream.types_ = !pty.raw;
        stream.is_keyboard_ = true;
    }

    static bool is_keyboard(WriteStream const& stream) noexcept
    {
        return stream.is_keyboard_;
    }

    /// What to type behind `rest`, the last bytes, so that the program reads end
    /// of file. Empty for a pipe, and in raw mode.
    static std::string keys_of_end(WriteStream const& stream,
                                   std::string_view rest)
    {
        if (!stream.types_)
            return {};
        return sys::keys_of_end(stream.fd(),
                                rest.empty() ? stream.last_ : rest.back());
    }

    static void name(Stream& stream, std::string_view name)
    {
        stream.name_ = name;
    }

    static sys::Fd take_fd(Stream& stream) noexcept
    {
        return sys::Fd(stream.take_fd());
    }

    /// Tries once to write the buffer without blocking, drops the rest and
    /// closes the stream. Another process may hold the same pipe end, so the
    /// flags of the pipe end stay as they are.
    static void close_what_fits(WriteStream& stream)
    {
        sys::Fd closing(stream.take_fd());
        auto bytes = take_buffer(stream);
        if (!closing)
            return;
        try {
            if (stream.text_)
                stream.text_->encoder.finish(bytes);
        } catch (TextError const&) { // half a character is dropped
        }
        if (bytes.empty())
            return;
        NoWaitFd to(std::move(closing), Held::by_others_too);
        sys::SigpipeGuard guard;
        static_cast<void>(to.write_what_fits(bytes.view(), guard));
    }

    /// True if a read need not wait: characters are there, or an error is known.
    static bool has_read_ahead(ReadStream const& stream) noexcept
    {
        return !stream.buffer_.empty()
            || (stream.text_ != nullptr && stream.text_->failed);
    }

    /// Takes the bytes that were read ahead, or not flushed.
    static Bytes take_buffer(Stream& stream) noexcept
    {
        return std::exchange(stream.buffer_, {});
    }

private:
    /// The same as `fill_no_wait`, in text mode.
    static std::optional<std::size_t> fill_text_no_wait(ReadStream& stream,
                                                        NoWaitFd& fd)
    {
        auto& text = *stream.text_;
        if (text.failed)
            text.fail(stream.buffer_);
        if (text.ended)
            return 0;
        auto const count = bytes_no_wait(stream, fd, text.raw);
        if (count)
            text.take({text.raw.data(), *count}, stream.buffer_);
        return count;
    }

    /// Characters that were decoded from `from_fd` new bytes.
    static Taken given(ReadStream& stream, std::span<char> into,
                       std::size_t from_fd)
    {
        if (from_fd > 0 && stream.buffer_.empty())
            return {{}, from_fd};
        return {stream.copy_buffered(into), from_fd};
    }

    static std::optional<std::size_t>
    bytes_no_wait(ReadStream& stream, NoWaitFd& fd, std::span<char> into)
    {
        auto const count = fd.read(into);
        if (count) {
            note_bytes(stream.last_byte_.get(), count.value);
            stream.growth_.saw(stream.fd_, count.value, into.size());
            return count.value;
        }
        if (sys::would_block(count.error))
            return {};
        throw SystemError(count.error,
                          "cannot read " + std::string(stream.name_));
    }
};

} // namespace runnel::inline v0::detail
