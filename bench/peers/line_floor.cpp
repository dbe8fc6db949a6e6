// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The least that lines out of a pipe can cost. Shares no code with runnel, on
// purpose.
#include "../line_pipe.hpp"

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bench::floor {

namespace {

constexpr std::size_t room_for_text = std::size_t{256} << 10;
constexpr std::size_t room_for_start = 4096; ///< of a line that is not whole
constexpr std::size_t mask_size = 64;        ///< bytes, and bits

// Every read goes to the same aligned place, and the start of a line that it
// cuts is carried over to right before it: so copying in the kernel and loading
// here are aligned, and lines lie in one piece. Behind is room for the zeros
// that fill up the last 64 bytes.
alignas(4096) char buffer[room_for_start + room_for_text + mask_size];
char* const text = buffer + room_for_start;

/// A line that has begun and may not have ended.
struct Cut {
    char const* line = text;
    Tally tally{};
};

/// `scan` takes the lines between `text` and the end it is given.
template <class Scan>
Tally read_lines(LineSource const& source, Scan scan)
{
    LinePipe pipe(source);
    pipe.grow();
    Cut cut;
    for (;;) {
        auto const count = ::read(pipe.fd(), text, room_for_text);
        require(count >= 0, "read");
        if (count == 0)
            break;
        auto* const end = text + count;
        std::memset(end, 0, mask_size);
        scan(cut, end);
        auto const start = static_cast<std::size_t>(end - cut.line);
        if (start > room_for_start)
            throw std::runtime_error("a line is too long");
        cut.line =
            static_cast<char*>(std::memmove(text - start, cut.line, start));
    }
    pipe.expect_success();
    return cut.tally;
}

[[gnu::always_inline]] inline void take(Cut& cut, char const* newline)
{
    cut.tally.add({cut.line, newline});
    cut.line = newline + 1;
}

[[gnu::always_inline]] inline void take_all(Cut& cut, char const* block,
                                            std::uint64_t newlines)
{
    for (; newlines != 0; newlines &= newlines - 1)
        take(cut, block + std::countr_zero(newlines));
}

#if defined(__x86_64__)

[[gnu::target("avx2,bmi"), gnu::always_inline]] inline std::uint64_t
half_mask_by_avx2(char const* half)
{
    auto const bytes =
        _mm256_load_si256(reinterpret_cast<__m256i const*>(half));
    auto const equal = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\n'));
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(equal));
}

// In a local, so that the compiler may keep it in registers.
[[gnu::target("avx2,bmi")]] void scan_by_avx2(Cut& cut, char const* end)
{
    Cut local = cut;
    for (char const* block = text; block < end; block += mask_size)
        take_all(local, block,
                 half_mask_by_avx2(block)
                     | half_mask_by_avx2(block + 32) << 32);
    cut = local;
}

std::uint64_t quarter_mask(char const* quarter)
{
    auto const bytes =
        _mm_load_si128(reinterpret_cast<__m128i const*>(quarter));
    auto const equal = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n'));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(equal));
}

std::uint64_t mask(char const* block)
{
    return quarter_mask(block) | quarter_mask(block + 16) << 16
         | quarter_mask(block + 32) << 32 | quarter_mask(block + 48) << 48;
}

#else

// One bit for each byte of a word that is a newline: exact, unlike the shorter
// trick, whose borrow reaches the next byte. The product gathers the bits.
std::uint64_t byte_mask(char const* eight)
{
    constexpr std::uint64_t low = 0x7f7f7f7f7f7f7f7f;
    std::uint64_t word = 0;
    std::memcpy(&word, eight, sizeof word);
    word ^= 0x0a0a0a0a0a0a0a0a;
    auto const equal = ~(((word & low) + low) | word | low) >> 7;
    return equal * 0x0102040810204080 >> 56;
}

std::uint64_t mask(char const* block)
{
    std::uint64_t result = 0;
    for (unsigned byte = 0; byte < mask_size; byte += 8)
        result |= byte_mask(block + byte) << byte;
    return result;
}

#endif

void scan_by_default(Cut& cut, char const* end)
{
    Cut local = cut;
    for (char const* block = text; block < end; block += mask_size)
        take_all(local, block, mask(block));
    cut = local;
}

using Scan = void (*)(Cut& cut, char const* end);

Scan fastest_scan()
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        return scan_by_avx2;
#endif
    return scan_by_default;
}

void scan_by_memchr(Cut& cut, char const* end)
{
    char const* from = text;
    while (auto const* const newline =
               std::memchr(from, '\n', static_cast<std::size_t>(end - from))) {
        take(cut, static_cast<char const*>(newline));
        from = cut.line;
    }
}

} // namespace

Tally lines(LineSource const& source)
{
    static Scan const scan = fastest_scan();
    return read_lines(source, scan);
}

Tally lines_by_memchr(LineSource const& source)
{
    return read_lines(source, scan_by_memchr);
}

Tally bytes(LineSource const& source)
{
    return read_lines(source, [](Cut& cut, char const* end) {
        cut.tally.bytes += static_cast<std::size_t>(end - text);
        cut.line = end;
    });
}

} // namespace bench::floor
