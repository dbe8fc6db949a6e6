// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The caller's ends of the pipes of a job.
#pragma once

#include "io/stream_upkeep.hpp"
#include "text/text_codec.hpp"

#include <runnel/executor.hpp>
#include <runnel/program.hpp>
#include <runnel/stream.hpp>

#include <optional>

namespace runnel::inline v0 {

/// Ends that the expression did not ask for are not open.
struct JobStreams {
    /// Finds out which of the ends are those of a terminal.
    void note(Program const& program);

    bool is_on_terminal() const noexcept { return pty_.has_value(); }

    /// See `Job::resize`.
    void resize(int rows, int columns);

    /// Takes the ends from what runs. `text`: what the streams carry; none for
    /// bytes. `upkeep` and `running` must outlive the streams.
    void open(Running& running, std::optional<TextMode> const& text,
              detail::StreamUpkeep& upkeep);

    /// Closes them without waiting for a reader.
    void close() noexcept;

    WriteStream in;
    ReadStream out;
    ReadStream err;

private:
    Running* running_ = nullptr; ///< after `open`
    std::optional<Pty> pty_; ///< of the terminal, if there is one
    bool has_keyboard_ = false; ///< `in` types into it
    bool has_terminal_ = false; ///< in hand or captured
};

} // namespace runnel::inline v0
