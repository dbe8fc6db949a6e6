// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "io/line_join.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace runnel::inline v0 {

namespace {

constexpr std::size_t read_size = std::size_t{64} * 1024;

} // namespace

LineJoin::LineJoin(std::vector<Source> sources, Outlet to,
                   detail::LastByte* last)
    : sources_(std::move(sources)), to_(std::move(to)), last_(last)
{
    for (auto& source : sources_)
        if (source.last != nullptr)
            source.last->read_at(source.in.fd());
}

void LineJoin::close() noexcept
{
    for (auto& source : sources_) {
        detail::note_bytes(source.last, 0);
        source.in.close();
        source.growth.end();
    }
    to_.close();
    lines_.clear();
}

// --- waiting ---------------------------------------------------------------------------

bool LineJoin::may_read(Source const& source) const noexcept
{
    return source.in && lines_.empty() && !to_.is_held()
        && (turn_ == nullptr || turn_ == &source);
}

// The place is always watched: if it has no reader any more, the joining ends.
void LineJoin::watch(WatchList& list)
{
    if (!is_open())
        return;
    for (auto& source : sources_)
        if (may_read(source))
            list.add(source.in.fd(), sys::Interest::read, source.ready);
    if (to_.is_memory())
        return;
    if (lines_.empty())
        list.add(to_.fd(), sys::Interest::broken, has_gone_);
    else
        list.add(to_.fd(), sys::Interest::write, to_.ready);
}

bool LineJoin::has_news() const noexcept
{
    return has_gone_ || to_.ready
        || std::ranges::any_of(sources_, &Source::ready);
}

// --- reading ---------------------------------------------------------------------------

void LineJoin::move(sys::SigpipeGuard& guard)
{
    if (!is_open() || !has_news())
        return;
    if (has_gone_)
        return close();
    write(guard);
    read_all(guard);
    look_for_end();
}

// Another source is read first each time, so that none waits for ever behind one
// that fills the place.
void LineJoin::read_all(sys::SigpipeGuard& guard)
{
    for (std::size_t i = 0; i < sources_.size() && is_open(); ++i) {
        auto& source = sources_[(first_ + i) % sources_.size()];
        if (std::exchange(source.ready, false) && may_read(source)
            && read_once(source))
            write(guard);
    }
    first_ = (first_ + 1) % sources_.size();
}

/// Returns false if there is nothing to read.
bool LineJoin::read_once(Source& source)
{
    std::array<char, read_size> piece;
    auto const count = source.in.read(piece);
    if (!count && sys::would_block(count.error))
        return false;
    if (!count)
        throw SystemError(count.error, "cannot read a pipe");
    read_ += count.value;
    detail::note_bytes(source.last, count.value);
    source.growth.saw(source.in.fd(), count.value, piece.size());
    if (count.value == 0)
        end(source);
    else
        take(source, {piece.data(), count.value});
    return true;
}

// The last line of a source may have no newline.
void LineJoin::end(Source& source)
{
    source.in.close();
    source.growth.end();
    if (source.labels) {
        std::string last;
        source.labels->finish(last);
        return pass(last);
    }
    bool const had_turn = turn_ == &source;
    if (had_turn)
        turn_ = nullptr;
    auto const rest = std::exchange(source.rest, {});
    pass(rest);
    is_unfinished_ |= had_turn || !rest.empty();
}

void LineJoin::look_for_end() noexcept
{
    if (!is_open() || !lines_.empty()
        || std::ranges::any_of(sources_,
                               [](auto& source) { return bool(source.in); }))
        return;
    saw_end_ = true;
    close();
}

// --- lines -----------------------------------------------------------------------------

void LineJoin::take(Source& source, std::string_view bytes)
{
    if (!source.labels)
        return take_plain(source, bytes);
    std::string labelled;
    source.labels->take(bytes, labelled);
    pass(labelled);
}

void LineJoin::take_plain(Source& source, std::string_view bytes)
{
    auto const end = bytes.rfind('\n') + 1; // 0 if there is none
    if (end > 0) {
        pass(std::exchange(source.rest, {}));
        pass(bytes.substr(0, end));
        turn_ = nullptr;
    }
    source.rest += bytes.substr(end);
    if (source.rest.size() > longest_kept_line)
        turn_ = &source;
    if (turn_ == &source)
        pass(std::exchange(source.rest, {}));
}

void LineJoin::pass(std::string_view text)
{
    if (text.empty())
        return;
    auto const before = lines_.size();
    if (std::exchange(is_unfinished_, false))
        lines_.append("\n");
    lines_.append(text);
    passed_ += lines_.size() - before;
}

// --- writing ---------------------------------------------------------------------------

void LineJoin::write(sys::SigpipeGuard& guard)
{
    bool may_try = to_.never_blocks() || to_.ready;
    to_.ready = false;
    while (may_try && !lines_.empty()) {
        auto const count = to_.write(to_.whole_lines(lines_.view()), guard);
        if (!count && sys::would_block(count.error))
            return;
        if (count.error == std::errc::broken_pipe)
            return close();
        if (!count)
            throw SystemError(count.error,
                              "cannot write lines that are joined");
        detail::note_written(last_, count.value);
        lines_.drop_front(count.value);
        may_try = to_.never_blocks();
    }
}

void LineJoin::finish_now(sys::SigpipeGuard& guard)
{
    if (!is_open())
        return;
    try {
        write(guard);
        bool all = turn_ == nullptr || finish(*turn_, guard);
        for (auto& source : sources_)
            all &= finish(source, guard);
        if (all)
            look_for_end();
    } catch (...) {
        close();
        throw;
    }
    close();
}

// If other processes may read the pipe as well, no more bytes are read here.
/// Returns true if the source had come to its end.
bool LineJoin::finish(Source& source, sys::SigpipeGuard& guard)
{
    for (std::size_t taken = 0;
         taken < longest_kept_line && source.in && source.in.is_ours()
         && lines_.empty() && read_once(source);
         taken += read_size)
        write(guard);
    bool const saw_end = !source.in;
    if (!saw_end)
        end(source);
    write(guard);
    return saw_end;
}

} // namespace runnel::inline v0
