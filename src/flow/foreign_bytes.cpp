// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Bytes that no job's loop reads: streams, files, descriptors of this process,
// and the input of in-process stages.
#include "base/cancel.hpp"
#include "base/line_options.hpp"
#include "flow/byte_source.hpp"
#include "flow/patience.hpp"
#include "io/no_wait_fd.hpp"
#include "io/stream_access.hpp"
#include "plan/in_process.hpp"
#include "sys/clock.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/poll.hpp"

#include <runnel/error.hpp>

#include <stdexcept>
#include <system_error>

namespace runnel::inline v0::detail {

namespace {

bool is_readable_now(int fd)
{
    sys::PollItem item{fd};
    auto const ready = sys::poll({&item, 1}, sys::Deadline::min());
    return !ready || ready.value > 0;
}

/// A stream that the caller owns.
class StreamBytes final : public ByteSource {
public:
    StreamBytes(ReadStream& stream, LineOptions const& options)
        : stream_(stream), patience_(options)
    {
    }

    void start(DrivenBy /*by*/) override { patience_.start(); }

    std::size_t read(std::span<char> into) override
    {
        for (;;) {
            if (must_wait())
                patience_.wait(stream_.fd(), name);
            else
                patience_.look_for_requests(name);
            auto const count =
                patience_.ends() ? take_no_wait(into) : take(into);
            if (count)
                return *count;
        }
    }

    std::optional<std::size_t> try_read(std::span<char> into) override
    {
        if (!must_wait())
            patience_.look_for_requests(name);
        else if (!patience_.is_ready(stream_.fd(), name))
            return {};
        return take_no_wait(into);
    }

    std::size_t at_once() const override
    {
        return StreamAccess::at_once(stream_);
    }

    bool may_read_ahead() const override
    {
        return StreamAccess::has_buffer(stream_);
    }

    int event_fd() override { return stream_.fd(); }

    std::optional<sys::Deadline> next_deadline() const override
    {
        if (StreamAccess::has_read_ahead(stream_))
            return sys::Clock::now(); // no poll tells of buffered bytes
        return patience_.deadline();
    }

    void give_back(std::string_view bytes) override
    {
        StreamAccess::give_back(stream_, bytes);
    }

private:
    static char const* name() { return "a stream"; }

    /// False if there are bytes in the stream's own buffer, or if the stream is
    /// closed, which is an error of its own.
    bool must_wait() const
    {
        return stream_ && !StreamAccess::has_read_ahead(stream_);
    }

    std::optional<std::size_t> take(std::span<char> into)
    {
        return taken(StreamAccess::read_ready(stream_, into));
    }

    // Another reader of the same pipe may empty it after the poll. Then a
    // blocking read would outlast the deadline.
    std::optional<std::size_t> take_no_wait(std::span<char> into)
    {
        if (!stream_) // not open: `take` throws
            return take(into);
        if (no_wait_.fd() != stream_.fd())
            no_wait_ = NoWaitFd(stream_.fd());
        return taken(StreamAccess::read_no_wait(stream_, no_wait_, into));
    }

    std::optional<std::size_t> taken(StreamAccess::Taken const& taken)
    {
        patience_.took(taken.from_fd);
        return taken.count;
    }

    ReadStream& stream_;
    NoWaitFd no_wait_; ///< the stream's descriptor
    Patience patience_;
};

/// A file by name, or a descriptor of this process.
class FileBytes final : public ByteSource {
public:
    FileBytes(Stdio file, LineOptions const& options)
        : file_(std::move(file)), patience_(options)
    {
        if (file_.kind() == Stdio::pipe || file_.kind() == Stdio::out)
            throw std::invalid_argument(
                "only a file, a descriptor, devnull or inherit can be read");
    }

    void start(DrivenBy /*by*/) override
    {
        patience_.start();
        if (file_.kind() == Stdio::descriptor)
            fd_ = file_.fd();
        else if (file_.kind() == Stdio::inherit)
            fd_ = 0;
        else
            open(path());
    }

    /// For messages.
    std::string name() const
    {
        switch (file_.kind()) {
        case Stdio::descriptor:
            return "descriptor " + std::to_string(file_.fd());
        case Stdio::inherit: return "stdin";
        default: return '"' + path() + '"';
        }
    }

    std::size_t read(std::span<char> into) override
    {
        auto const name_of = [this] { return name(); };
        for (;;) {
            if (is_nonblocking_)
                patience_.wait_until_ready(fd_, name_of);
            else
                patience_.wait(fd_, name_of);
            auto const count =
                patience_.ends() ? take_no_wait(into) : take(into);
            if (count)
                return *count;
            is_nonblocking_ = true;
        }
    }

    std::optional<std::size_t> try_read(std::span<char> into) override
    {
        if (!patience_.is_ready(fd_, [this] { return name(); }))
            return {};
        return take_no_wait(into);
    }

    std::size_t at_once() const override { return growth_.at_once(); }

    // A descriptor of this process may have other readers.
    bool may_read_ahead() const override { return bool(owned_); }

    int event_fd() override { return fd_; }

    std::optional<sys::Deadline> next_deadline() const override
    {
        return patience_.deadline();
    }

private:
    std::string path() const
    {
        return file_.kind() == Stdio::devnull ? std::string(sys::null_device)
                                              : file_.path();
    }

    // A FIFO is opened without waiting for a writer, because no deadline
    // applies to open(2). The first read waits for the writer.
    void open(std::string const& path)
    {
        auto file = sys::open_file(path, sys::FileUse::poll);
        if (!file)
            throw SystemError(file.error, "cannot open \"" + path + '"');
        owned_ = std::move(file.value);
        fd_ = owned_.get();
        is_nonblocking_ = sys::kind_of(fd_) == sys::FileKind::pipe;
    }

    std::optional<std::size_t> take(std::span<char> into)
    {
        return taken(sys::read_some(fd_, into.data(), into.size()), into);
    }

    // A file that was opened here is non-blocking. A descriptor of this process
    // may have other readers, which can empty it after the poll.
    std::optional<std::size_t> take_no_wait(std::span<char> into)
    {
        if (owned_)
            return take(into);
        if (!no_wait_)
            no_wait_ = NoWaitFd(fd_);
        return taken(no_wait_.read(into), into);
    }

    std::optional<std::size_t> taken(sys::Result<std::size_t> const& count,
                                     std::span<char> room)
    {
        if (!count && sys::would_block(count.error))
            return {};
        if (!count)
            throw SystemError(count.error, "cannot read " + name());
        growth_.saw(fd_, count.value, room.size());
        patience_.took(count.value);
        return count.value;
    }

    Stdio file_;
    Patience patience_;
    sys::Fd owned_;
    int fd_ = -1;
    NoWaitFd no_wait_; ///< `fd_`, if not opened here
    bool is_nonblocking_ = false; ///< as far as known
    ReadGrowth growth_;
};

} // namespace

std::unique_ptr<ByteSource> source_of(ReadStream& stream,
                                      LineOptions const& options)
{
    refuse_text_of_text(stream, options);
    refuse_run_options(options, RunsElsewhere::stream);
    return text_of(std::make_unique<StreamBytes>(stream, options), options,
                   "the lines");
}

std::unique_ptr<ByteSource> source_of(Stdio const& file,
                                      LineOptions const& options)
{
    refuse_run_options(options, RunsElsewhere::stream);
    auto bytes = std::make_unique<FileBytes>(file, options);
    auto name = bytes->name();
    return text_of(std::move(bytes), options, std::move(name));
}

// --- the input of an in-process stage ------------------------------------------------

std::size_t InputSource::read(std::span<char> into)
{
    for (;;) {
        bool const is_over = CancelScope::input_is_over();
        sys::PollItem items[] = {{in_.fd()}, {CancelScope::fd()}};
        auto const ready = wait(items, is_over);
        if (!ready)
            throw SystemError(ready.error, "cannot wait for a pipe");
        CancelScope::check();
        if (is_over && (!items[0].ready || !leftover_.has_more(in_.fd())))
            return 0;
        if (auto const count = take(into))
            return *count;
    }
}

sys::Result<std::size_t> InputSource::wait(std::span<sys::PollItem> items,
                                           bool is_over)
{
    CodeWait const told(place_, CodeState::waits_for_input);
    return sys::poll(items, is_over ? sys::Deadline::min() : sys::never);
}

std::optional<std::size_t> InputSource::try_read(std::span<char> into)
{
    CancelScope::check();
    if (!is_readable_now(in_.fd()))
        return {};
    return take(into);
}

std::optional<std::size_t> InputSource::take(std::span<char> into)
{
    auto const count = in_.read(into);
    if (!count && sys::would_block(count.error))
        return {};
    if (!count)
        throw SystemError(count.error, "cannot read a pipe");
    had_more_ = count.value > 0;
    note_bytes(last_, count.value);
    growth_.saw(in_.fd(), count.value, into.size());
    leftover_.took(count.value);
    return count.value;
}

} // namespace runnel::inline v0::detail
