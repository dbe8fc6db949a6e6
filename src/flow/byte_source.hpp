// What the bytes of a range come from: a job, a stream, a file, C++.
#pragma once

#include "io/leftover.hpp"
#include "io/no_wait_fd.hpp"

#include <runnel/lines.hpp>
#include <runnel/words.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace runnel::inline v0 {

namespace detail {

/// Yields bytes until end of file, then the result of the processes that wrote
/// them.
/// Used by one thread at a time.
class ByteSource {
public:
    ByteSource() noexcept = default;
    ByteSource(ByteSource const&) = delete;
    ByteSource& operator=(ByteSource const&) = delete;
    virtual ~ByteSource() = default;

    /// Once, before all else.
    virtual void start() {}

    /// Some bytes, one at least; waits for them. 0: there are no more.
    virtual std::size_t read(std::span<char> into) = 0;

    /// The same; nothing if there are none yet.
    virtual std::optional<std::size_t> try_read(std::span<char> into) = 0;

    /// Ends reading. Waits for the processes that write; ends them if that is before
    /// the end. Throws what went wrong, and a failure if that is `check`ed.
    virtual CompletedProcess finish(bool check)
    {
        static_cast<void>(check);
        return {};
    }

    /// True if `finish` need not wait; does what can be done for that.
    virtual bool try_finish() { return true; }

    /// These were read and not used. Only what somebody else may read on can
    /// take them.
    virtual void give_back(std::string_view bytes) { static_cast<void>(bytes); }

    virtual int event_fd() = 0;
    virtual std::optional<std::chrono::steady_clock::time_point>
    next_deadline() const
    {
        return {};
    }
};

/// For a range over an expression. If C++ is what writes last, that is called
/// here, in the thread that reads.
struct ExpressionSource {
    std::unique_ptr<ByteSource> bytes; ///< what the processes write, if any
    std::shared_ptr<InProcess const> code; ///< behind that, if any
    /// All of it, with the C++ in a thread of its own, for who may not wait.
    std::unique_ptr<ByteSource> all;
};
std::unique_ptr<ByteSource> source_of(ReadStream& stream,
                                      LineOptions const& options);

/// A file that is opened when it is started.
std::unique_ptr<ByteSource> source_of(Stdio const& file,
                                      LineOptions const& options);

/// What `bytes` are in text mode, if the options ask for that.
std::unique_ptr<ByteSource> text_of(std::unique_ptr<ByteSource> bytes,
                                    LineOptions const& options);

/// Throws `std::invalid_argument` if they ask for what the stream is already.
void refuse_text_of_text(ReadStream const& stream, LineOptions const& options);

/// A descriptor of a job's, for C++ in one of its threads.
class InputSource final : public ByteSource {
public:
    /// `had_more` is cleared when there is nothing more to read.
    InputSource(int fd, std::atomic<bool>& had_more)
        : in_(fd), had_more_(had_more)
    {
    }

    std::size_t read(std::span<char> into) override;
    std::optional<std::size_t> try_read(std::span<char> into) override;
    int event_fd() override { return in_.fd(); }

private:
    std::optional<std::size_t> take(std::span<char> into);

    NoWaitFd in_;
    std::atomic<bool>& had_more_;
    Leftover leftover_; ///< when input is over
};

} // namespace detail

} // namespace runnel::inline v0
