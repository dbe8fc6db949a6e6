#include "io/tee_copy.hpp"

#include "io/pump.hpp"

#include <algorithm>
#include <system_error>

namespace runnel::inline v0 {

namespace {

constexpr std::size_t most_at_once = std::size_t{1024} * 1024;
constexpr std::size_t piece_size = std::size_t{256} * 1024;

[[noreturn]] void fail(std::error_code error, std::string const& what)
{
    throw std::system_error(error, what);
}

bool is_pipe(Outlet const& outlet)
{
    return outlet.never_blocks()
        && sys::kind_of(outlet.fd()) == sys::FileKind::pipe;
}

} // namespace

TeeCopy::TeeCopy(int in, std::shared_ptr<sys::Fd const> owned, Outlet main,
                 std::vector<CopyPlace> others, std::vector<Drain*> kept)
    : in_(in), owned_(std::move(owned)), main_(std::move(main)),
      kept_(std::move(kept)),
      use_kernel_(kept_.empty() && others.size() == 1 && is_pipe(main_)
                  && others.front().outlet.never_blocks()
                  // splice(2) would not respect the position of others.
                  && others.front().outlet.is_ours())
{
    for (auto& place : others)
        others_.push_back({std::move(place)});
    // What others share with us must stay as it is.
    in_blocks_ =
        owned_.use_count() != 1 || sys::kind_of(in_) != sys::FileKind::pipe;
    use_kernel_ &= !in_blocks_;
    if (!in_blocks_)
        if (auto const error = sys::set_nonblocking(in_))
            fail(error, "cannot read a pipe");
}

void TeeCopy::close() noexcept
{
    in_ = -1;
    owned_.reset();
    main_.close();
    others_.clear();
    owed_ = 0;
    piece_.clear();
}

void TeeCopy::move(sys::SigpipeGuard& guard)
{
    if (!is_open() || !has_news())
        return;
    if (main_has_gone_)
        return close();
    main_is_full_ = false;
    for (int i = 0; i < 4 && is_open(); ++i) { // others have their turn, too
        if (use_kernel_ ? !by_kernel(guard) : !read_piece())
            break;
        write_piece(guard);
        if (is_moving())
            break;
    }
    main_.ready = false;
}

bool TeeCopy::has_news() const noexcept
{
    return in_ready_ || main_has_gone_ || main_.ready
        || std::ranges::any_of(
               others_, [](Place const& place) { return place.outlet.ready; });
}

// --- by the kernel -------------------------------------------------------------------

/// False if there is nothing to be done now.
bool TeeCopy::by_kernel(sys::SigpipeGuard& guard)
{
    if (owed_ > 0)
        return pay(guard);
    auto const copied = guard.tee_some(in_, main_.fd(), most_at_once);
    if (copied && copied.value == 0) {
        saw_end_ = true;
        close();
        return false;
    }
    if (copied) {
        in_ready_ = false;
        owed_ = copied.value;
        return pay(guard);
    }
    if (copied.error == std::errc::broken_pipe) {
        close();
        return false;
    }
    if (!sys::would_block(copied.error)) {
        leave_kernel(0);
        return read_piece();
    }
    main_is_full_ = in_ready_; // there was something to copy
    in_ready_ = false;
    return false;
}

/// The other place gets what the main one has.
bool TeeCopy::pay(sys::SigpipeGuard& guard)
{
    auto& other = others_.front().outlet;
    other.ready = false;
    auto const moved = guard.splice_some(in_, other.fd(), owed_);
    if (moved) {
        owed_ -= moved.value;
        return true;
    }
    if (sys::would_block(moved.error))
        return false;
    // It cannot be done this way, or its reader has gone.
    leave_kernel(owed_);
    return true;
}

/// From here on bytes are read; of the first ones the main place has `owed`.
void TeeCopy::leave_kernel(std::size_t owed)
{
    use_kernel_ = false;
    owed_ = 0;
    while (piece_.size() < owed) {
        auto const room = owed - piece_.size();
        auto const count = sys::read_some(in_, piece_.tail(room).data(), room);
        // They lie there, unless somebody else reads what is ours.
        if (count ? count.value == 0 : sys::would_block(count.error))
            fail(std::make_error_code(std::errc::io_error),
                 "cannot read a pipe");
        if (!count)
            fail(count.error, "cannot read a pipe");
        piece_.commit(count.value);
    }
    main_written_ = owed;
}

// --- through this process --------------------------------------------------------------

bool TeeCopy::read_piece()
{
    if (!piece_.empty())
        return true;
    if (in_blocks_ && !in_ready_)
        return false;
    auto const count =
        sys::read_some(in_, piece_.tail(piece_size).data(), piece_size);
    in_ready_ = false;
    if (!count && sys::would_block(count.error))
        return false;
    if (!count)
        fail(count.error, "cannot read a pipe");
    if (count.value == 0) {
        saw_end_ = true;
        close();
        return false;
    }
    piece_.commit(count.value);
    keep(piece_.view());
    return true;
}

void TeeCopy::keep(std::string_view bytes)
{
    for (auto* const drain : kept_)
        drain->keep(bytes);
}

void TeeCopy::write_piece(sys::SigpipeGuard& guard)
{
    if (piece_.empty())
        return;
    auto error = write(main_, main_written_, guard);
    if (error == std::errc::broken_pipe)
        return close();
    if (error)
        fail(error, "cannot write what a tee passes on");
    for (auto& place : others_) {
        if (!place.outlet)
            continue;
        error = write(place.outlet, place.written, guard);
        if (error == std::errc::broken_pipe)
            place.outlet.close();
        else if (error)
            fail(error, "cannot write a copy to " + place.name);
    }
    if (!all_written())
        return;
    piece_.clear();
    main_written_ = 0;
    for (auto& place : others_)
        place.written = 0;
}

/// Why nothing can be written there any more; `broken_pipe` if nobody reads.
std::error_code TeeCopy::write(Outlet& outlet, std::size_t& written,
                               sys::SigpipeGuard& guard)
{
    bool may_try = outlet.never_blocks() || outlet.ready;
    while (may_try && written < piece_.size()) {
        auto const part = piece_.view().substr(written, outlet.most());
        auto const count = guard.write_some(outlet.fd(), part);
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

void TeeCopy::pass_rest(sys::SigpipeGuard& guard)
{
    use_kernel_ = false;
    if (owed_ > 0)
        leave_kernel(owed_);
    for (std::size_t taken = 0; is_open() && taken < most_at_once;) {
        if (piece_.empty() && !read_piece())
            break;
        taken += piece_.size();
        write_piece(guard);
        if (!piece_.empty())
            break;
    }
}

} // namespace runnel::inline v0
