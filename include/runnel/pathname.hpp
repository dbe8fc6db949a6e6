// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A path as an argument: text, or any type like std::filesystem::path. Users of
// runnel need not compile <filesystem> for it.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/text_view.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// The name of a file or directory, as its bytes; nothing is looked up.
///
/// Converts from text, and from paths and directory entries of `std::filesystem`; a
/// null pointer is `std::invalid_argument`. A default-constructed one means "not given": `has_value()` is false.
class RUNNEL_EXPORT Pathname {
public:
    Pathname() = default;
    Pathname(Pathname const&) = default;
    Pathname(Pathname&&) noexcept = default;
    Pathname& operator=(Pathname const&) = default;
    Pathname& operator=(Pathname&&) noexcept = default;
    // In the library: where g++ 12 inlines it, it warns of options in braces, one of
    // which may throw.
    ~Pathname();

    template <class T>
        requires detail::text_like<T> || detail::path_like<T>
    Pathname(T const& path) : Pathname(Bytes{detail::text_of(path, "a path")})
    {
    }

    template <std::same_as<std::nullptr_t> T RUNNEL_REFUSED_BECAUSE(
        "a null pointer is no text: write \"\" for empty text")>
    RUNNEL_REFUSED_MEMBER(
        "a null pointer is no text: write \"\" for empty text")
    Pathname(T) RUNNEL_DELETED;

    bool has_value() const noexcept { return given_; }
    std::string const& str() const noexcept { return text_; }

private:
    struct Bytes {
        std::string_view view;
    };

    explicit Pathname(Bytes path);

    std::string text_;
    bool given_ = false;
};

} // namespace runnel::inline v0
