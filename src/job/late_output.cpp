#include "job/late_output.hpp"

#include <algorithm>

namespace runnel::inline v0 {

sys::Deadline LateOutput::deadline() const noexcept
{
    auto const& drain = driver_.options().drain;
    if (drain.is_forever() || drain.limit() >= sys::never - begun_)
        return driver_.time_limit();
    return std::min(driver_.time_limit(), begun_ + drain.limit());
}

void LateOutput::give_up()
{
    was_drained_ = false;
    out_.close();
}

} // namespace runnel::inline v0
