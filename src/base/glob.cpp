// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/glob.hpp>

#include "sys/file.hpp"
#include "sys/names.hpp"
#include "text/check_text.hpp"
#include "text/visible.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace runnel::inline v0 {

namespace {

std::string home_of(std::string const& user)
{
    auto found = sys::home_directory(user);
    if (found)
        return *std::move(found);
    refuse_argument(user.empty()
                        ? "the user of this process has no home directory"
                        : "there is no user \"" + user + '"');
}

} // namespace

std::vector<std::string> glob(Pathname const& pattern, NoMatch none)
{
    auto const& text = pattern.str();
    refuse_nul(text, "a pattern of files");
    auto found = sys::matching_files(text);
    if (!found)
        throw SystemError(found.error,
                          "cannot look for files like \"" + text + '"');
    auto& names = found.value;
    if (names.empty() && none == NoMatch::fails)
        throw SystemError(
            std::make_error_code(std::errc::no_such_file_or_directory),
            "no file matches \"" + text + '"');
    for (auto& name : names)
        if (name.starts_with('-'))
            name.insert(0, "./");
    std::ranges::sort(names);
    return std::move(names);
}

std::string home(Pathname const& path)
{
    std::string_view const text = path.str();
    refuse_nul(text, "a path");
    if (!text.starts_with('~'))
        return std::string(text);
    auto const end = std::min(text.find('/'), text.size());
    return home_of(std::string(text.substr(1, end - 1)))
         + std::string(text.substr(end));
}

} // namespace runnel::inline v0
