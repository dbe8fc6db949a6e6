// What is told of a job after its end.
#pragma once

#include "job/job_driver.hpp"

#include <runnel/program.hpp>
#include <runnel/result.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// Takes the outcome of a running program, once, and makes text of it where that
/// was asked for.
class JobRecord {
public:
    /// Remembers which strings get what was captured.
    void note(Program const& program);

    /// The outcome of what has ended. Throws what went wrong, or why it was
    /// ended; with `check` in the options, also a failure. `drained`: the stream
    /// in hand was read to its end.
    CompletedProcess& result(JobDriver& driver, bool drained);

private:
    void make_text(TextMode const& mode);
    [[noreturn]] void throw_reason(JobDriver const& driver) const;

    std::vector<std::pair<std::string*, int>> targets_; ///< and their streams
    std::optional<CompletedProcess> result_;
    bool is_text_ = false; ///< the result is
};

} // namespace runnel::inline v0
