// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A locale in which one and a half is written 1,5.
#pragma once

#include <string>

namespace runnel::test {

/// Makes the locale in `folder`. False if this system has no localedef(1).
bool make_comma_locale(std::string const& folder);

/// Makes it the locale of C, of C++ and of children. Changes the process, so it
/// is for private processes.
void use_comma_locale(std::string const& folder);

} // namespace runnel::test
