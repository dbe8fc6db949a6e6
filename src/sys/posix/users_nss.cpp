// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Names of users and groups, looked up as the machine is configured (nsswitch.conf).
#include "sys/names.hpp"

#include <cerrno>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace runnel::inline v0::sys {

namespace {

// The C library puts the strings of a record into the caller's buffer. Their
// length is not known beforehand, so the buffer grows.
template <class Record, class LookUp>
bool look_up(Record& record, LookUp call)
{
    std::vector<char> buffer(1024);
    for (;;) {
        Record* found = nullptr;
        int const result = call(&record, buffer.data(), buffer.size(), &found);
        if (result != ERANGE)
            return found != nullptr;
        buffer.resize(buffer.size() * 2);
    }
}

} // namespace

std::optional<unsigned> user_id(std::string const& name)
{
    ::passwd record{};
    bool const found =
        look_up(record, [&](auto* into, char* text, auto size, auto** result) {
            return ::getpwnam_r(name.c_str(), into, text, size, result);
        });
    return found ? std::optional<unsigned>(record.pw_uid) : std::nullopt;
}

std::optional<unsigned> group_id(std::string const& name)
{
    ::group record{};
    bool const found =
        look_up(record, [&](auto* into, char* text, auto size, auto** result) {
            return ::getgrnam_r(name.c_str(), into, text, size, result);
        });
    return found ? std::optional<unsigned>(record.gr_gid) : std::nullopt;
}

std::optional<std::string> home_of_user(std::string const& name)
{
    std::optional<std::string> found;
    ::passwd record{};
    look_up(record, [&](auto* into, char* text, auto size, auto** result) {
        int const error =
            name.empty() ? ::getpwuid_r(::getuid(), into, text, size, result)
                         : ::getpwnam_r(name.c_str(), into, text, size, result);
        if (*result != nullptr)
            found = (*result)->pw_dir;
        return error;
    });
    return found;
}

} // namespace runnel::inline v0::sys
