// Encodings.
#pragma once

#include "sys/result.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace runnel::inline v0::sys {

/// Converts bytes of one encoding to another; remembers the state between
/// calls, in encodings that have one.
class Converter {
public:
    enum class Stop : unsigned char {
        done, ///< all was converted
        incomplete, ///< the rest is the beginning of a character
        invalid, ///< the rest begins with what cannot be converted
        full, ///< there is no room for the next character
    };

    /// Converts nothing.
    Converter() noexcept = default;
    Converter(Converter&& other) noexcept : handle_(other.release()) {}
    Converter& operator=(Converter&& other) noexcept
    {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Converter();

    /// `errc::invalid_argument`: the system does not know one of them.
    static Result<Converter> open(std::string const& to,
                                  std::string const& from);

    /// Takes what it converted away from the front of both.
    Stop convert(std::string_view& from, std::span<char>& into) noexcept;

    /// Gives what ends the text, in encodings where something does.
    Stop finish(std::span<char>& into) noexcept;

    /// As if it was new.
    void reset() noexcept;

private:
    void* release() noexcept { return std::exchange(handle_, nullptr); }
    Stop call(char** in, std::size_t* in_left, std::string_view& from,
              std::span<char>& into) noexcept;

    void* handle_ = nullptr;
};

/// The system's own spelling of a name; `errc::invalid_argument` if it knows
/// no such encoding.
Result<std::string> known_encoding(std::string const& name);

/// That of the user's locale, without a look at what `setlocale` did; empty
/// for the C locale.
std::string locale_encoding();

} // namespace runnel::inline v0::sys
