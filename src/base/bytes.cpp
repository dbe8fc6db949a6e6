#include <runnel/detail/bytes.hpp>

#include "sys/file.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace runnel::inline v0::detail {

Bytes::~Bytes()
{
    if (mapped_)
        sys::unmap({data_, capacity_});
    else
        std::free(data_);
}

std::span<char> Bytes::tail(std::size_t room)
{
    if (capacity_ - end_ < room)
        make_room(room);
    return {data_ + end_, capacity_ - end_};
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
    auto* const moved = static_cast<char*>(std::realloc(data_, wanted));
    if (moved == nullptr)
        throw std::bad_alloc();
    data_ = moved;
    capacity_ = wanted;
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
    if (mapped_ || empty() || front_ > 0 || end_ > capacity_ / 2)
        return;
    if (auto* const moved = std::realloc(data_, end_)) {
        data_ = static_cast<char*>(moved);
        capacity_ = end_;
    }
}

} // namespace runnel::inline v0::detail
