// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Quoting of words for a POSIX shell: runnel/shlex.hpp, and a function that
// only the text of a plan needs.
#pragma once

#include <runnel/shlex.hpp>

#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// `word` in quotes, even if it needs none.
std::string quote_always(std::string_view word);

} // namespace runnel::inline v0
