// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Pieces of shell text.
#pragma once

#include <runnel/plan.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::inline v0 {

/// A source that a command reads `bytes` from: `<(printf %s ...)`.
std::string shell_source(std::string const& bytes);

/// `{ ...; }`.
std::string shell_group(std::string const& text);

/// What bash knows of a part of a pipeline, and what makes it a failure.
struct ShellCase {
    PlannedStage const* stage = nullptr; ///< null: the exit code alone decides
    bool counts = true; ///< false: it cannot fail
    bool forgives = false; ///< SIGPIPE is no failure
};

/// The text of a command, so that it succeeds with the codes that are accepted,
/// and fails with others.
std::string shell_judged(ShellCase const& part, std::string const& text);

/// A pipeline of these parts, and behind it what makes its exit code the one of
/// the rightmost part that failed, whether or not bash has `pipefail` set.
std::string shell_judged(std::vector<ShellCase> const& parts,
                         std::string const& text);

/// True if that differs from the exit code of the last part.
bool needs_verdict(std::vector<ShellCase> const& parts);

/// A name of the same file that a redirection of bash opens: to bash,
/// /dev/tcp/HOST/PORT is a socket.
std::string openable(std::string const& path);

/// The descriptor of this process that the file of this name stands for, as
/// /dev/stderr and /dev/fd/3.
std::optional<int> named_descriptor(std::string_view path);

/// A file name for tee(1), which must not take it for an option.
std::string tee_file(std::string const& path);

/// A branch of tee(1). tee goes on after the branch has stopped reading.
std::string tee_branch(std::string const& text);

/// True if there are files among the copies and tee(1) may append to all of
/// them.
bool only_appends(std::vector<Target> const& copies);

} // namespace runnel::inline v0
