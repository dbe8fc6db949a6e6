// Names of users, groups and variables; limits of this process.
#include "sys/names.hpp"

#include <climits>
#include <cstdlib>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <unistd.h>

extern "C" char** environ; // POSIX leaves this to the program

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

std::optional<std::string> home_directory(std::string const& name)
{
    if (name.empty())
        if (char const* const home = ::getenv("HOME"); home != nullptr && *home)
            return home;
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

std::vector<std::string_view> environment()
{
    std::vector<std::string_view> variables;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr;
         ++entry)
        variables.emplace_back(*entry);
    return variables;
}

int descriptor_limit() noexcept
{
    ::rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT_MAX)
        return INT_MAX;
    return static_cast<int>(limit.rlim_cur);
}

std::string describe(std::error_code error)
{
    return error.message();
}

} // namespace runnel::inline v0::sys
