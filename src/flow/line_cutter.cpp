// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "flow/line_sources.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace runnel::inline v0::detail {

LineCutter::LineCutter(LineOptions const& options)
    : max_line_(options.max_line), delimiter_(options.delimiter),
      keeps_ends_(options.keep_ends), universal_(options.universal_newlines),
      // Lines that are found ahead lie in one read, so none is longer than
      // `read_size`.
      by_line_(!ends_with_one_byte(options) || max_line_ < read_size)
{
}

std::span<char> LineCutter::room(char const*& line)
{
    auto const searched = searched_ - line;
    auto const room = buffer_.room(line, read_size);
    searched_ = line + searched;
    return room;
}

void LineCutter::commit(std::size_t count)
{
    buffer_.commit(count);
    ended_ = count == 0;
}

// After a line that ended with \r, a \n is the second half of that line's end,
// not a line.
std::string_view LineCutter::rest(char const* line) const noexcept
{
    if (line == nullptr)
        return {};
    std::string_view left(line, static_cast<std::size_t>(buffer_.end() - line));
    if (after_return_ && left.starts_with('\n'))
        left.remove_prefix(1);
    return left;
}

LineCursor LineCutter::at(char const* line)
{
    searched_ = line;
    known = {};
    return {.line = line};
}

bool LineCutter::continues(LineCursor const& at) const noexcept
{
    return known.blocks == 0
             ? at.behind == nullptr
             : at.behind == known.behind + block_size * (known.blocks - 1);
}

bool LineCutter::next(LineCursor& at)
{
    if (by_line_)
        return next_by_line(at) || take_rest(at);
    if (use_known(at, known))
        return true;
    while (searched_ != buffer_.end())
        if (look_ahead(at))
            return true;
    return take_rest(at);
}

bool LineCutter::look_ahead(LineCursor& at)
{
    auto const count =
        std::min(static_cast<std::size_t>(buffer_.end() - searched_),
                 blocks_ahead_ * block_size);
    find_line_ends(searched_, count, delimiter_.view().front(), masks_.data());
    auto const blocks = (count + block_size - 1) / block_size;
    std::uint64_t const* const masks = masks_.data();
    auto const* const last = masks + blocks;
    auto const* const first =
        std::find_if(masks, last, [](std::uint64_t ends) { return ends != 0; });
    auto const* const begin = searched_;
    searched_ += count;
    if (first == last) {
        refuse_long(at, static_cast<std::size_t>(searched_ - at.line));
        return false;
    }
    cut = keeps_ends_ ? 0 : 1;
    at.behind =
        begin + 1 + block_size * static_cast<std::size_t>(first - masks);
    at.ends = *first;
    known = {begin + 1, blocks, masks};
    use_known(at, known);
    refuse_long(at, static_cast<std::size_t>(at.next - 1 - at.line));
    return true;
}

// At the end of the input, bytes that are left count as a line.
bool LineCutter::take_rest(LineCursor& at)
{
    if (!ended_ || at.line == buffer_.end())
        return false;
    // The search left out what could have been the beginning of an end.
    refuse_long(at, static_cast<std::size_t>(buffer_.end() - at.line));
    at.next = buffer_.end();
    cut = 0;
    return true;
}

void LineCutter::refuse_long(LineCursor const& at, std::size_t size) const
{
    if (size > max_line_)
        throw LineTooLong(max_line_, {at.line, std::min(size, max_line_)});
}

// --- line by line ------------------------------------------------------------------

// A line that ends with \r is returned at once, because the \n may never come.
// If the \n comes later, it belongs to that line.
bool LineCutter::next_by_line(LineCursor& at)
{
    if (delimiter_.view().size() > 1)
        return next_record(at);
    if (after_return_ && at.line != buffer_.end()) {
        after_return_ = false;
        if (*at.line == '\n')
            ++at.line;
    }
    searched_ = std::max(searched_, at.line);
    auto const is_end = [this](char c) {
        return c == delimiter_.view().front() || (universal_ && c == '\r');
    };
    auto const* const end = std::find_if(searched_, buffer_.end(), is_end);
    searched_ = end;
    refuse_long(at, static_cast<std::size_t>(end - at.line));
    if (end == buffer_.end() || !is_whole(end))
        return false;
    bool const both = *end == '\r' && universal_ && end + 1 != buffer_.end()
                   && end[1] == '\n';
    auto const size = both ? 2u : 1u;
    after_return_ = universal_ && *end == '\r' && !both;
    at.next = end + size;
    cut = keeps_ends_ ? 0 : size;
    searched_ = at.next;
    return true;
}

// The end has several bytes. Some of them may be at the end of the buffer, and the
// others not read yet.
bool LineCutter::next_record(LineCursor& at)
{
    auto const end = delimiter_.view();
    searched_ = std::max(searched_, at.line);
    std::string_view const left(
        searched_, static_cast<std::size_t>(buffer_.end() - searched_));
    auto const found = left.find(end);
    bool const is_whole = found != left.npos;
    searched_ +=
        is_whole ? found : left.size() - std::min(left.size(), end.size() - 1);
    refuse_long(at, static_cast<std::size_t>(searched_ - at.line));
    if (!is_whole)
        return false;
    searched_ += end.size();
    at.next = searched_;
    cut = keeps_ends_ ? 0 : end.size();
    return true;
}

// If line ends are kept, a \r at the end of the buffer must wait: a \n may
// follow.
bool LineCutter::is_whole(char const* end)
{
    return !universal_ || !keeps_ends_ || *end != '\r' || ended_
        || end + 1 != buffer_.end();
}

} // namespace runnel::inline v0::detail
