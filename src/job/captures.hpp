// What is kept of a program's streams, while it runs.
#pragma once

#include "io/pump.hpp"
#include "sys/fd.hpp"

#include <runnel/limit.hpp>
#include <runnel/output.hpp>
#include <runnel/program.hpp>

#include <cstddef>
#include <vector>

namespace runnel::inline v0 {

class Captures {
public:
    /// Both must outlive it.
    Captures(Program const& program, BytePump& pump, CaptureLimit const& limit);

    /// Begins one. `from`: the pipe that it comes from; none if only this
    /// process writes to it.
    void open(std::size_t index, sys::Fd from);

    /// Null if it was not opened.
    Drain* drain(std::size_t index) const noexcept
    {
        return slots_[index].drain;
    }

    /// True if one of them holds more than it may.
    bool overflowed() const noexcept;

    /// Makes outputs of all bytes that the expression asked for, and fills the
    /// strings of the caller's. A failure loses nothing: a later call goes on.
    void make_outputs();

    /// What was kept; not captured if it was not opened.
    Output output(std::size_t index) const;

    /// The last of these that was opened.
    Output last_of(std::vector<std::size_t> const& captures) const;

private:
    struct Slot {
        Drain* drain = nullptr;
        Output output{};
        bool taken = false; ///< by `output`, or by the string
    };

    void make_output(Slot& slot, std::string* target);

    Program const& program_;
    BytePump& pump_;
    CaptureLimit limit_;
    std::vector<Slot> slots_; ///< one for each of the program
};

} // namespace runnel::inline v0
