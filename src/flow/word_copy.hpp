// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Words for a reader of bytes.
#pragma once

#include <runnel/words.hpp>

#include <algorithm>
#include <optional>
#include <span>

namespace runnel::inline v0::detail {

/// Copies words, each with its end, into the buffer of a reader.
class WordCopy {
public:
    /// `delimiter`: of the lines that the reader cuts; none: it reads chunks, or
    /// decodes, so that no byte is known to end a line.
    explicit WordCopy(std::optional<LineEnd> delimiter) : delimiter_(delimiter)
    {
    }

    // What is left of a word may be a part of this object.
    WordCopy(WordCopy const&) = delete;
    WordCopy& operator=(WordCopy const&) = delete;

    /// Copies one word, or what is left of it. For a reader of lines, words that
    /// are single bytes are gathered up to the end of a line. `next` fetches a
    /// word; false: there is none. Returns 0 at the end of all words. If `next`
    /// throws, the bytes of a line that is not complete are lost.
    template <class Next>
    std::size_t read(std::span<char> into, Next next)
    {
        std::size_t count = 0;
        while (count < into.size() && has_bytes(next)) {
            bool const is_byte = word_.text.size() == 1 && !word_.has_end;
            count += take(into.subspan(count));
            if (!is_byte || ends_gathering(into[count - 1]))
                break;
        }
        return count;
    }

private:
    template <class Next>
    bool has_bytes(Next next)
    {
        while (word_.text.empty() && !word_.has_end)
            if (!next(word_))
                return false;
        return true;
    }

    std::size_t take(std::span<char> into)
    {
        auto const count = take_text(into);
        if (!word_.has_end || count == into.size())
            return count;
        word_.has_end = false;
        word_.text = word_.end.view();
        return count + take_text(into.subspan(count));
    }

    std::size_t take_text(std::span<char> into)
    {
        auto const count = std::min(into.size(), word_.text.size());
        std::ranges::copy(word_.text.substr(0, count), into.begin());
        word_.text.remove_prefix(count);
        return count;
    }

    bool ends_gathering(char byte) const
    {
        return !delimiter_ || byte == delimiter_->view().back() || byte == '\r';
    }

    std::optional<LineEnd> delimiter_;
    OutWord word_{{}, '\n', false}; ///< what is left of it
};

} // namespace runnel::inline v0::detail
