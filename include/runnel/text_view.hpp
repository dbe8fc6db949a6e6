// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Text as a parameter. Unlike `std::string_view` alone, nothing here crashes on a
// null pointer: the function that takes the text refuses it, in words.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace runnel::inline v0::detail {

/// Text in one piece: `std::string`, `std::string_view`, a literal.
template <class T>
concept text_like = std::convertible_to<T const&, std::string_view>
                 && !std::same_as<std::remove_cvref_t<T>, std::nullptr_t>;

/// UTF-8 text: `std::u8string`. It is no text for runnel, whose text consists of
/// `char`, and it is no bytes either.
template <class T>
concept utf8_like = std::convertible_to<T const&, std::u8string_view>;

/// What `std::filesystem::path` looks like on POSIX.
template <class T>
concept path_itself = !text_like<T> && requires(T const& path) {
    {
        path.native()
    } -> std::convertible_to<std::string_view>;
    path.c_str();
};

/// What holds a path and gives a reference to it, as
/// `std::filesystem::directory_entry` does.
template <class T>
concept path_holder =
    !text_like<T> && !path_itself<T> && requires(T const& of) {
        requires std::is_lvalue_reference_v<decltype(of.path())>;
        requires path_itself<std::remove_cvref_t<decltype(of.path())>>;
    };

template <class T>
concept path_like = path_itself<T> || path_holder<T>;

/// Throws `std::invalid_argument`: "`role` is a null pointer".
[[noreturn]] RUNNEL_EXPORT void refuse_null(std::string_view role);

template <class T>
constexpr bool is_null([[maybe_unused]] T const& from)
{
    if constexpr (std::is_pointer_v<T>)
        return from == nullptr;
    else
        return false;
}

/// The bytes of `from`. Throws `std::invalid_argument` for a null pointer; its
/// message calls that `role`, such as "the name of a file".
template <class T>
constexpr std::string_view text_of(T const& from, std::string_view role)
{
    if constexpr (path_holder<T>)
        return from.path().native();
    else if constexpr (path_itself<T>)
        return from.native();
    else {
        if (is_null(from))
            refuse_null(role);
        return from;
    }
}

/// A parameter that takes text; valid as long as the text. A null pointer is kept
/// as such until the function asks for the text and says what it is for.
class TextView {
public:
    template <text_like T>
    constexpr TextView(T const& from)
        : text_(detail::is_null(from) ? std::string_view()
                                      : std::string_view(from)),
          is_null_(detail::is_null(from))
    {
    }
    template <std::same_as<std::nullptr_t> T RUNNEL_REFUSED_BECAUSE(
        "a null pointer is no text: write \"\" for empty text")>
    RUNNEL_REFUSED_MEMBER(
        "a null pointer is no text: write \"\" for empty text")
    TextView(T) RUNNEL_DELETED;

    constexpr bool is_null() const noexcept { return is_null_; }

    /// The text; `role` as for `text_of`.
    constexpr std::string_view as(std::string_view role) const
    {
        if (is_null_)
            refuse_null(role);
        return text_;
    }

private:
    std::string_view text_;
    bool is_null_;
};

/// The same for text that need not be given.
class OptionalText {
public:
    /// None.
    constexpr OptionalText() noexcept = default;
    constexpr OptionalText(std::nullopt_t) noexcept {}

    template <text_like T>
    constexpr OptionalText(T const& from) : text_(from)
    {
    }
    template <text_like T>
    constexpr OptionalText(std::optional<T> const& from)
    {
        if (from)
            text_.emplace(*from);
    }
    template <std::same_as<std::nullptr_t> T RUNNEL_REFUSED_BECAUSE(
        "a null pointer is no text: write \"\" for empty text")>
    RUNNEL_REFUSED_MEMBER(
        "a null pointer is no text: write \"\" for empty text")
    OptionalText(T) RUNNEL_DELETED;

    constexpr bool has_value() const noexcept { return text_.has_value(); }
    constexpr explicit operator bool() const noexcept { return has_value(); }

    /// The text, or none: empty. `role` as for `text_of`.
    constexpr std::string_view as(std::string_view role) const
    {
        return text_ ? text_->as(role) : std::string_view();
    }

private:
    std::optional<TextView> text_;
};

} // namespace runnel::inline v0::detail
