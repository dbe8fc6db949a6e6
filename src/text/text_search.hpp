// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Looks for the first of several texts in bytes that arrive in pieces.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace runnel::inline v0 {

/// Searches a buffer that grows at its end. Bytes that were searched are not
/// searched again, except the few at the end where a text may have begun.
class TextSearch {
public:
    /// `texts` must outlive this object; none of them is empty.
    explicit TextSearch(std::span<std::string_view const> texts) noexcept
        : texts_(texts)
    {
    }

    struct Hit {
        std::size_t index; ///< of the text
        std::size_t begin; ///< where it is in the buffer
        std::size_t end;
    };

    /// The text that is complete first. Of several that end at the same byte,
    /// the longest; of equal texts, the first. `seen`: the whole buffer.
    std::optional<Hit> find(std::string_view seen) noexcept;

private:
    std::optional<Hit> find_in(std::string_view seen) const noexcept;

    std::span<std::string_view const> texts_;
    std::size_t searched_ = 0; ///< no text ends in so many first bytes
};

} // namespace runnel::inline v0
