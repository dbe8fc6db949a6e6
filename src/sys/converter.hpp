// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Encodings.
#pragma once

#include "sys/result.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace runnel::inline v0::sys {

/// Converts bytes of one encoding to another. In encodings with a shift state,
/// it keeps the state between calls.
class Converter {
public:
    enum class Stop : unsigned char {
        done, ///< all was converted
        incomplete, ///< the rest is the beginning of a character
        invalid, ///< the rest begins with bytes that cannot be converted
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

    /// `errc::invalid_argument`: the system does not know one of the encodings.
    static Result<Converter> open(std::string const& to,
                                  std::string const& from);

    /// Converts the front of `from`. Then `from` is the rest of the bytes, and
    /// `into` the rest of the room.
    Stop convert(std::string_view& from, std::span<char>& into) noexcept;

    /// Writes the bytes that end a text, in encodings that have such bytes.
    Stop finish(std::span<char>& into) noexcept;

    /// Returns to the initial state.
    void reset() noexcept;

private:
    void* release() noexcept { return std::exchange(handle_, nullptr); }
    Stop call(char** in, std::size_t* in_left, std::string_view& from,
              std::span<char>& into) noexcept;

    void* handle_ = nullptr;
};

/// The system's own spelling of an encoding's name; `errc::invalid_argument` if
/// the system does not know the encoding.
Result<std::string> known_encoding(std::string const& name);

/// The encoding of the user's locale, independent of `setlocale`; empty for the
/// C locale.
std::string locale_encoding();

} // namespace runnel::inline v0::sys
