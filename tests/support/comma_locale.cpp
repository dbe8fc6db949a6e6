// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "support/comma_locale.hpp"

#include "support/files.hpp"

#include <runnel/runnel.hpp>

#include <clocale>
#include <locale>
#include <stdexcept>

#include <stdlib.h>

namespace runnel::test {

namespace {

constexpr char const* name = "comma";

class CommaNumbers final : public std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

} // namespace

bool make_comma_locale(std::string const& folder)
{
    if (!which("localedef"))
        return false;
    write_file(folder + "/source", "LC_NUMERIC\n"
                                   "decimal_point \"<U002C>\"\n"
                                   "thousands_sep \"<U002E>\"\n"
                                   "grouping 3;3\n"
                                   "END LC_NUMERIC\n");
    // It makes the locale, and warns that the other categories are missing.
    auto const e =
        cmd("localedef", "-c", "-i", folder + "/source", folder + '/' + name)
        > devnull > err_to_out;
    return run(e).returncode <= 1;
}

void use_comma_locale(std::string const& folder)
{
    ::setenv("LOCPATH", folder.c_str(), 1);
    ::setenv("LC_ALL", name, 1);
    if (std::setlocale(LC_ALL, name) == nullptr)
        throw std::runtime_error("there is no locale with a comma");
    std::locale::global(std::locale(std::locale::classic(), new CommaNumbers));
    std::setlocale(LC_ALL, name); // the line above has changed it
}

} // namespace runnel::test
