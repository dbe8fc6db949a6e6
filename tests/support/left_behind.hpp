// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// An outside process: a child leaves it behind, and it holds the child's
// streams.
#pragma once

#include "support/children.hpp"
#include "support/files.hpp"

#include <runnel/runnel.hpp>

#include <unistd.h>

namespace runnel::test {

/// Makes a command that writes "now" and ends. The process that the command
/// leaves behind holds its stdout and stderr until this object is destroyed, or
/// `write` is called. One object serves one command.
class LeftBehind {
public:
    auto command() const
    {
        return cmd(child("late_writer"), 5) < fd(5, gate_.read_end.get());
    }

    /// The same, but the command itself ends with `code`.
    auto command(int code) const
    {
        return sh("\"$1\" 5; exit \"$2\"", "sh", child("late_writer"), code)
             < fd(5, gate_.read_end.get());
    }

    /// Makes that process write "late" and end.
    void write() { (void)!::write(gate_.write_end.get(), "g", 1); }

private:
    OwnPipe gate_ = make_pipe();
};

} // namespace runnel::test
