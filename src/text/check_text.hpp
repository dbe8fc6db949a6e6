// Text on its way to the kernel ends at its first NUL byte; what comes after
// it would be lost without a word, so it is refused.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

inline bool holds_nul(std::string_view text) noexcept
{
    return text.find('\0') != text.npos;
}

inline void refuse_nul(std::string_view text, std::string_view what)
{
    if (holds_nul(text))
        throw std::invalid_argument(std::string(what) + " holds a NUL byte");
}

} // namespace runnel::inline v0
