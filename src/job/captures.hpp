// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The captures of a program while it runs.
#pragma once

#include "io/pump.hpp"
#include "sys/fd.hpp"

#include <runnel/executor.hpp>
#include <runnel/limit.hpp>
#include <runnel/output.hpp>
#include <runnel/program.hpp>
#include <runnel/result.hpp>

#include <atomic>
#include <cstddef>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

class Captures {
public:
    /// `program` and `pump` must outlive this object.
    Captures(Program const& program, BytePump& pump, CaptureLimit const& limit);

    /// Begins a capture. `from`: the read end of its pipe; none if only this
    /// process writes to the capture.
    void open(std::size_t index, sys::Fd from);

    /// Begins a capture in a memory file.
    void open_file(std::size_t index, sys::Fd file) noexcept
    {
        slots_[index].file = std::move(file);
    }

    /// Null if the capture was not opened, or is in a file.
    Drain* drain(std::size_t index) const noexcept
    {
        return slots_[index].drain;
    }

    /// The descriptor of its pipe; -1 if it is not open. From any thread: by the time
    /// that the number is used, the loop may have closed the descriptor.
    int number(std::size_t index) const noexcept
    {
        return slots_[index].number;
    }

    CaptureLimit const& limit() const noexcept { return limit_; }

    /// True if a run ends when a capture exceeds the limit.
    bool may_end_run() const noexcept
    {
        return limit_.excess == CaptureLimit::fail && limit_.is_bounded();
    }

    /// True if it must end now.
    bool must_end_run() const noexcept { return may_end_run() && overflowed(); }

    /// See `Running::take_tapped`.
    void take_tapped(Running::Taps& taps);

    /// Turns the captures that the expression asked for into outputs, or writes
    /// them to the caller's strings. A failure loses nothing: a later call
    /// continues.
    void make_outputs();

    /// The captured output; marked as not captured if the capture was not
    /// opened.
    Output output(std::size_t index) const;

    /// Adds the captures of the program as a whole.
    void record(CompletedProcess& into) const;

private:
    struct Slot {
        Drain* drain = nullptr;
        std::atomic<int> number{-1};
        sys::Fd file{}; ///< in place of the drain
        Output output{};
        bool taken = false; ///< by `output`, or by the string
    };

    bool overflowed() const noexcept;
    Output last_of(std::vector<std::size_t> const& captures) const;
    void make_output(std::size_t index);

    Program const& program_;
    BytePump& pump_;
    CaptureLimit limit_;
    std::vector<Slot> slots_; ///< one for each capture of the program
};

} // namespace runnel::inline v0
