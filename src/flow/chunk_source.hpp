// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a `ChunkRange` is a handle to: bytes in chunks.
#pragma once

#include "flow/byte_source.hpp"

#include <runnel/chunks.hpp>
#include <runnel/detail/bytes.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace runnel::inline v0::detail {

/// Where bytes may be read ahead, reads are as large as the source likes them, and
/// small chunks are cut out of what they give.
class ChunkSource {
public:
    /// `size` and `options` as for `chunks`.
    ChunkSource(std::unique_ptr<ByteSource> bytes, std::size_t size,
                ChunkOptions const& options);
    ChunkSource(ChunkSource const&) = delete;
    ChunkSource& operator=(ChunkSource const&) = delete;
    ~ChunkSource() { let_go(); }

    /// Drops the bytes behind the current chunk. Ranges that still refer to this find
    /// the end.
    void close() noexcept;

    /// A new iterator begins: starts the bytes. Throws `std::logic_error` for a
    /// second pass.
    void begin();

    /// True if there is a current chunk; reads it if need be.
    bool has_chunk();

    std::string_view chunk();
    void advance();

    /// The next chunk, if it is there without waiting; passes it.
    std::optional<std::string_view> try_next();
    bool has_ended() const noexcept { return !bytes_; }
    int event_fd();
    std::optional<std::chrono::steady_clock::time_point> next_deadline() const;

    CompletedProcess const& result() const { return finished(result_); }

private:
    void start(ByteSource::DrivenBy by);
    bool holds_chunk() const noexcept;
    bool try_read();
    void read();
    std::size_t room_for_read() const;
    bool read_once();
    void cut_chunk() noexcept;
    void finish();
    void let_go() noexcept;
    void drop_ahead() noexcept;

    static constexpr std::size_t most_room = std::size_t{256} * 1024;

    std::unique_ptr<ByteSource> bytes_; ///< null after the end
    std::size_t size_;
    bool full_;
    bool checks_;
    bool started_ = false;
    bool told_end_ = false; ///< an iterator was at the end
    Bytes buffer_; ///< the current chunk, and what was read behind it
    std::size_t chunk_ = 0; ///< size of the current chunk; 0: there is none
    bool is_passed_ = false; ///< `try_next` has given the current chunk
    bool is_over_ = false; ///< `try_read` has found end of file
    std::optional<CompletedProcess> result_;
};

} // namespace runnel::inline v0::detail
