// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Copies the bytes of one pipe to several places.
#pragma once

#include "io/copier.hpp"
#include "io/last_byte.hpp"
#include "io/no_wait_fd.hpp"
#include "io/outlet.hpp"
#include "sys/signal.hpp"

#include <runnel/detail/bytes.hpp>
#include <runnel/detail/read_growth.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace runnel::inline v0 {

struct Drain;

/// Where a tee writes copies to.
struct CopyPlace {
    Outlet outlet;
    std::string name; ///< in messages
};

/// Copies a pipe to a main place, where the pipeline goes on, and to other
/// places, one piece at a time. A piece is read only after all places have the
/// one before. Where the kernel can do it, the bytes stay there: tee(2) copies
/// them to the main pipe, splice(2) moves them to the one other place.
///
/// If another place wants no more bytes, it is left out. If the main place
/// wants no more, the copying ends. Captures in memory get their copy of a
/// piece first.
class TeeCopy final : public Copier {
public:
    /// Any of the places may be memory, `main` as well.
    TeeCopy(NoWaitFd in, Outlet main, std::vector<CopyPlace> others);

    /// The same with the captures `kept` among the other places. Other
    /// processes may hold the same open file as `in`.
    TeeCopy(int in, NoWaitFd::Owner owned, Outlet main,
            std::vector<CopyPlace> others, std::vector<Drain*> const& kept);

    /// The pipes that an idle limit watches: that of the input, if any, is first.
    void watch_bytes(detail::LastByte* in,
                     std::vector<detail::LastByte*> const& out);

    bool is_open() const noexcept override { return bool(in_); }
    bool saw_end() const noexcept override { return saw_end_; }

    // What is read is written to each place.
    std::uint64_t bytes_read() const noexcept override { return bytes_; }
    std::uint64_t bytes_written() const noexcept override { return bytes_; }

    /// True if it holds bytes that some place must still take; pipes to
    /// children count too.
    bool is_moving() const noexcept { return !piece_.empty() || owed_ > 0; }

    bool must_deliver() const noexcept override;

    void watch(WatchList& list) override;
    void move(sys::SigpipeGuard& guard) override;
    void finish_now(sys::SigpipeGuard& guard) override;
    void close() noexcept override;

private:
    struct Place : CopyPlace {
        std::size_t written = 0; ///< of the piece
    };

    bool main_is_behind() const noexcept
    {
        return main_is_full_ || main_written_ < piece_.size();
    }

    template <class Do>
    void for_each_other_behind(Do&& act)
    {
        if (owed_ > 0)
            return act(others_.front().outlet);
        for (auto& place : others_)
            if (place.outlet && place.written < piece_.size())
                act(place.outlet);
    }

    bool by_kernel(sys::SigpipeGuard& guard);
    bool pay(sys::SigpipeGuard& guard);
    bool read_piece();
    void note(std::size_t count, std::size_t room) noexcept;
    void write_piece(sys::SigpipeGuard& guard);
    void write_others(bool memory, sys::SigpipeGuard& guard);
    void start_next_piece() noexcept;
    std::error_code write(Outlet& outlet, std::size_t& written,
                          sys::SigpipeGuard& guard);
    bool all_written() const noexcept;
    void leave_kernel(std::size_t owed);
    void pass_rest(sys::SigpipeGuard& guard);

    bool has_news() const noexcept;

    NoWaitFd in_;
    Outlet main_;
    std::vector<Place> others_;
    bool in_ready_ = false;
    bool main_has_gone_ = false;
    bool main_is_full_ = false;
    bool saw_end_ = false;
    bool use_kernel_;
    std::uint64_t bytes_ = 0; ///< that were read
    std::size_t owed_ = 0; ///< bytes that only the main place has
    detail::ReadGrowth growth_; ///< of the input
    detail::Bytes piece_;
    std::size_t main_written_ = 0; ///< of the piece
    detail::LastByte* last_in_ = nullptr;
    std::vector<detail::LastByte*> last_out_;
};

} // namespace runnel::inline v0
