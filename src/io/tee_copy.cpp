// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "io/tee_copy.hpp"

#include "io/drain.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <system_error>

namespace runnel::inline v0 {

namespace {

constexpr std::size_t most_at_once = std::size_t{1024} * 1024;
constexpr std::size_t piece_size = std::size_t{256} * 1024;

std::vector<CopyPlace> with_kept(std::vector<CopyPlace> places,
                                 std::vector<Drain*> const& kept)
{
    for (auto* const drain : kept)
        places.push_back({Outlet(*drain), "a capture"});
    return places;
}

} // namespace

// The kernel moves bytes only between files that nothing else uses: another
// process must not take bytes that were copied but not moved yet, and splice(2)
// would not respect the file position of other writers.
TeeCopy::TeeCopy(NoWaitFd in, Outlet main, std::vector<CopyPlace> others)
    : in_(std::move(in)), main_(std::move(main)),
      use_kernel_(others.size() == 1 && in_.is_pipe() && in_.is_ours()
                  && main_.is_pipe() && main_.never_blocks()
                  && others.front().outlet.is_ours()
                  && others.front().outlet.never_blocks())
{
    for (auto& place : others)
        others_.push_back({std::move(place)});
}

TeeCopy::TeeCopy(int in, NoWaitFd::Owner owned, Outlet main,
                 std::vector<CopyPlace> others, std::vector<Drain*> const& kept)
    : TeeCopy(NoWaitFd(in, std::move(owned)), std::move(main),
              with_kept(std::move(others), kept))
{
}

void TeeCopy::close() noexcept
{
    detail::note_bytes(last_in_, 0);
    in_.close();
    growth_.end();
    main_.close();
    others_.clear();
    owed_ = 0;
    piece_.clear();
}

// The main place is always watched: if it has no reader any more, the copying
// ends.
void TeeCopy::watch(WatchList& list)
{
    if (!is_open())
        return;
    if (is_moving())
        for_each_other_behind([&](Outlet& outlet) {
            list.add(outlet.fd(), sys::Interest::write, outlet.ready);
        });
    else if (!main_is_full_ && !main_.is_held())
        list.add(in_.fd(), sys::Interest::read, in_ready_);
    if (main_.is_memory())
        return;
    if (main_is_behind())
        list.add(main_.fd(), sys::Interest::write, main_.ready);
    else
        list.add(main_.fd(), sys::Interest::broken, main_has_gone_);
}

void TeeCopy::move(sys::SigpipeGuard& guard)
{
    if (!is_open() || !has_news())
        return;
    if (main_has_gone_)
        return close();
    main_is_full_ = false;
    for (int i = 0; i < 4 && is_open(); ++i) { // other pipes get a turn, too
        if (use_kernel_ ? !by_kernel(guard) : !read_piece())
            break;
        write_piece(guard);
        if (is_moving() || main_.is_held())
            break;
    }
    main_.ready = false;
}

void TeeCopy::watch_bytes(detail::LastByte* in,
                          std::vector<detail::LastByte*> const& out)
{
    last_in_ = in;
    last_out_ = out;
    if (in != nullptr)
        in->read_at(in_.fd());
}

void TeeCopy::note(std::size_t count, std::size_t room) noexcept
{
    bytes_ += count;
    growth_.saw(in_.fd(), count, room);
    if (last_in_ != nullptr)
        last_in_->note_read(count);
    for (auto* const last : last_out_)
        last->note_written(count);
}

bool TeeCopy::must_deliver() const noexcept
{
    if (!is_open() || !is_moving())
        return false;
    return (main_is_behind() && !main_.is_internal())
        || std::ranges::any_of(others_, [&](Place const& place) {
               return place.outlet && !place.outlet.is_internal()
                   && (owed_ > 0 || place.written < piece_.size());
           });
}

bool TeeCopy::has_news() const noexcept
{
    return in_ready_ || main_has_gone_ || main_.ready
        || std::ranges::any_of(
               others_, [](Place const& place) { return place.outlet.ready; });
}

// --- by the kernel -------------------------------------------------------------------

/// Returns false if nothing can be moved now.
bool TeeCopy::by_kernel(sys::SigpipeGuard& guard)
{
    if (owed_ > 0)
        return pay(guard);
    auto const copied = guard.tee_some(in_.fd(), main_.fd(), most_at_once);
    if (copied && copied.value > 0) {
        in_ready_ = false;
        owed_ = copied.value;
        note(copied.value, most_at_once);
        return pay(guard);
    }
    if (copied.error == std::errc::broken_pipe) {
        close();
        return false;
    }
    // tee(2) returns 0 at end of file, and also if another process filled the
    // main pipe between two checks by the kernel. A read tells which.
    if (copied || !sys::would_block(copied.error)) {
        leave_kernel(0);
        return read_piece();
    }
    main_is_full_ = in_ready_; // there was something to copy
    in_ready_ = false;
    return false;
}

/// Moves to the other place the bytes that only the main place has.
bool TeeCopy::pay(sys::SigpipeGuard& guard)
{
    auto& other = others_.front().outlet;
    other.ready = false;
    auto const moved = guard.splice_some(in_.fd(), other.fd(), owed_);
    if (moved && moved.value > 0) {
        owed_ -= moved.value;
        return true;
    }
    if (!moved && sys::would_block(moved.error))
        return false;
    // The kernel cannot do it, or the other place has no reader any more.
    leave_kernel(owed_);
    return true;
}

/// From here on bytes are read into memory; the main place already has the
/// first `owed` bytes.
void TeeCopy::leave_kernel(std::size_t owed)
{
    use_kernel_ = false;
    owed_ = 0;
    while (piece_.size() < owed) {
        auto const room = owed - piece_.size();
        auto const count = in_.read(piece_.tail(room).first(room));
        // The bytes are in the pipe, unless another process reads this pipe.
        if (count ? count.value == 0 : sys::would_block(count.error))
            throw SystemError(std::make_error_code(std::errc::io_error),
                              "cannot read a pipe");
        if (!count)
            throw SystemError(count.error, "cannot read a pipe");
        piece_.commit(count.value);
    }
    main_written_ = owed;
}

// --- through this process --------------------------------------------------------------

bool TeeCopy::read_piece()
{
    if (!piece_.empty())
        return true;
    if (!in_.never_blocks() && !in_ready_)
        return false;
    auto const count = in_.read(piece_.tail(piece_size).first(piece_size));
    in_ready_ = false;
    if (!count && sys::would_block(count.error))
        return false;
    if (!count)
        throw SystemError(count.error, "cannot read a pipe");
    if (count.value == 0) {
        saw_end_ = true;
        close();
        return false;
    }
    piece_.commit(count.value);
    note(count.value, piece_size);
    return true;
}

// Captures come first: they get all bytes that were read, even if the main
// place has no reader any more.
void TeeCopy::write_piece(sys::SigpipeGuard& guard)
{
    if (piece_.empty())
        return;
    write_others(true, guard);
    auto const error = write(main_, main_written_, guard);
    if (error == std::errc::broken_pipe)
        return close();
    if (error)
        throw SystemError(error, "cannot write what a tee passes on");
    write_others(false, guard);
    if (all_written())
        start_next_piece();
}

void TeeCopy::write_others(bool memory, sys::SigpipeGuard& guard)
{
    for (auto& place : others_) {
        if (!place.outlet || place.outlet.is_memory() != memory)
            continue;
        auto const error = write(place.outlet, place.written, guard);
        if (error == std::errc::broken_pipe)
            place.outlet.close();
        else if (error)
            throw SystemError(error, "cannot write a copy to " + place.name);
    }
}

void TeeCopy::start_next_piece() noexcept
{
    piece_.clear();
    main_written_ = 0;
    for (auto& place : others_)
        place.written = 0;
}

/// Writes what `outlet` takes now. Returns an error if it can take no more
/// bytes at all; `broken_pipe` if it has no reader.
std::error_code TeeCopy::write(Outlet& outlet, std::size_t& written,
                               sys::SigpipeGuard& guard)
{
    bool may_try = outlet.never_blocks() || outlet.ready;
    while (may_try && written < piece_.size()) {
        auto const count = outlet.write(piece_.view().substr(written), guard);
        if (!count && !sys::would_block(count.error))
            return count.error;
        if (!count)
            break;
        written += count.value;
        may_try = outlet.never_blocks();
    }
    outlet.ready = false;
    return {};
}

bool TeeCopy::all_written() const noexcept
{
    return main_written_ == piece_.size()
        && std::ranges::all_of(others_, [this](Place const& place) {
               return !place.outlet || place.written == piece_.size();
           });
}

void TeeCopy::finish_now(sys::SigpipeGuard& guard)
{
    if (!is_open())
        return;
    try {
        pass_rest(guard);
    } catch (...) {
        close();
        throw;
    }
    close();
}

// If other processes may read the input as well, no more bytes are read here.
void TeeCopy::pass_rest(sys::SigpipeGuard& guard)
{
    use_kernel_ = false;
    if (owed_ > 0)
        leave_kernel(owed_);
    for (std::size_t taken = 0; is_open() && taken < most_at_once;) {
        if (piece_.empty() && (!in_.is_ours() || !read_piece()))
            break;
        taken += piece_.size();
        write_piece(guard);
        if (!piece_.empty())
            break;
    }
}

} // namespace runnel::inline v0
