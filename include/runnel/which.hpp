// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Finds the file of a program.
//
//     if (auto const rg = which("rg")) ... *rg ...
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/pathname.hpp>
#include <runnel/text_view.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// The file that `program` would execute, or nothing.
///
/// - `program`: a name without a slash is looked up in `path`, or in the PATH
///   of this process if `path` is not given; with a slash it is taken as it
///   is.
/// - Only regular files that this user may execute count. Empty and relative
///   directories of a path are skipped, as when a child is started.
/// - The file may change between this call and its use. To start a program,
///   this call is not needed.
/// - Origin: `shutil.which` of Python 3.12.
[[nodiscard("write if (which(\"a\"))")]] RUNNEL_EXPORT
    std::optional<std::string>
    which(Pathname const& program, detail::OptionalText path = {});

RUNNEL_REFUSED("a null pointer is no text: write \"\" for empty text",
               std::optional<std::string>)
which(Pathname const&, std::nullptr_t) RUNNEL_DELETED;

} // namespace runnel::inline v0
