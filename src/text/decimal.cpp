// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "text/decimal.hpp"

namespace runnel::inline v0 {

std::string decimal(std::int64_t count, std::size_t places)
{
    auto text = std::to_string(count);
    if (text.size() <= places)
        text.insert(0, places + 1 - text.size(), '0');
    text.insert(text.size() - places, 1, '.');
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.'))
        text.pop_back();
    return text;
}

std::string short_decimal(std::int64_t count, std::size_t places)
{
    std::int64_t unit = 1;
    while (count / unit >= 1000)
        unit *= 10;
    auto const rounded =
        count / unit + (count % unit >= unit - unit / 2 ? 1 : 0);
    return decimal(rounded * unit, places);
}

} // namespace runnel::inline v0
