// What a `ChunkRange` is a handle to: bytes in chunks.
#pragma once

#include "flow/byte_source.hpp"

#include <runnel/chunks.hpp>
#include <runnel/detail/bytes.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace runnel::inline v0::detail {

class ChunkSource {
public:
    /// `size` and `options` as for `chunks`.
    ChunkSource(std::unique_ptr<ByteSource> bytes, std::size_t size,
                ChunkOptions const& options);

    /// Drops the bytes. Ranges that still refer to this find the end.
    void close() noexcept { bytes_.reset(); }

    /// A new iterator begins: starts the bytes. Throws `std::logic_error` for a
    /// second pass.
    void begin();

    /// True if there is a current chunk; reads it if need be.
    bool has_chunk();

    std::string_view chunk();
    void advance();
    CompletedProcess const& result() const { return finished(result_); }

private:
    void start();
    void read();
    void finish();

    static constexpr std::size_t most_at_once = std::size_t{256} * 1024;

    std::unique_ptr<ByteSource> bytes_; ///< null after the end
    std::size_t size_;
    bool full_;
    bool checks_;
    bool started_ = false;
    bool told_end_ = false; ///< an iterator was at the end
    bool has_chunk_ = false;
    Bytes buffer_;
    std::optional<CompletedProcess> result_;
};

} // namespace runnel::inline v0::detail
