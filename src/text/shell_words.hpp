// Pieces of shell text.
#pragma once

#include <runnel/plan.hpp>

#include <string>
#include <vector>

namespace runnel::inline v0 {

/// A source that a command reads `bytes` from: `<(printf %s ...)`.
std::string shell_source(std::string const& bytes);

/// `{ ...; }`.
std::string shell_group(std::string const& text);

/// The `text` of a command, extended so that accepted exit codes become
/// success.
std::string shell_judged(PlannedStage const& stage, std::string const& text);

/// A file name for tee(1), which must not take it for an option.
std::string tee_file(std::string const& path);

/// A branch of tee(1). tee goes on after the branch has stopped reading.
std::string tee_branch(std::string const& text);

/// True if there are files among the copies and tee(1) may append to all of
/// them.
bool only_appends(std::vector<Target> const& copies);

} // namespace runnel::inline v0
