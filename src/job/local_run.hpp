// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A program that runs on this machine: one state machine over pipes, the ends of
// children, and points in time.
#pragma once

#include "job/run_parts.hpp"
#include "job/run_state.hpp"
#include "job/stage_watch.hpp"

#include <runnel/executor.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// Makes no call that can block while there is something else to do.
class LocalRun final : public Running {
public:
    enum class Start : bool {
        confirmed, ///< the commands execute when the constructor returns
        unconfirmed, ///< `confirm` waits for that
    };

    /// Starts the first commands. Throws for what cannot be run, before anything is
    /// opened, and `SpawnError` if a command that cannot be started decides the
    /// outcome; see also `confirm`.
    LocalRun(Program&& program, RunOptions const& options, Start start);

    void confirm() override;

    void add_awaited(std::vector<Awaited>& all) override;
    sys::Deadline deadline() const override;
    void act(std::span<Awaited const> all) noexcept override;
    bool wait_alone() override;
    bool has_ended() const noexcept override { return state_.has_ended(); }
    Upkeep upkeep() const noexcept override;
    std::string why_attached() const override;

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
    std::string waits() const override;

    void resize(int rows, int columns) override;
    int take_stream(int stream) override;
    std::shared_ptr<detail::LastByte> last_byte(int stream) const override;
    void take_tapped(Taps& taps) override;

    bool was_cut_short() const noexcept override;
    std::exception_ptr failure(CompletedProcess const& result) override;
    CompletedProcess result() override;
    std::string command() const override;

private:
    RunParts parts_;
    RunState state_;
    StageWatch watch_{parts_.stages, parts_.left_behind};
};

} // namespace runnel::inline v0
