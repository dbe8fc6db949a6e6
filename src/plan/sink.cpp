// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/sink.hpp>

namespace runnel::inline v0 {

Text text(detail::ValueView content)
{
    return {.bytes = std::make_shared<std::string const>(
                content.shown("the text of stdin")),
            .secret_text = content.secret_text()};
}

Text text(std::span<std::byte const> bytes)
{
    return {.bytes = std::make_shared<std::string const>(
                reinterpret_cast<char const*>(bytes.data()), bytes.size()),
            .is_bytes = true};
}

} // namespace runnel::inline v0
