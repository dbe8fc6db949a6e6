// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the tests of this folder share.
#pragma once

#include "support/children.hpp"
#include "support/files.hpp"

#include <runnel/runnel.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace runnel::test {

/// What tests/seen/check_trace.py says of a trace: its rows, or what is wrong.
inline std::string checked_trace(std::string const& file, bool is_whole = true)
{
    auto const check = cmd("python3", child("check_trace.py"),
                           is_whole ? std::vector<std::string>{}
                                    : std::vector{std::string("--unfinished")},
                           file);
    auto const e = check > both(capture);
    return run(e).out.str();
}

/// The same of the text of a trace.
inline std::string checked_trace_text(std::string_view text,
                                      bool is_whole = true)
{
    TemporaryDirectory const folder;
    write_file(folder / "trace.json", text);
    return checked_trace(folder / "trace.json", is_whole);
}

inline std::size_t count_of(std::string_view text, std::string_view part)
{
    std::size_t count = 0;
    for (auto at = text.find(part); at != text.npos;
         at = text.find(part, at + part.size()))
        ++count;
    return count;
}

inline bool has(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

} // namespace runnel::test
