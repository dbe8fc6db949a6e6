// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Lines with a label in front of each.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// A longer line is not kept until it has ended.
inline constexpr std::size_t longest_kept_line = std::size_t{1024} * 1024;

/// Cuts a stream of bytes into lines and puts a label in front of each: `label: line`.
/// A line is given when it has ended; one that is longer than may be kept comes in
/// pieces, each a line of its own.
class LabelledLines {
public:
    /// The label is shown in one line.
    explicit LabelledLines(std::string_view label);

    /// Appends the lines that end in `bytes` to `lines`.
    void take(std::string_view bytes, std::string& lines);

    /// The stream has ended: its last line may have no newline, and gets one.
    void finish(std::string& lines);

private:
    std::string prefix_;
    std::string rest_; ///< of a line that has not ended
};

} // namespace runnel::inline v0
