// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "flow/chunk_source.hpp"

#include "base/line_options.hpp"
#include "sys/clock.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

namespace runnel::inline v0 {

namespace detail {

ChunkSource::ChunkSource(std::unique_ptr<ByteSource> bytes, std::size_t size,
                         ChunkOptions const& options)
    : bytes_(std::move(bytes)), size_(size), full_(options.full),
      checks_(options.check)
{
    check_chunk_size(size);
}

void ChunkSource::begin()
{
    start(ByteSource::DrivenBy::reads);
    if (told_end_)
        refuse_second_pass("chunks");
}

void ChunkSource::start(ByteSource::DrivenBy by)
{
    if (started_ || !bytes_)
        return;
    bytes_->start(by);
    started_ = true;
}

void ChunkSource::close() noexcept
{
    bytes_.reset();
    drop_ahead();
}

void ChunkSource::drop_ahead() noexcept
{
    buffer_.drop_back(buffer_.size() - chunk_);
}

bool ChunkSource::has_chunk()
{
    if (chunk_ > 0)
        return true;
    try {
        read();
    } catch (...) {
        let_go();
        throw;
    }
    told_end_ = chunk_ == 0;
    return !told_end_;
}

std::string_view ChunkSource::chunk()
{
    if (!has_chunk())
        throw std::logic_error("a chunk range was read past its end");
    return buffer_.view().substr(0, chunk_);
}

void ChunkSource::advance()
{
    if (has_chunk())
        buffer_.drop_front(std::exchange(chunk_, 0));
}

bool ChunkSource::holds_chunk() const noexcept
{
    return !buffer_.empty() && (!full_ || buffer_.size() >= size_);
}

void ChunkSource::read()
{
    while (!holds_chunk() && bytes_ && read_once()) {}
    cut_chunk();
    if (chunk_ == 0 && bytes_)
        finish();
}

void ChunkSource::cut_chunk() noexcept
{
    chunk_ = std::min(size_, buffer_.size());
}

std::optional<std::string_view> ChunkSource::try_next()
{
    start(ByteSource::DrivenBy::events);
    if (std::exchange(is_passed_, false))
        buffer_.drop_front(std::exchange(chunk_, 0));
    try {
        if (!try_read())
            return {};
    } catch (...) {
        let_go();
        throw;
    }
    is_passed_ = true;
    return buffer_.view().substr(0, chunk_);
}

/// True if there is a chunk.
bool ChunkSource::try_read()
{
    while (!holds_chunk() && bytes_ && !is_over_) {
        auto const room = room_for_read();
        auto const count = bytes_->try_read(buffer_.tail(room).first(room));
        if (!count)
            return false;
        buffer_.commit(*count);
        is_over_ = *count == 0;
    }
    cut_chunk();
    if (chunk_ == 0 && bytes_ && bytes_->try_finish())
        finish();
    return chunk_ > 0;
}

int ChunkSource::event_fd()
{
    start(ByteSource::DrivenBy::events);
    return bytes_ ? bytes_->event_fd() : -1;
}

std::optional<std::chrono::steady_clock::time_point>
ChunkSource::next_deadline() const
{
    if (!bytes_)
        return {};
    if (!started_ || is_passed_) // more chunks may be in the buffer
        return sys::Clock::now();
    return bytes_->next_deadline();
}

// Memory grows with the bytes that come, not with `size_`.
std::size_t ChunkSource::room_for_read() const
{
    auto const at_once = bytes_->at_once();
    if (size_ == ChunksWith::any_size)
        return at_once;
    auto const missing = std::min(size_ - buffer_.size(), most_room);
    return bytes_->may_read_ahead() ? std::max(missing, at_once) : missing;
}

/// Returns false at end of file.
bool ChunkSource::read_once()
{
    auto const room = room_for_read();
    auto const count = bytes_->read(buffer_.tail(room).first(room));
    buffer_.commit(count);
    return count > 0;
}

/// Bytes that no iterator has passed belong to the next reader of the stream.
void ChunkSource::let_go() noexcept
{
    auto const bytes = std::move(bytes_);
    if (!bytes || !started_)
        return;
    try {
        bytes->give_back(buffer_.view().substr(is_passed_ ? chunk_ : 0));
    } catch (...) { // no memory: the bytes are lost
    }
    drop_ahead();
}

void ChunkSource::finish()
{
    auto const bytes = std::move(bytes_);
    result_ = bytes->finish(false);
    if (checks_)
        result_->check_returncode();
}

} // namespace detail

namespace {

Chunk chunk_of(std::string_view bytes)
{
    return Chunk(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

} // namespace

ChunkRange::ChunkRange(std::shared_ptr<detail::ChunkSource> source) noexcept
    : source_(std::move(source))
{
}

ChunkRange::iterator ChunkRange::begin() const
{
    if (source_)
        source_->begin();
    return iterator(source_.get());
}

std::optional<Chunk> ChunkRange::try_next()
{
    auto const bytes = source_ ? source_->try_next() : std::nullopt;
    return bytes ? std::optional(chunk_of(*bytes)) : std::nullopt;
}

bool ChunkRange::ended() const noexcept
{
    return !source_ || source_->has_ended();
}

int ChunkRange::fd()
{
    return source_ ? source_->event_fd() : -1;
}

std::optional<std::chrono::steady_clock::time_point>
ChunkRange::next_deadline() const
{
    return source_ ? source_->next_deadline() : std::nullopt;
}

CompletedProcess const& ChunkRange::result() const
{
    if (!source_)
        throw std::logic_error("result() of a range without chunks");
    return source_->result();
}

Chunk ChunkRange::iterator::operator*() const
{
    if (source_ == nullptr)
        throw std::logic_error("a chunk range was read past its end");
    return chunk_of(source_->chunk());
}

ChunkRange::iterator& ChunkRange::iterator::operator++()
{
    if (source_ != nullptr)
        source_->advance();
    return *this;
}

bool ChunkRange::iterator::at_end() const
{
    return source_ == nullptr || !source_->has_chunk();
}

} // namespace runnel::inline v0
