// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "text/labelled_lines.hpp"

#include "text/visible.hpp"

#include <utility>

namespace runnel::inline v0 {

LabelledLines::LabelledLines(std::string_view label)
    : prefix_(in_one_line(label))
{
    prefix_ += ": ";
}

void LabelledLines::take(std::string_view bytes, std::string& lines)
{
    for (auto end = bytes.find('\n'); end != bytes.npos;
         end = bytes.find('\n')) {
        lines += prefix_;
        lines += std::exchange(rest_, {});
        lines += bytes.substr(0, end + 1);
        bytes.remove_prefix(end + 1);
    }
    rest_ += bytes;
    if (rest_.size() > longest_kept_line)
        finish(lines);
}

void LabelledLines::finish(std::string& lines)
{
    if (rest_.empty())
        return;
    lines += prefix_;
    lines += std::exchange(rest_, {});
    lines += '\n';
}

} // namespace runnel::inline v0
