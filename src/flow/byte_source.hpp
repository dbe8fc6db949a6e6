// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where the bytes of a range come from: a job, a stream, a file, or the input
// of an in-process stage.
#pragma once

#include "base/code_state.hpp"
#include "io/last_byte.hpp"
#include "io/leftover.hpp"
#include "io/no_wait_fd.hpp"
#include "sys/poll.hpp"

#include <runnel/detail/read_growth.hpp>
#include <runnel/lines.hpp>
#include <runnel/words.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

namespace detail {

/// Yields bytes until end of file, then the result of the processes that wrote
/// them. Used by one thread at a time.
class ByteSource {
public:
    ByteSource() noexcept = default;
    ByteSource(ByteSource const&) = delete;
    ByteSource& operator=(ByteSource const&) = delete;
    virtual ~ByteSource() = default;

    /// Who asks for bytes from then on.
    enum class DrivenBy : unsigned char {
        reads, ///< `read`, which may wait
        events, ///< `try_read`, when `event_fd` or `next_deadline` say so
    };

    /// How many bytes to ask for in one read, if the caller may choose.
    virtual std::size_t at_once() const { return ReadGrowth().at_once(); }

    /// False if bytes that are read and not used would be missed elsewhere.
    virtual bool may_read_ahead() const { return false; }

    /// Called once, before all other functions.
    virtual void start(DrivenBy /*by*/) {}

    /// Waits for bytes and reads at least one; 0 at end of file.
    virtual std::size_t read(std::span<char> into) = 0;

    /// The same without waiting; `nullopt` if no bytes are there yet.
    virtual std::optional<std::size_t> try_read(std::span<char> into) = 0;

    /// Ends reading and waits for the processes that write. If end of file was
    /// not reached, it ends these processes first. Throws errors of the run,
    /// and with `check` also the failure of the processes.
    virtual CompletedProcess finish(bool check)
    {
        static_cast<void>(check);
        return {};
    }

    /// Makes progress towards the end without waiting. Returns true once
    /// `finish` would not wait.
    virtual bool try_finish() { return true; }

    /// Takes back bytes that were read but not used. A source without a later
    /// reader drops them.
    virtual void give_back(std::string_view bytes) { static_cast<void>(bytes); }

    virtual int event_fd() = 0;
    virtual std::optional<std::chrono::steady_clock::time_point>
    next_deadline() const
    {
        return {};
    }
};

/// Throws `std::logic_error` for a second pass over a range of output. `elements`:
/// what the range consists of, such as "lines".
[[noreturn]] void refuse_second_pass(std::string_view elements);

/// What a range of output gives as `result`. Throws `std::logic_error` if it has
/// none yet.
CompletedProcess const& finished(std::optional<CompletedProcess> const& result);

/// For a range over an expression. If the expression ends with an in-process
/// stage, that stage runs in the thread that reads the range.
struct ExpressionSource {
    std::unique_ptr<ByteSource> bytes; ///< what the processes write, if any
    std::shared_ptr<InProcess const> code; ///< the last stage, if in-process
    /// The whole expression with that stage on a thread of its own, for event
    /// loops, which may not wait.
    std::unique_ptr<ByteSource> all;
    std::string name{}; ///< of the bytes in messages; set in text mode
};

/// A stream that the caller owns, decoded if the options ask for text mode.
std::unique_ptr<ByteSource> source_of(ReadStream& stream,
                                      LineOptions const& options);

/// A file that `start` opens, or a descriptor; decoded in the same way.
std::unique_ptr<ByteSource> source_of(Stdio const& file,
                                      LineOptions const& options);

/// Decodes `bytes` if the options ask for text mode; else returns `bytes`.
/// `name`: of the bytes in messages.
std::unique_ptr<ByteSource> text_of(std::unique_ptr<ByteSource> bytes,
                                    LineOptions const& options,
                                    std::string name);

/// Throws `std::invalid_argument` if the options ask for text mode and the
/// stream is in text mode already.
void refuse_text_of_text(ReadStream const& stream, LineOptions const& options);

/// The input of an in-process stage that runs on a thread of a job.
class InputSource final : public ByteSource {
public:
    /// `had_more` becomes false when a read finds end of file. `last`: if an idle
    /// limit watches the pipe, else null. `place`: told of waits; may be null.
    InputSource(int fd, std::atomic<bool>& had_more, LastByte* last = nullptr,
                CodePlace* place = nullptr)
        : in_(fd), had_more_(had_more), last_(last), place_(place)
    {
    }

    std::size_t read(std::span<char> into) override;
    std::optional<std::size_t> try_read(std::span<char> into) override;
    std::size_t at_once() const override { return growth_.at_once(); }
    int event_fd() override { return in_.fd(); }

private:
    sys::Result<std::size_t> wait(std::span<sys::PollItem> items, bool is_over);
    std::optional<std::size_t> take(std::span<char> into);

    NoWaitFd in_;
    ReadGrowth growth_;
    std::atomic<bool>& had_more_;
    LastByte* last_;
    CodePlace* place_;
    Leftover leftover_; ///< after `input_is_over`
};

} // namespace detail

} // namespace runnel::inline v0
