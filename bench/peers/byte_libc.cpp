// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "../byte_movers.hpp"
#include "../raw.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace bench::libc {

std::size_t bytes_by_popen(ByteChild const& child)
{
    std::string command;
    for (auto const& word : child.words())
        command += quoted(word) + ' ';
    auto* const file = ::popen(command.c_str(), "r");
    require(file != nullptr, "popen");
    std::string bytes;
    char buffer[65536];
    while (auto const count = std::fread(buffer, 1, sizeof buffer, file))
        bytes.append(buffer, count);
    if (::pclose(file) != 0)
        throw std::runtime_error("it failed");
    return bytes.size();
}

} // namespace bench::libc
