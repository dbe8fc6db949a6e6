#include "sys/clock.hpp"

namespace runnel::inline v0::sys {

Deadline deadline_after(Timeout timeout) noexcept
{
    auto const now = Clock::now();
    if (timeout.is_forever() || timeout.limit() >= never - now)
        return never;
    return now + timeout.limit();
}

} // namespace runnel::inline v0::sys
