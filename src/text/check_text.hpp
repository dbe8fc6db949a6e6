// The kernel reads text up to its first NUL byte. The rest would be lost
// silently, so text that holds a NUL byte is refused.
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
