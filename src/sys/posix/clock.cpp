// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/clock.hpp"

#include <time.h>

namespace runnel::inline v0::sys {

std::string time_of_day(std::chrono::system_clock::time_point point)
{
    auto const seconds = std::chrono::system_clock::to_time_t(point);
    ::tm parts{};
    char text[16] = "";
    if (::localtime_r(&seconds, &parts) != nullptr)
        ::strftime(text, sizeof text, "%H:%M:%S", &parts);
    return text;
}

} // namespace runnel::inline v0::sys
