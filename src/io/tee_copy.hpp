// Bytes that go through to several places.
#pragma once

#include "io/outlet.hpp"
#include "sys/fd.hpp"
#include "sys/poll.hpp"
#include "sys/signal.hpp"

#include <runnel/detail/bytes.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace runnel::inline v0 {

struct Drain;

/// Where a tee writes copies to.
struct CopyPlace {
    Outlet outlet;
    std::string name; ///< in messages
};

/// Copies a pipe to where it leads and to others, a piece at a time: none is
/// read before all have the one before. Where the kernel can do it, the bytes
/// stay there: tee(2) to the pipe that goes on, splice(2) to the one other
/// place.
///
/// An other place that wants no more is left out. If where it leads wants no
/// more, all is over.
class TeeCopy {
public:
    /// `in`: a pipe that nobody else reads.
    TeeCopy(int in, std::shared_ptr<sys::Fd const> owned, Outlet main,
            std::vector<CopyPlace> others, std::vector<Drain*> kept);

    bool is_open() const noexcept { return in_ >= 0; }
    bool saw_end() const noexcept { return saw_end_; }

    /// Tells what to wait for; `watch(fd, interest, ready)` sets `ready`.
    template <class Watch>
    void watch(Watch&& watch)
    {
        if (!is_open())
            return;
        if (is_moving())
            for_each_other_behind([&](Outlet& outlet) {
                watch(outlet.fd(), sys::Interest::write, outlet.ready);
            });
        else if (!main_is_full_)
            watch(in_, sys::Interest::read, in_ready_);
        // Whatever is waited for: if nobody reads there any more, all is over.
        if (main_is_behind())
            watch(main_.fd(), sys::Interest::write, main_.ready);
        else
            watch(main_.fd(), sys::Interest::broken, main_has_gone_);
    }

    /// Moves what can be moved without waiting. Throws `std::system_error` if
    /// the system fails.
    void move(sys::SigpipeGuard& guard);

    /// Takes what lies in the pipe and passes it to who takes it at once. Lets
    /// go of all, also if it throws as `move` does.
    void finish_now(sys::SigpipeGuard& guard);

    void close() noexcept;

private:
    struct Place : CopyPlace {
        std::size_t written = 0; ///< of the piece
    };

    bool is_moving() const noexcept { return !piece_.empty() || owed_ > 0; }

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
    void keep(std::string_view bytes);
    void write_piece(sys::SigpipeGuard& guard);
    std::error_code write(Outlet& outlet, std::size_t& written,
                          sys::SigpipeGuard& guard);
    bool all_written() const noexcept;
    void leave_kernel(std::size_t owed);
    void pass_rest(sys::SigpipeGuard& guard);

    int in_;
    std::shared_ptr<sys::Fd const> owned_;
    Outlet main_;
    std::vector<Place> others_;
    std::vector<Drain*> kept_;

    bool has_news() const noexcept;

    bool in_blocks_ = false; ///< it is read only when the last poll says so
    bool in_ready_ = false;
    bool main_has_gone_ = false;
    bool main_is_full_ = false;
    bool saw_end_ = false;
    bool use_kernel_;
    std::size_t owed_ = 0; ///< bytes that only the main place has
    detail::Bytes piece_;
    std::size_t main_written_ = 0; ///< of the piece
};

} // namespace runnel::inline v0
