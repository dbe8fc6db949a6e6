// A path as an argument: text, or anything shaped like std::filesystem::path,
// without making every user of runnel compile <filesystem>.
#pragma once

#include <runnel/detail/config.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace runnel::inline v0 {

namespace detail {

/// Text in one piece: `std::string`, `std::string_view`, a literal.
template <class T>
concept text_like = std::convertible_to<T const&, std::string_view>
                 && !std::same_as<std::remove_cvref_t<T>, std::nullptr_t>;

/// What `std::filesystem::path` looks like on POSIX.
template <class T>
concept path_like = !text_like<T> && requires(T const& path) {
    {
        path.native()
    } -> std::convertible_to<std::string_view>;
    path.c_str();
};

template <class T>
constexpr std::string_view text_of(T const& from)
{
    if constexpr (path_like<T>)
        return from.native();
    else
        return from;
}

} // namespace detail

/// The name of a file or directory, as its bytes; nothing is looked up.
///
/// Made implicitly from text and from `std::filesystem::path`. A default one
/// is not given: `has_value()` is false.
class RUNNEL_EXPORT Pathname {
public:
    Pathname() = default;

    template <class T>
        requires detail::text_like<T> || detail::path_like<T>
    Pathname(T const& path) : Pathname(Bytes{detail::text_of(path)})
    {
    }

    Pathname(std::nullptr_t) = delete;

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
