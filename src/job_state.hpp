// A started pipeline: its children, what is moved for them, how it ended.
#pragma once

#include "pump.hpp"
#include "sys.hpp"

#include <runnel/plan.hpp>
#include <runnel/popen.hpp>
#include <runnel/result.hpp>
#include <runnel/timeout.hpp>

#include <memory>
#include <vector>

namespace runnel::inline v0 {

/// What is captured of one stage.
struct StageCapture {
    Drain* out = nullptr;
    Drain* err = nullptr;
    std::string* out_target = nullptr; ///< a string of the caller's
    std::string* err_target = nullptr;
};

/// Made by the executor. The destructor tears down what still runs.
class JobState {
public:
    JobState(Plan plan, Observer* observer)
        : plan_(std::move(plan)), observer_(observer)
    {
    }
    JobState(JobState const&) = delete;
    JobState& operator=(JobState const&) = delete;
    ~JobState();

    Plan const& plan() const noexcept { return plan_; }

    /// Our end of the last stage's stdout, if it was asked for as a pipe.
    sys::Fd& out_end() noexcept { return out_end_; }

    /// Moves bytes until `out_end` can be read, or a read may block.
    void wait_for_output() { pump_.run_until_readable(out_end_.get()); }

    /// Moves bytes and waits for every stage; false if `deadline` passes.
    bool wait(sys::Deadline deadline);

    /// SIGKILL to every stage at once, then the rest as in `tear_down`.
    void kill();

    /// Asks every stage to end, forces those that have not after `grace`,
    /// takes what lies in the pipes, lets go of them. A process that is none
    /// of ours and holds a pipe open does not keep us.
    void tear_down(std::chrono::nanoseconds grace);

    /// The outcome; takes the captures. After the end, once.
    CompletedProcess result();

    /// Throws `TimeoutExpired` with what was captured.
    [[noreturn]] void expire(Timeout timeout);

private:
    friend class Executor;

    void kill_all() noexcept;
    bool wait_for_all(sys::Deadline deadline);
    StageResult stage_result(std::size_t index);
    bool feeds_a_reader(std::size_t index) const;

    Plan plan_;
    Observer* observer_;
    std::vector<Popen> stages_;
    std::vector<StageCapture> captures_;
    // After the children: pipes close before a child is waited for.
    Pump pump_;
    sys::Fd out_end_;
    bool out_is_read_ = false;
    bool ended_ = false;
    /// For the pipes between stages.
    std::vector<PipeAllowance> pipes_;
};

} // namespace runnel::inline v0
