// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Cuts text into lines: fed in pieces of any size, or by a plain search.
#pragma once

#include "flow/line_sources.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runnel::test {

/// Feeds `text` to a cutter and collects the lines. `next_piece` returns how
/// many bytes come next, at least one. `looks_again` returns whether the cursor
/// is made anew, as by a second `begin()`.
template <class NextPiece, class LooksAgain>
std::vector<std::string>
cut_in_pieces(std::string_view text, LineOptions const& options,
              NextPiece next_piece, LooksAgain looks_again)
{
    detail::LineCutter cutter(options);
    detail::LineCursor at;
    std::vector<std::string> lines;
    for (;;) {
        while (cutter.next(at)) {
            if (looks_again()) {
                at = cutter.at(at.line);
                continue;
            }
            auto const size = static_cast<std::size_t>(at.next - at.line);
            lines.emplace_back(at.line, size - cutter.cut);
            at.line = std::exchange(at.next, nullptr);
        }
        if (cutter.ended())
            return lines;
        auto const room = cutter.room(at.line);
        std::size_t const piece =
            std::min<std::size_t>(next_piece(), room.size());
        auto const part = text.substr(0, piece);
        std::ranges::copy(part, room.begin());
        cutter.commit(part.size());
        text.remove_prefix(part.size());
    }
}

/// The same lines, with a plain search.
inline std::vector<std::string> plain_lines(std::string_view text,
                                            LineOptions const& options)
{
    std::vector<std::string> lines;
    auto const delimiter = options.delimiter.view();
    while (!text.empty()) {
        auto const end = options.universal_newlines ? text.find_first_of("\r\n")
                                                    : text.find(delimiter);
        bool const has_end = end != text.npos;
        bool const both = options.universal_newlines && has_end
                       && text.substr(end).starts_with("\r\n");
        auto const size = has_end ? end + delimiter.size() + both : text.size();
        lines.emplace_back(
            text.substr(0, options.keep_ends || !has_end ? size : end));
        text.remove_prefix(size);
    }
    return lines;
}

/// The result of `find_line_ends`, computed byte by byte.
inline std::vector<std::uint64_t> plain_line_ends(std::string_view bytes,
                                                  char end)
{
    std::vector<std::uint64_t> masks((bytes.size() + 63) / 64);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        if (bytes[i] == end)
            masks[i / 64] |= std::uint64_t{1} << i % 64;
    return masks;
}

} // namespace runnel::test
