// Pieces of shell text.
#pragma once

#include <runnel/plan.hpp>

#include <string>
#include <vector>

namespace runnel::inline v0 {

/// What bytes are read from: `<(printf %s ...)`.
std::string shell_source(std::string const& bytes);

/// `{ ...; }`.
std::string shell_group(std::string const& text);

/// The text of a command, so that it succeeds with the codes that are accepted.
std::string shell_judged(PlannedStage const& stage, std::string const& text);

/// The name of a file for tee(1), where it is no option.
std::string tee_file(std::string const& path);

/// A branch of tee(1), which goes on when the branch reads no more.
std::string tee_branch(std::string const& text);

/// True if tee(1) may append to all files among the copies.
bool only_appends(std::vector<Target> const& copies);

} // namespace runnel::inline v0
