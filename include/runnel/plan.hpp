// What an expression comes to: stages, and what connects them. Plain data.
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/expression.hpp>
#include <runnel/popen.hpp>
#include <runnel/sink.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// One stream of a stage that goes somewhere else.
struct Redirection {
    int fd; ///< 0, 1 or 2
    Target target;
};

/// One command of a plan.
struct PlannedStage {
    std::vector<std::string> args;
    PopenOptions options;
    std::vector<int> accept{0}; ///< exit codes that are no failure
    bool checked = true;
    std::vector<Redirection> redirections; ///< in the order written

    /// As shell text, without redirections.
    RUNNEL_EXPORT std::string command() const;
};

/// Stdout of stage `from` is stdin of stage `to`; counted from 0.
struct PlannedPipe {
    std::size_t from;
    std::size_t to;
};

/// The stages of a pipeline from left to right. Nothing in it is open or
/// running; an executor makes it so.
class Plan {
public:
    std::vector<PlannedStage> stages;
    std::vector<PlannedPipe> pipes;
};

/// Works out what `expression` means. Throws `std::invalid_argument` if a
/// stream is connected twice.
RUNNEL_EXPORT Plan make_plan(Expression const& expression);

} // namespace runnel::inline v0
