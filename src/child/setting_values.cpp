// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "child/setting_values.hpp"

#include "sys/names.hpp"
#include "sys/signal.hpp"
#include "text/check_text.hpp"
#include "text/quote.hpp"
#include "text/visible.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <limits>
#include <optional>

namespace runnel::inline v0 {

// --- ids ----------------------------------------------------------------------

namespace {

using LookUp = std::optional<unsigned> (*)(std::string const&);

unsigned number_of(Id const& id, LookUp look_up, std::string_view kind)
{
    if (!id.is_name())
        return static_cast<unsigned>(id.number());
    if (auto const number = look_up(id.name()))
        return *number;
    refuse_argument("there is no " + std::string(kind) + " \"" + id.name()
                    + '"');
}

} // namespace

unsigned user_number(Id const& id)
{
    return number_of(id, sys::user_id, "user");
}

unsigned group_number(Id const& id)
{
    return number_of(id, sys::group_id, "group");
}

void check_id(Id const& id)
{
    refuse_nul(id.name(), "the name of a user or group");
}

std::string text_of(Id const& id)
{
    return id.is_name() ? quote(id.name()) : std::to_string(id.number());
}

// --- limits -------------------------------------------------------------------

namespace {

struct ResourceWords {
    char const* option; ///< of prlimit(1)
    char const* subject; ///< in errors
};

/// In the order of the enumerators.
constexpr ResourceWords resource_words[] = {
    {"as", "limits (address_space)"},
    {"core", "limits (core_size)"},
    {"cpu", "limits (cpu)"},
    {"data", "limits (data)"},
    {"locks", "limits (file_locks)"},
    {"fsize", "limits (file_size)"},
    {"memlock", "limits (locked_memory)"},
    {"msgqueue", "limits (message_queues)"},
    {"nice", "limits (nice_ceiling)"},
    {"nofile", "limits (open_files)"},
    {"sigpending", "limits (pending_signals)"},
    {"nproc", "limits (processes)"},
    {"rtprio", "limits (real_time_priority)"},
    {"rttime", "limits (real_time_cpu)"},
    {"rss", "limits (resident_memory)"},
    {"stack", "limits (stack)"},
};

ResourceWords const& words_of(Resource resource)
{
    return resource_words[static_cast<std::size_t>(resource)];
}

std::uint64_t hard_of(ResourceLimit const& limit)
{
    return limit.hard.value_or(limit.soft);
}

bool is_known(std::uint64_t limit)
{
    return limit != ResourceLimit::unchanged;
}

} // namespace

void check_limit(ResourceLimit const& limit)
{
    auto const resource = static_cast<std::size_t>(limit.resource);
    refuse(resource >= std::size(resource_words), "limits: no such resource");
    auto const hard = hard_of(limit);
    refuse(is_known(limit.soft) && is_known(hard) && limit.soft > hard,
           words_of(limit.resource).subject
               + std::string(": soft is above hard"));
}

namespace {

std::string one_limit_text(std::uint64_t limit)
{
    if (!is_known(limit))
        return {};
    return limit == ResourceLimit::unlimited ? "unlimited"
                                             : std::to_string(limit);
}

} // namespace

char const* subject_of(ResourceLimit const& limit)
{
    return words_of(limit.resource).subject;
}

std::string limit_text(ResourceLimit const& limit)
{
    return " --" + std::string(words_of(limit.resource).option) + '='
         + one_limit_text(limit.soft) + ':' + one_limit_text(hard_of(limit));
}

// --- processors ---------------------------------------------------------------

namespace {

/// The kernel supports no more.
constexpr int most_cpus = 8192;

} // namespace

void check_cpus(std::vector<int> const& cpus)
{
    for (int const cpu : cpus)
        refuse(cpu < 0 || cpu >= most_cpus,
               "cpus: " + std::to_string(cpu)
                   + " is the number of no processor");
}

std::vector<unsigned long> cpu_set(std::vector<int> const& cpus)
{
    constexpr auto width = std::numeric_limits<unsigned long>::digits;
    std::vector<unsigned long> words;
    for (int const cpu : cpus) {
        auto const word = static_cast<std::size_t>(cpu / width);
        words.resize(std::max(words.size(), word + 1));
        words[word] |= 1UL << (cpu % width);
    }
    return words;
}

// --- signals ------------------------------------------------------------------

void check_signal(std::string const& field, int signal)
{
    refuse(!sys::is_signal(signal),
           field + ": " + std::to_string(signal) + " is no signal");
}

void check_avoidable(std::string const& field, std::vector<int> const& signals)
{
    for (int const signal : signals) {
        check_signal(field, signal);
        refuse(!sys::can_be_ignored(signal), field + ": "
                                                 + sys::signal_name(signal)
                                                 + " reaches every process");
    }
}

long long signal_bits(std::vector<int> const& signals)
{
    unsigned long long bits = 0;
    for (int const signal : signals)
        bits |= 1ULL << (signal - 1);
    return static_cast<long long>(bits);
}

std::string signal_text(int const& signal)
{
    auto const name = sys::signal_name(signal);
    bool const plain = name.starts_with("SIG") && !name.starts_with("SIGRT");
    return plain ? name.substr(3) : std::to_string(signal);
}

// --- terminals ----------------------------------------------------------------

namespace {

void check_size(std::string const& field, int size)
{
    refuse(size < 1 || size > 65535,
           field + " is from 1 to 65535, but not " + std::to_string(size));
}

} // namespace

void check_terminal_size(std::string const& name, int rows, int columns)
{
    check_size(name + ": the number of rows", rows);
    check_size(name + ": the number of columns", columns);
}

std::string text_of(Pty const& pty)
{
    return std::to_string(pty.rows) + 'x' + std::to_string(pty.columns)
         + (pty.raw    ? " raw"
            : pty.echo ? ""
                       : " without echo")
         + (pty.keep_newlines ? " keeping newlines" : "");
}

// --- steps of a shell -----------------------------------------------------------

// Unlike chdir(2), `cd` searches CDPATH, takes "-" for the previous directory,
// stays where it is for an empty path, and resolves ".." by name after a symbolic
// link.
std::string enter(std::string const& path)
{
    if (path.empty())
        return "test -d ''";
    bool const plain = path.starts_with('/') || path.starts_with("./")
                    || path.starts_with("../") || path == "." || path == "..";
    return (path.find("..") != path.npos ? "cd -P " : "cd ")
         + quote(plain ? path : "./" + path);
}

std::string octal(int mask)
{
    char text[16];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mask));
    return text;
}

} // namespace runnel::inline v0
