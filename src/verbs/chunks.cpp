#include <runnel/chunks.hpp>

#include "verbs/expression_source.hpp"

#include <runnel/detail/bytes.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace runnel::inline v0 {

namespace {

LineOptions line_options(ChunkOptions const& options)
{
    return {.check = options.check,
            .timeout = options.timeout,
            .drain = options.drain,
            .stop = options.stop,
            .teardown = options.teardown,
            .observer = options.observer,
            .executor = options.executor};
}

std::unique_ptr<detail::ByteSource> bytes_of(auto const& expression,
                                             LineOptions const& options)
{
    return detail::source_of(detail::source_of(expression, options), options);
}

} // namespace

class ChunkRange::Source {
public:
    Source(std::unique_ptr<detail::ByteSource> bytes, std::size_t size,
           ChunkOptions const& options)
        : bytes_(std::move(bytes)), size_(size), full_(options.full),
          checks_(options.check)
    {
        if (size == 0)
            throw std::invalid_argument("chunks(0) would never end");
    }

    void start()
    {
        if (started_ || !bytes_)
            return;
        bytes_->start();
        started_ = true;
    }

    /// True if there is a current chunk; reads it if need be.
    bool has_chunk()
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

    void begin()
    {
        start();
        if (told_end_)
            detail::refuse_second_pass("chunks");
    }

    std::string_view chunk()
    {
        if (!has_chunk())
            throw std::logic_error("a chunk range was read past its end");
        return buffer_.view();
    }

    void advance()
    {
        if (!has_chunk())
            return;
        has_chunk_ = false;
        buffer_.clear();
    }

    CompletedProcess const& result() const { return detail::finished(result_); }

private:
    void read()
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

    void finish()
    {
        auto const bytes = std::move(bytes_);
        result_ = bytes->finish(false);
        if (checks_)
            result_->check_returncode();
    }

    static constexpr std::size_t most_at_once = std::size_t{256} * 1024;

    std::unique_ptr<detail::ByteSource> bytes_; ///< null after the end
    std::size_t size_;
    bool full_;
    bool checks_;
    bool started_ = false;
    bool told_end_ = false; ///< an iterator was at the end
    bool has_chunk_ = false;
    detail::Bytes buffer_;
    std::optional<CompletedProcess> result_;
};

ChunkRange::ChunkRange(Expression const& expression, std::size_t size,
                       ChunkOptions const& options)
    : source_(std::make_shared<Source>(
        bytes_of(expression, line_options(options)), size, options))
{
}

ChunkRange::ChunkRange(detail::StderrNode const& expression, std::size_t size,
                       ChunkOptions const& options)
    : source_(std::make_shared<Source>(
        bytes_of(expression, line_options(options)), size, options))
{
}

ChunkRange::ChunkRange(ReadStream& stream, std::size_t size,
                       ChunkOptions const& options)
    : source_(std::make_shared<Source>(
        detail::source_of(stream, line_options(options)), size, options))
{
}

ChunkRange::ChunkRange(Stdio const& file, std::size_t size,
                       ChunkOptions const& options)
    : source_(std::make_shared<Source>(
        detail::source_of(file, line_options(options)), size, options))
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
