// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The output of a child process, as a lazy range of chunks of bytes.
//
//     for (Chunk bytes : cmd("tar", "-c", dir) | chunks)
//         hash.update(bytes);
//     for (Chunk block : Stdio("disk.img") | chunks(512, {.full = true})) ...
//
// Everything else is as with lines: lazy, single pass, failures at the end.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/containment.hpp>
#include <runnel/detail/format.hpp>
#include <runnel/detail/refused.hpp>
#include <runnel/lines.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string_view>
#include <vector>

namespace runnel::inline v0 {

/// Some bytes: a view into the read buffer, valid until the iterator moves on.
/// Converts to a `std::vector`, which owns its bytes.
class Chunk : public std::span<std::byte const> {
public:
    constexpr Chunk() noexcept = default;
    constexpr explicit Chunk(std::span<std::byte const> bytes) noexcept
        : std::span<std::byte const>(bytes)
    {
    }

    operator std::vector<std::byte>() const { return {begin(), end()}; }

    /// The same bytes as characters.
    std::string_view text() const noexcept
    {
        return {reinterpret_cast<char const*>(data()), size()};
    }
};

} // namespace runnel::inline v0

// As with std::span.
template <>
inline constexpr bool std::ranges::enable_view<runnel::Chunk> = true;
template <>
inline constexpr bool std::ranges::enable_borrowed_range<runnel::Chunk> = true;

#ifdef RUNNEL_HAS_FORMAT
/// Formats the bytes as text.
template <>
struct std::formatter<runnel::Chunk> : std::formatter<std::string_view> {
    template <class Context>
    auto format(runnel::Chunk const& chunk, Context& context) const
    {
        return std::formatter<std::string_view>::format(chunk.text(), context);
    }
};
#endif

namespace runnel::inline v0 {

namespace detail {

/// The object that a `ChunkRange` refers to.
class ChunkSource;

} // namespace detail

/// How output is cut into chunks, and how the processes that write it are run.
struct ChunkOptions {
    /// True: all chunks but the last are full; without a size, one chunk is all.
    /// False: each chunk holds bytes that have arrived, at least one.
    bool full = false;

    bool check = true; ///< this and all below: as in `LineOptions`
    Timeout timeout{};
    Timeout idle_timeout{};
    Timeout drain{};
    StopToken stop{};
    Teardown teardown{};
    Containment containment = Containment::none;
    Observer* observer = nullptr;
    Executor* executor = nullptr;
};

/// A lazy single-pass range of chunks. Copies are handles to the same range.
class [[nodiscard(
    "nothing was started: write for (auto chunk : e | chunks)")]] RUNNEL_EXPORT
    ChunkRange : public std::ranges::view_base {
public:
    class iterator;

    /// A range without chunks.
    ChunkRange() noexcept = default;

    /// `size`: the most bytes in a chunk; 0 is `std::invalid_argument`.
    ChunkRange(Expression const& expression, std::size_t size,
               ChunkOptions const& options);
    ChunkRange(detail::StderrNode const& expression, std::size_t size,
               ChunkOptions const& options);
    /// Bytes that no iterator passed are put back into the stream, as with lines.
    ChunkRange(ReadStream& stream RUNNEL_LIFETIMEBOUND, std::size_t size,
               ChunkOptions const& options);
    ChunkRange(ReadStream&&, std::size_t, ChunkOptions const&) = delete;
    ChunkRange(Stdio const& file, std::size_t size,
               ChunkOptions const& options);

    /// For the library.
    explicit ChunkRange(std::shared_ptr<detail::ChunkSource> source) noexcept;

    /// Starts the pipeline; throws as `run` does. A second call goes on after the
    /// last chunk that an iterator passed; after the end of the range it throws
    /// `std::logic_error`.
    iterator begin() const;
    std::default_sentinel_t end() const noexcept { return {}; }

    /// The next chunk, if it is there without waiting; valid until the next call.
    /// Starts the pipeline if necessary. If there is none, `ended()` tells whether
    /// more may come. Throws what iterating throws. With `fd` and `next_deadline`, any
    /// event loop can drive a range. Not to be mixed with iterators.
    [[nodiscard(
        "the chunk would be lost: write auto chunk = range.try_next()")]] std::
        optional<Chunk>
        try_next();

    /// True if all chunks were handed out and the processes have ended.
    bool ended() const noexcept;

    /// A descriptor that poll(2) reports as readable when `try_next` may have
    /// something to return or to do. Valid until the end of the range. Starts the
    /// pipeline.
    int fd();

    /// When `try_next` must be called even if the descriptor is not ready. Until
    /// `fd` is called for the first time, this is soon.
    std::optional<std::chrono::steady_clock::time_point> next_deadline() const;

    /// The result of the stages, after the end of the range.
    CompletedProcess const& result() const;

private:
    std::shared_ptr<detail::ChunkSource> source_;
};

class RUNNEL_EXPORT ChunkRange::iterator {
public:
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = std::vector<std::byte>;
    using difference_type = std::ptrdiff_t;
    using reference = Chunk;
    using pointer = void;

    iterator() noexcept = default;

    Chunk operator*() const;

    /// Reads nothing: the next chunk is read when it is needed.
    iterator& operator++();
    void operator++(int) { ++*this; }

    friend bool operator==(iterator const& at, std::default_sentinel_t)
    {
        return at.at_end();
    }

private:
    friend class ChunkRange;

    explicit iterator(detail::ChunkSource* source) noexcept : source_(source) {}

    bool at_end() const;

    detail::ChunkSource* source_ = nullptr;
};

/// The result of `chunks(n)`.
struct ChunksWith {
    /// No limit: each chunk is what one read gives, at most 256 KiB.
    static constexpr auto any_size = static_cast<std::size_t>(-1);

    std::size_t size = any_size;
    ChunkOptions options{};
};

/// The type of `chunks`.
struct Chunks {
    ChunksWith operator()(std::size_t size, ChunkOptions options = {}) const
    {
        return {size, std::move(options)};
    }
    RUNNEL_REFUSED("chunks takes a size, then options in braces: write a | "
                   "chunks, a | chunks(65536)",
                   ChunksWith)
    operator()(...) const RUNNEL_DELETED;

    ChunksWith operator()(ChunkOptions options) const
    {
        return {.options = std::move(options)};
    }
};

/// Makes a range of the output, in chunks of at most so many bytes: `e | chunks(n)`,
/// or `e | chunks`, whose chunks grow while the writer is faster than the loop.
inline constexpr Chunks chunks{};

namespace detail {

template <class T>
concept chunks_like = std::same_as<T, Chunks> || std::same_as<T, ChunksWith>;

template <chunks_like T>
inline constexpr bool is_reader<T> = true;

template <>
inline constexpr bool is_output_range<ChunkRange> = true;

inline ChunksWith cut_of(Chunks)
{
    return {};
}

inline ChunksWith const& cut_of(ChunksWith const& wanted)
{
    return wanted;
}

} // namespace detail

template <detail::still_open_at_out E, detail::chunks_like Wanted>
ChunkRange operator|(E const& expression, Wanted const& wanted)
{
    auto const& cut = detail::cut_of(wanted);
    return ChunkRange(expression, cut.size, cut.options);
}

template <Ends Open, detail::chunks_like Wanted>
ChunkRange operator|(StderrOf<Open> const& expression, Wanted const& wanted)
{
    auto const& cut = detail::cut_of(wanted);
    return ChunkRange(expression, cut.size, cut.options);
}

template <detail::chunks_like Wanted>
ChunkRange operator|(ReadStream& stream RUNNEL_LIFETIMEBOUND,
                     Wanted const& wanted)
{
    auto const& cut = detail::cut_of(wanted);
    return ChunkRange(stream, cut.size, cut.options);
}

template <std::same_as<Stdio> File, detail::chunks_like Wanted>
ChunkRange operator|(File const& file, Wanted const& wanted)
{
    auto const& cut = detail::cut_of(wanted);
    return ChunkRange(file, cut.size, cut.options);
}

} // namespace runnel::inline v0
