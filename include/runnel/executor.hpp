// Who runs a plan, if not this machine: a fake in a test, a dry run, a remote.
//
//     DryRun dry;
//     check(cmd("rm", "-r", dir), {.executor = &dry});   // prints: rm -r ...
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/plan.hpp>
#include <runnel/result.hpp>
#include <runnel/run.hpp>

#include <string>

namespace runnel::inline v0 {

/// Runs plans. Used by `run`, `check` and `read` when it is in their options.
class RUNNEL_EXPORT Executor {
public:
    virtual ~Executor();

    /// Runs `plan` to its end and gives its outcome. The verb sees to
    /// `check`, which is not its business; the plan holds all that
    /// `capture_output` asked for.
    virtual CompletedProcess execute(Plan const& plan,
                                     RunOptions const& options) = 0;
};

/// Says what would be run, one line of shell text for each plan, and calls it
/// a success of every stage, with empty captures.
class RUNNEL_EXPORT DryRun final : public Executor {
public:
    /// Prints to stdout.
    DryRun() noexcept = default;

    /// Appends to `log`, which must outlive it.
    explicit DryRun(std::string& log) noexcept : log_(&log) {}

    CompletedProcess execute(Plan const& plan,
                             RunOptions const& options) override;

private:
    std::string* log_ = nullptr;
};

/// An outcome in which every stage ended with code 0 and every capture is
/// empty: what a fake executor may start from.
RUNNEL_EXPORT CompletedProcess successful(Plan const& plan);

} // namespace runnel::inline v0
