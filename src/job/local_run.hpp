// A program that runs on this machine: one state machine over pipes, the ends of
// children, and points in time.
#pragma once

#include "child/ending.hpp"
#include "io/pump.hpp"
#include "job/captures.hpp"
#include "job/course.hpp"
#include "job/helpers.hpp"
#include "job/part_ends.hpp"
#include "job/stages.hpp"
#include "job/starter.hpp"

#include <runnel/executor.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// How often to look for what nothing tells of.
inline constexpr auto blind_interval = std::chrono::milliseconds(20);

/// Makes no call that can block while there is something else to do.
class LocalRun final : public Running {
public:
    /// Throws for what cannot be run, before anything is opened.
    LocalRun(Program&& program, RunOptions const& options);
    ~LocalRun() override;

    /// Starts the first commands. Throws `SpawnError` if the outcome is decided
    /// by a command that cannot be started.
    void start(std::string_view input);

    void add_awaited(std::vector<Awaited>& all) override;
    sys::Deadline deadline() const override;
    void act(std::span<Awaited const> all) noexcept override;
    bool wait_alone() override;
    bool has_ended() const noexcept override { return phase_ == Phase::ended; }
    bool needs_driving() const noexcept override;

    void end(Teardown const& how) noexcept override;
    bool is_draining() const noexcept override;
    void stop_draining() noexcept override;
    void cancel() noexcept override;
    void leave_output(Teardown const& how) noexcept override;
    void give_up(std::exception_ptr why) noexcept override;

    void send_signal(int signal) override;
    void forward(int signal) const noexcept override;
    std::vector<int> pids() const override;
    std::vector<std::optional<ExitStatus>> statuses() const override;

    int take_stream(int stream) override;
    void take_tapped(Taps& taps) override;

    bool was_cut_short() const noexcept override
    {
        return failure_ != nullptr || overflowed_;
    }
    std::exception_ptr failure(CompletedProcess const& result) override;
    CompletedProcess result() override;
    std::string command() const override;

private:
    enum class Phase : unsigned char {
        running,
        ending, ///< all of it is being ended
        ended,
    };

    // What to wait for.
    void watch_stages(std::vector<Awaited>& all);
    bool may_overflow() const noexcept;

    // What to do.
    void reap_stages(std::span<Awaited const> all);
    void look_at_helpers();
    void look_for_overflow();
    void look_at_clock();
    bool children_have_ended() const noexcept;
    bool nothing_is_left() const noexcept;
    bool only_pipes_are_left() const noexcept;
    void look_for_end() noexcept;
    void end_by(EndingPlan const& plan) noexcept;
    void fail_with(std::exception_ptr error) noexcept;
    void close_all() noexcept;

    // The record.
    void record_stage(std::size_t index, StageResult& into) const;
    void add_captures(CompletedProcess& result) const;

    // Apart: malloc has its quickest way for up to some 1,000 bytes.
    std::unique_ptr<Program const> const owned_;
    Program const& program_ = *owned_;
    CaptureLimit const limit_;
    Timeout const drain_;
    Observer* const observer_;
    EndingPlan const teardown_; ///< of the options
    EndingPlan end_plan_; ///< of what ended it

    BytePump pump_;
    Captures captures_;
    Course course_;
    Helpers helpers_;
    Stages stages_; ///< after what children may wait for
    Starter starter_;
    PartEnds ends_;

    Phase phase_ = Phase::running;
    bool was_ended_ = false; ///< before its time
    bool overflowed_ = false;
    bool gave_up_ = false; ///< pipes that somebody else still holds
    bool drained_ = true;
    std::exception_ptr failure_;
    sys::Deadline drain_until_ = sys::never;
    std::size_t stage_items_ = 0; ///< where those of the stages begin
    std::vector<std::size_t> watched_; ///< the stages that they are of
    bool blind_ = false; ///< a stage runs that nothing tells us of
};

} // namespace runnel::inline v0
