#include "flow/chunk_source.hpp"

#include "base/line_options.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>

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
    start();
    if (told_end_)
        refuse_second_pass("chunks");
}

void ChunkSource::start()
{
    if (started_ || !bytes_)
        return;
    bytes_->start(ByteSource::DrivenBy::reads);
    started_ = true;
}

bool ChunkSource::has_chunk()
{
    if (has_chunk_)
        return true;
    told_end_ = !bytes_;
    if (told_end_)
        return false;
    try {
        read();
    } catch (...) {
        bytes_.reset();
        throw;
    }
    told_end_ = !has_chunk_;
    return has_chunk_;
}

std::string_view ChunkSource::chunk()
{
    if (!has_chunk())
        throw std::logic_error("a chunk range was read past its end");
    return buffer_.view();
}

void ChunkSource::advance()
{
    if (!has_chunk())
        return;
    has_chunk_ = false;
    buffer_.clear();
}

void ChunkSource::read()
{
    do {
        // Memory grows with the bytes that come, not with `size_`.
        auto const room = std::min(size_ - buffer_.size(), most_at_once);
        auto const count = bytes_->read(buffer_.tail(room).first(room));
        buffer_.commit(count);
        if (count == 0)
            break;
    } while (full_ && buffer_.size() < size_);
    has_chunk_ = !buffer_.empty();
    if (!has_chunk_)
        finish();
}

void ChunkSource::finish()
{
    auto const bytes = std::move(bytes_);
    result_ = bytes->finish(false);
    if (checks_)
        result_->check_returncode();
}

} // namespace detail

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
    auto const bytes = source_->chunk();
    return Chunk(std::as_bytes(std::span(bytes.data(), bytes.size())));
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
