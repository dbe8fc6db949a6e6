// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Shows how far a pipeline is, in the manner of pv.
//
//     check((cmd("tar", "-c", dir) | progress("pack") | cmd("gzip")) > "dir.tgz");
//
//     pack: 151 MiB in 4.0 s, 37.8 MiB/s, waiting for gzip
//
// The last words name the bottleneck: the command that the others wait for. If the
// size is known, a percentage and the time that is left are shown as well.
//
// Not a part of runnel.hpp.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/stage.hpp>
#include <runnel/text_view.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace runnel::inline v0 {

/// What `progress` shows, and where.
struct ProgressOptions {
    /// How many bytes will come. Default: the size of the file that the stage reads
    /// (`progress() < "file"`); else it is not known.
    std::optional<std::uint64_t> size{};

    /// The descriptor of the terminal.
    int fd = 2;

    /// How often the line is drawn. 0 or less is `std::invalid_argument`.
    std::chrono::milliseconds interval{250};
};

/// An in-process stage that passes all bytes on, and shows on stderr how many, how
/// fast, and which neighbour is the slow one. `label` begins the line; it may be
/// empty.
///
/// The line is drawn over itself, and stays when the stage ends. If stderr is no
/// terminal, nothing is written. If the terminal takes no more (Ctrl-S), the line is
/// left out: the pipeline does not wait for it.
///
/// The bytes pass through this process, in blocks of up to 256 KiB.
RUNNEL_EXPORT Connected<Ends{}> progress(detail::TextView label = "",
                                         ProgressOptions const& options = {});

} // namespace runnel::inline v0
