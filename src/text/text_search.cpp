// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "text/text_search.hpp"

#include <algorithm>

namespace runnel::inline v0 {

// In steps: if one of the texts comes soon and another does not come at all, a
// large buffer is not searched to its end for the other.
std::optional<TextSearch::Hit> TextSearch::find(std::string_view seen) noexcept
{
    for (std::size_t step = 256; searched_ < seen.size(); step *= 2) {
        auto const end = std::min(seen.size(), searched_ + step);
        if (auto const hit = find_in(seen.substr(0, end)))
            return hit;
        searched_ = end;
    }
    return {};
}

std::optional<TextSearch::Hit>
TextSearch::find_in(std::string_view seen) const noexcept
{
    std::optional<Hit> first;
    for (std::size_t i = 0; i < texts_.size(); ++i) {
        auto const size = texts_[i].size();
        auto const from = searched_ < size ? 0 : searched_ - size + 1;
        auto const begin = seen.find(texts_[i], from);
        if (begin == seen.npos)
            continue;
        Hit const hit{i, begin, begin + size};
        if (!first || hit.end < first->end || hit.begin < first->begin)
            first = hit;
        seen = seen.substr(0, first->end); // later ones do not count
    }
    return first;
}

} // namespace runnel::inline v0
