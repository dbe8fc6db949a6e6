// Where the descriptors of a child come from.
#pragma once

#include "sys/fd.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

struct CaptureSlot;

/// What one descriptor of a child is to be: a descriptor of this process, which
/// we may own together with others that need it.
struct Source {
    int fd = -1;
    std::shared_ptr<sys::Fd const> owned{};
    /// A stage or a reader of ours reads what is written there.
    bool feeds_reader = false;
    CaptureSlot* capture = nullptr;
};

inline Source owned_source(sys::Fd fd)
{
    auto owned = std::make_shared<sys::Fd const>(std::move(fd));
    return {owned->get(), std::move(owned)};
}

/// Descriptors by number. One that is not in it is inherited if it is 0, 1 or
/// 2, and else closed. A copy shares what is open.
class Streams {
public:
    struct Entry {
        int number;
        Source source;
    };

    Source const* find(int number) const
    {
        auto const at = std::ranges::find(entries_, number, &Entry::number);
        return at == entries_.end() ? nullptr : &at->source;
    }

    void set(int number, Source source)
    {
        auto const at = std::ranges::find(entries_, number, &Entry::number);
        if (at == entries_.end())
            entries_.push_back({number, std::move(source)});
        else
            at->source = std::move(source);
    }

    /// Gives away what number refers to; the same number of this process if
    /// there is nothing else.
    Source take(int number)
    {
        auto const at = std::ranges::find(entries_, number, &Entry::number);
        return at == entries_.end() ? Source{.fd = number}
                                    : std::exchange(at->source, {});
    }

    void reserve(std::size_t more) { entries_.reserve(entries_.size() + more); }

    void clear() { entries_.clear(); }

    std::vector<Entry> const& entries() const noexcept { return entries_; }

private:
    std::vector<Entry> entries_;
};

} // namespace runnel::inline v0
