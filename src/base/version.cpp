// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/version.hpp>

#define RUNNEL_TEXT_OF(number) #number
#define RUNNEL_DOTTED(major, minor, patch)                                     \
    RUNNEL_TEXT_OF(major) "." RUNNEL_TEXT_OF(minor) "." RUNNEL_TEXT_OF(patch)

namespace runnel::inline v0 {

std::string_view version() noexcept
{
    return RUNNEL_DOTTED(RUNNEL_VERSION_MAJOR, RUNNEL_VERSION_MINOR,
                         RUNNEL_VERSION_PATCH);
}

} // namespace runnel::inline v0
