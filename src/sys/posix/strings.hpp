// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// C strings in one piece of memory, as execve wants them.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::inline v0::posix {

/// A list of NUL-terminated strings that ends with a null pointer.
class Strings {
public:
    explicit Strings(std::pmr::memory_resource* memory)
        : text_(memory), starts_(memory), pointers_(memory)
    {
    }

    /// Adds the pieces as one string.
    void add(std::initializer_list<std::string_view> pieces)
    {
        starts_.push_back(text_.size());
        for (auto const piece : pieces)
            text_ += piece;
        text_ += '\0';
    }

    bool empty() const noexcept { return starts_.empty(); }

    /// The pointers, valid until the next `add`.
    char const* const* pointers()
    {
        pointers_.clear();
        pointers_.reserve(starts_.size() + 1);
        for (auto const start : starts_)
            pointers_.push_back(text_.data() + start);
        pointers_.push_back(nullptr);
        return pointers_.data();
    }

private:
    std::pmr::string text_;
    std::pmr::vector<std::size_t> starts_;
    std::pmr::vector<char const*> pointers_;
};

} // namespace runnel::inline v0::posix
