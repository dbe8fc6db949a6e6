// What to wait for: a descriptor, and what should become possible there.
#pragma once

#include <runnel/detail/config.hpp>

namespace runnel::inline v0 {

/// A descriptor to wait for, as with poll(2).
struct Awaited {
    enum class For : unsigned char {
        read,
        write,
        broken, ///< only that the other side has closed it
    };

    int fd = -1; ///< a negative one is left out
    For what = For::read;
    bool ready = false; ///< set before `act`: what is waited for has come
};

} // namespace runnel::inline v0
