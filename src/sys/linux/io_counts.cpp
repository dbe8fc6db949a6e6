// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/linux/io_counts.hpp"
#include "sys/fd.hpp"
#include "sys/linux/calls.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

#include <fcntl.h>

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

std::optional<std::uint64_t> field(std::string_view text, std::string_view name)
{
    auto const at = text.find(name);
    if (at == text.npos)
        return {};
    std::uint64_t number = 0;
    auto const digits = text.substr(at + name.size());
    auto const [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc() ? std::optional(number) : std::nullopt;
}

} // namespace

// The counts of a process include those of its own children that it waited for.
void add_io_counts(int pid, ResourceUsage& usage) noexcept
{
    std::array<char, 32> path;
    std::snprintf(path.data(), path.size(), "/proc/%d/io", pid);
    Fd const file(uninterrupted(
        [&] { return calls().open(path.data(), O_RDONLY | O_CLOEXEC, 0); }));
    if (!file)
        return;
    std::array<char, 512> bytes;
    auto const count = uninterrupted(
        [&] { return calls().read(file.get(), bytes.data(), bytes.size()); });
    if (count <= 0)
        return;
    std::string_view const text(bytes.data(), static_cast<std::size_t>(count));
    usage.bytes_read = field(text, "rchar: ");
    usage.bytes_written = field(text, "wchar: ");
}

} // namespace runnel::inline v0::sys
