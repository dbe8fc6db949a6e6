// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Names of users and groups, looked up in /etc/passwd and /etc/group only: for
// programs that are linked statically, which cannot load the services of nss.
#include "sys/names.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include <unistd.h>

namespace runnel::inline v0::sys {

namespace {

constexpr char const* users = "/etc/passwd";
constexpr char const* groups = "/etc/group";

// The fields of a line that are asked for here.
constexpr std::size_t name_field = 0;
constexpr std::size_t id_field = 2;
constexpr std::size_t home_field = 5;

struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

/// Empty, if there is no such field.
std::string_view field_of(std::string_view line, std::size_t index)
{
    for (; index > 0; --index) {
        auto const colon = line.find(':');
        if (colon == line.npos)
            return {};
        line.remove_prefix(colon + 1);
    }
    return line.substr(0, line.find_first_of(":\n"));
}

/// The field `wanted` of the first line whose field `key` is `value`.
std::optional<std::string> look_up(char const* path, std::size_t key,
                                   std::string_view value, std::size_t wanted)
{
    std::unique_ptr<std::FILE, Close> const file(std::fopen(path, "re"));
    if (!file)
        return {};
    char* line = nullptr;
    std::size_t capacity = 0;
    std::optional<std::string> found;
    while (!found) {
        auto const size = ::getline(&line, &capacity, file.get());
        if (size < 0)
            break;
        std::string_view const text(line, static_cast<std::size_t>(size));
        if (field_of(text, key) == value)
            found = field_of(text, wanted);
    }
    std::free(line);
    return found;
}

std::optional<unsigned> id_of(char const* path, std::string const& name)
{
    auto const text = look_up(path, name_field, name, id_field);
    unsigned id = 0;
    if (!text
        || std::from_chars(text->data(), text->data() + text->size(), id).ec
               != std::errc{})
        return {};
    return id;
}

} // namespace

std::optional<unsigned> user_id(std::string const& name)
{
    return id_of(users, name);
}

std::optional<unsigned> group_id(std::string const& name)
{
    return id_of(groups, name);
}

std::optional<std::string> home_of_user(std::string const& name)
{
    return name.empty()
             ? look_up(users, id_field, std::to_string(::getuid()), home_field)
             : look_up(users, name_field, name, home_field);
}

} // namespace runnel::inline v0::sys
