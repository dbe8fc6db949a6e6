// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the jobs of a pool write, on stdout and stderr of this process.
#pragma once

#include "io/own_stream.hpp"
#include "sys/clock.hpp"
#include "text/labelled_lines.hpp"

#include <runnel/executor.hpp>
#include <runnel/job_set.hpp>
#include <runnel/program.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::inline v0 {

/// The two streams. No write waits: what a stream does not take now is kept.
/// Meanwhile the pool reads nothing from its jobs, which then wait for the stream
/// as if they wrote to it.
class PoolOutput {
public:
    void show(int stream, std::string_view bytes) { of(stream).show(bytes); }

    bool is_behind() const noexcept
    {
        return streams_[0].is_behind() || streams_[1].is_behind();
    }

    /// Waits until a stream that is behind takes more, one of `others` is readable,
    /// or `until` has passed.
    void wait(std::array<int, 2> others, sys::Deadline until);

    /// Writes what the streams take now of what is kept.
    void go_on();

private:
    OwnStream& of(int stream) noexcept { return streams_[stream == 2 ? 1 : 0]; }

    std::array<OwnStream, 2> streams_{OwnStream(1), OwnStream(2)};
};

/// What one job writes there.
class PoolVoice final : private Running::Taps {
public:
    /// `output` must outlive this object. `label`: in front of each line.
    PoolVoice(PoolOutput& output, JobOutput how, std::string_view label);

    /// Which streams `program` has.
    void note(Program const& program);

    /// Takes what is new.
    void take_from(Running& running) { running.take_tapped(*this); }

    /// The job has ended.
    void finish();

private:
    struct Stream {
        int number;
        LabelledLines labels;
        std::string kept{}; ///< of a grouped job, until it has ended
    };

    void take(std::size_t index, std::string_view bytes) override;

    PoolOutput& output_;
    JobOutput const how_; ///< `grouped` or `labelled`
    LabelledLines const labels_; ///< for each stream
    std::string lines_; ///< to be shown at once
    std::vector<Stream> streams_; ///< one for each capture
};

} // namespace runnel::inline v0
