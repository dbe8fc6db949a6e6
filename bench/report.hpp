// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a person reads: the facts of the machine, tables, targets.
#pragma once

#include "measure.hpp"

#include <cstdarg>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <sys/utsname.h>

namespace bench {

[[gnu::format(printf, 1, 2)]] inline std::string text(char const* format, ...)
{
    char buffer[256];
    std::va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    return buffer;
}

// --- for programs ------------------------------------------------------------

inline std::string in_json(std::string const& text)
{
    std::string quoted = "\"";
    for (char const byte : text) {
        if (byte == '"' || byte == '\\')
            quoted += '\\';
        quoted += byte == '\n' ? ' ' : byte;
    }
    return quoted += '"';
}

inline std::string in_json(std::vector<std::string> const& words)
{
    std::string list;
    for (auto const& word : words)
        list += (list.empty() ? "[" : ", ") + in_json(word);
    return list.empty() ? "[]" : list + ']';
}

/// All that is printed, once more as lines of JSON: an array whose first element says
/// what it is.
inline std::ofstream& record()
{
    static std::ofstream file;
    return file;
}

/// From now on; throws if the file cannot be made.
inline void record_to(std::string const& path)
{
    record().open(path);
    if (!record())
        throw std::invalid_argument("cannot write \"" + path + '"');
}

inline void record(char const* kind, std::vector<std::string> words)
{
    words.insert(words.begin(), kind);
    record() << in_json(words) << std::endl;
}

// --- facts -------------------------------------------------------------------

inline std::string kernel()
{
    ::utsname name{};
    ::uname(&name);
    return std::string(name.sysname) + ' ' + name.release + ' ' + name.machine;
}

inline std::string cpu_model()
{
    std::ifstream info("/proc/cpuinfo");
    std::string line;
    while (std::getline(info, line))
        if (line.starts_with("model name"))
            return line.substr(line.find(':') + 2);
    return "unknown model";
}

inline std::string compiler()
{
#if defined(__clang__)
    return "clang " __clang_version__;
#else
    return "g++ " __VERSION__;
#endif
}

/// Numbers of such a build say nothing.
inline char const* build_trouble()
{
#if defined(RUNNEL_SANITIZED)
    return ", WITH SANITIZERS: these numbers mean nothing";
#elif !defined(__OPTIMIZE__)
    return ", NOT OPTIMIZED: these numbers mean nothing";
#else
    return "";
#endif
}

inline void fact(char const* name, std::string const& value)
{
    std::printf("%-10s %s\n", name, value.c_str());
    record("fact", {name, value});
}

inline void print_machine()
{
    double load[1] = {};
    ::getloadavg(load, 1);
    fact("kernel", kernel());
    fact("cpu", text("%s, %ld of them", cpu_model().c_str(),
                     ::sysconf(_SC_NPROCESSORS_ONLN)));
    fact("load", text("%.2f in the last minute, before this", load[0]));
    fact("compiler", compiler() + build_trouble());
}

// --- tables ------------------------------------------------------------------

/// Columns as wide as they need; the first is of words, the others of numbers.
class Table {
public:
    using Row = std::vector<std::string>;

    explicit Table(Row head) { rows_.push_back(std::move(head)); }

    void add(Row row) { rows_.push_back(std::move(row)); }

    void print() const
    {
        for (std::size_t row = 0; row < rows_.size(); ++row) {
            print(rows_[row]);
            record(row == 0 ? "head" : "row", rows_[row]);
            if (row == 0)
                print_rule();
        }
    }

private:
    static constexpr std::size_t gap = 3;

    /// On the screen: UTF-8 bytes that go on with a character take no room.
    static std::size_t length(std::string const& cell)
    {
        auto const starts = [](char byte) { return (byte & 0xc0) != 0x80; };
        return static_cast<std::size_t>(std::ranges::count_if(cell, starts));
    }

    static std::string spaces(std::size_t count)
    {
        return std::string(count, ' ');
    }

    std::size_t width(std::size_t column) const
    {
        std::size_t widest = 0;
        for (auto const& row : rows_)
            if (column < row.size())
                widest = std::max(widest, length(row[column]));
        return widest;
    }

    void print(Row const& row) const
    {
        auto line = "  " + row[0] + spaces(width(0) - length(row[0]));
        for (std::size_t i = 1; i < row.size(); ++i)
            line += spaces(width(i) + gap - length(row[i])) + row[i];
        std::puts(line.c_str());
    }

    void print_rule() const
    {
        auto whole = width(0);
        for (std::size_t i = 1; i < rows_[0].size(); ++i)
            whole += width(i) + gap;
        std::printf("  %s\n", std::string(whole, '-').c_str());
    }

    std::vector<Row> rows_;
};

inline std::string in_micros(double value)
{
    return text(value < 1000 ? "%.1f" : "%.0f", value);
}

inline std::string in_micros(Case const& measured)
{
    return measured.micros.empty() ? "-" : in_micros(median(measured.micros));
}

inline std::string as_ratio(double value)
{
    return text(value < 100 ? "%.2f" : "%.0f", value);
}

inline std::string as_uncertainty(std::vector<double> const& ratios)
{
    return text("%.2f", uncertainty(ratios));
}

inline void title(std::string const& words)
{
    std::printf("\n%s\n\n", words.c_str());
    record("title", {words});
}

/// Why a case could not be measured, or that its ratio is too uncertain to be a result.
inline void print_trouble(Case const& one, Case const& to)
{
    if (!one.trouble.empty()) {
        std::printf("  not measured: %s (%s)\n", one.name.c_str(),
                    one.trouble.c_str());
        record("not measured", {one.name, one.trouble});
    }
    if (!are_certain(ratios(one, to))) {
        std::printf("  too noisy: %s\n", one.name.c_str());
        record("too noisy", {one.name});
    }
}

inline void print_troubles(std::vector<Case> const& cases)
{
    for (auto const& one : cases)
        print_trouble(one, cases.front());
}

// --- targets -----------------------------------------------------------------

/// A promise in numbers. Missing one is news, not an error: benchmarks are no
/// tests, and the machine has its say.
struct Target {
    std::string what;
    double value;
    double limit;
    std::string unit;
};

inline char const* verdict(Target const& target)
{
    if (std::isnan(target.value))
        return "not measured";
    return target.value <= target.limit ? "pass" : "MISS";
}

inline void print_targets(std::vector<Target> const& targets)
{
    if (targets.empty())
        return;
    title("targets");
    Table table({"", "x", "at most", "of", ""});
    for (auto const& target : targets)
        table.add({target.what, as_ratio(target.value), as_ratio(target.limit),
                   target.unit, verdict(target)});
    table.print();
}

} // namespace bench
