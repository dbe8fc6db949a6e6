// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <string>

namespace runnel::inline v0::posix {

/// Opens a new file in `directory` and removes its name, for file systems that
/// cannot make a file without a name. Returns the descriptor, or a negative
/// error.
int open_and_unlink(std::string const& directory);

} // namespace runnel::inline v0::posix
