// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Joins the lines of several pipes into one.
#pragma once

#include "io/copier.hpp"
#include "io/last_byte.hpp"
#include "io/no_wait_fd.hpp"
#include "io/outlet.hpp"
#include "text/labelled_lines.hpp"

#include <runnel/detail/bytes.hpp>
#include <runnel/detail/read_growth.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::inline v0 {

/// Writes the lines of several pipes to one place, as they come, and tears none:
/// a line goes on when its end has come. The last line of a pipe may have no
/// newline; it gets one if another line follows.
///
/// A line of more than 1 MiB is not kept: its pipe has the place for itself until
/// the line has ended. With labels, such a line comes in pieces.
///
/// Nothing is read while the place has not taken what was read before, so that a
/// slow reader slows the writers down.
class LineJoin final : public Copier {
public:
    struct Source {
        NoWaitFd in;
        std::optional<LabelledLines> labels{}; ///< its lines get these
        detail::LastByte* last = nullptr; ///< if an idle limit watches it
        std::string rest{}; ///< of a line that has not ended
        detail::ReadGrowth growth{};
        bool ready = false;
    };

    /// `to` may be memory. `last`: of a pipe that `to` is, as in `Source`.
    LineJoin(std::vector<Source> sources, Outlet to,
             detail::LastByte* last = nullptr);

    bool is_open() const noexcept override { return bool(to_); }
    bool saw_end() const noexcept override { return saw_end_; }
    std::uint64_t bytes_read() const noexcept override { return read_; }
    std::uint64_t bytes_written() const noexcept override { return passed_; }
    bool must_deliver() const noexcept override
    {
        return !to_.is_internal() && !lines_.empty();
    }
    void watch(WatchList& list) override;
    void move(sys::SigpipeGuard& guard) override;
    void finish_now(sys::SigpipeGuard& guard) override;
    void close() noexcept override;

private:
    bool has_news() const noexcept;
    bool may_read(Source const& source) const noexcept;
    void read_all(sys::SigpipeGuard& guard);
    bool read_once(Source& source);
    void take(Source& source, std::string_view bytes);
    void take_plain(Source& source, std::string_view bytes);
    void end(Source& source);
    void pass(std::string_view text);
    void write(sys::SigpipeGuard& guard);
    bool finish(Source& source, sys::SigpipeGuard& guard);
    void look_for_end() noexcept;

    std::vector<Source> sources_;
    Outlet to_;
    detail::LastByte* last_;
    detail::Bytes lines_; ///< to be written
    std::uint64_t read_ = 0;
    std::uint64_t passed_ = 0; ///< to `lines_`
    Source* turn_ = nullptr; ///< it writes a very long line
    std::size_t first_ = 0; ///< whose turn it is to be read first
    bool is_unfinished_ =
        false; ///< the last line that was passed has no newline
    bool has_gone_ = false; ///< nothing reads `to_` any more
    bool saw_end_ = false;
};

} // namespace runnel::inline v0
