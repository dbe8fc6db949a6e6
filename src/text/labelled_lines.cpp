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

void LabelledLines::take(std::string_view bytes, std::string& to)
{
    for (auto end = bytes.find('\n'); end != bytes.npos;
         end = bytes.find('\n')) {
        to += prefix_;
        to += std::exchange(rest_, {});
        to += bytes.substr(0, end + 1);
        bytes.remove_prefix(end + 1);
    }
    rest_ += bytes;
    if (rest_.size() > longest_kept_line)
        finish(to);
}

void LabelledLines::finish(std::string& to)
{
    if (rest_.empty())
        return;
    to += prefix_;
    to += std::exchange(rest_, {});
    to += '\n';
}

} // namespace runnel::inline v0
