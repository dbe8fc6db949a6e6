// Text on its way to the kernel ends at its first NUL byte; what comes after
// it would be lost without a word, so it is refused.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

inline void refuse_nul(std::string_view text, std::string_view what)
{
    if (text.find('\0') != text.npos)
        throw std::invalid_argument(std::string(what) + " holds a NUL byte");
}

} // namespace runnel::inline v0
