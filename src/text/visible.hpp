// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Text of others in messages: what a child wrote, words, names of files.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// `text` as a terminal can show it: printed, it moves no cursor, changes no
/// colour, reorders and hides nothing. Newlines and tabs stay.
///
/// - NUL becomes `\0`, a carriage return `\r`, any other control character `\x1b`
///   and the like.
/// - Characters beyond ASCII that control become `\u202e` and the like: C1
///   controls, separators of lines, and those that set the direction of text.
/// - A byte that is not of valid UTF-8 becomes `\xff`.
///
/// A backslash stays as it is, so the result is for people only.
std::string visible(std::string_view text);

/// The same in one line: a newline becomes `\n`, a tab `\t`.
std::string in_one_line(std::string_view text);

/// Throws `std::invalid_argument` with that text.
[[noreturn]] inline void refuse_argument(std::string_view message)
{
    throw std::invalid_argument(visible(message));
}

/// The first `most` bytes of `text`, without a character that would be cut.
std::string_view first_bytes(std::string_view text, std::size_t most);

/// The last `most` bytes of `text`, without the rest of a character that was cut.
std::string_view last_bytes(std::string_view text, std::size_t most);

} // namespace runnel::inline v0
