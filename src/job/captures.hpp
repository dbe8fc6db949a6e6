// The captures of a program while it runs.
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
    /// `program` and `pump` must outlive this object.
    Captures(Program const& program, BytePump& pump, CaptureLimit const& limit);

    /// Begins a capture. `from`: the read end of its pipe; none if only this
    /// process writes to the capture.
    void open(std::size_t index, sys::Fd from);

    /// Null if the capture was not opened.
    Drain* drain(std::size_t index) const noexcept
    {
        return slots_[index].drain;
    }

    /// True if a capture exceeds its limit.
    bool overflowed() const noexcept;

    /// Turns the captures that the expression asked for into outputs, or writes
    /// them to the caller's strings. A failure loses nothing: a later call
    /// continues.
    void make_outputs();

    /// The captured output; marked as not captured if the capture was not
    /// opened.
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
    std::vector<Slot> slots_; ///< one for each capture of the program
};

} // namespace runnel::inline v0
