// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/detail/bytes.hpp>

#include "base/uncleared_string.hpp"
#include "sys/file.hpp"
#include "sys/memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace runnel::inline v0::detail {

namespace {

/// From here on a buffer is large: memory costs more than calls.
constexpr std::size_t large = std::size_t{1} << 20;

} // namespace

Bytes::~Bytes()
{
    if (mapped_)
        sys::unmap({data_, capacity_});
    else if (string_ != nullptr)
        delete string_;
    else
        std::free(data_);
}

std::span<char> Bytes::tail(std::size_t room)
{
    if (capacity_ - end_ < room)
        make_room(room);
    if (end_ >= large)
        bring_into_memory(room);
    return {data_ + end_, capacity_ - end_};
}

// The kernel gives memory page by page, at the first touch of each. Many pages
// in one call cost half of that. `piece` bounds the memory that is never used.
void Bytes::bring_into_memory(std::size_t room) noexcept
{
    constexpr std::size_t piece = large / 2;
    if (end_ + room <= in_memory_)
        return;
    auto const begin = std::max(in_memory_, end_);
    auto const count = std::min(std::max(room, piece), capacity_ - begin);
    sys::bring_into_memory({data_ + begin, count});
    in_memory_ = begin + count;
}

// The content moves to the front only if at least as many bytes were dropped
// there. So no more bytes are moved than dropped. Otherwise a buffer whose
// front is dropped in small steps would move its content at every step.
void Bytes::make_room(std::size_t room)
{
    if (front_ > 0 && front_ >= size()) {
        std::memmove(data_, data(), size());
        end_ -= std::exchange(front_, 0);
        if (capacity_ - end_ >= room)
            return;
    }
    auto const wanted =
        front_ > 0 ? 2 * size() + room : std::max(end_ + room, capacity_ * 2);
    bool const is_for_string = for_string_ && has_uncleared_strings;
    if (string_ != nullptr || (is_for_string && wanted > large))
        grow_string(end_ + room);
    else
        grow(wanted);
}

void Bytes::grow(std::size_t wanted)
{
    auto* const moved = static_cast<char*>(std::realloc(data_, wanted));
    if (moved == nullptr)
        throw std::bad_alloc();
    data_ = moved;
    capacity_ = wanted;
}

// A string that grows copies all its bytes, into memory that is new. So it grows
// far: memory that is never touched costs no more than addresses.
void Bytes::grow_string(std::size_t needed)
{
    constexpr std::size_t far = 8;
    auto grown = std::make_unique<std::string>();
    if (!make_uncleared(*grown, std::max(capacity_ * far, needed))
        && !make_uncleared(*grown, needed + needed / 4))
        throw std::bad_alloc();
    std::copy_n(data_, end_, grown->data());
    Bytes old;
    swap(old);
    data_ = grown->data();
    capacity_ = grown->size();
    string_ = grown.release();
    front_ = old.front_;
    end_ = in_memory_ = old.end_;
    for_string_ = true;
}

void Bytes::move_to(std::string& text)
{
    if (string_ == nullptr) {
        text = view();
    } else {
        string_->resize(end_);
        string_->erase(0, front_);
        text = std::move(*string_);
    }
    Bytes().swap(*this);
}

void Bytes::append(std::string_view bytes)
{
    if (bytes.empty())
        return;
    std::memcpy(tail(bytes.size()).data(), bytes.data(), bytes.size());
    commit(bytes.size());
}

void Bytes::shrink() noexcept
{
    if (mapped_ || string_ != nullptr || empty() || front_ > 0
        || end_ > capacity_ / 2)
        return;
    if (auto* const moved = std::realloc(data_, end_)) {
        data_ = static_cast<char*>(moved);
        capacity_ = end_;
        in_memory_ = std::min(in_memory_, end_);
    }
}

} // namespace runnel::inline v0::detail
