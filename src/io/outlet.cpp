#include "io/outlet.hpp"

#include "io/drain.hpp"

namespace runnel::inline v0 {

void Outlet::close() noexcept
{
    to_.close();
    if (drain_ != nullptr && !drain_->fd)
        drain_->bytes.shrink();
    drain_ = nullptr;
}

sys::Result<std::size_t> Outlet::write(std::string_view bytes,
                                       sys::SigpipeGuard& guard)
{
    if (drain_ == nullptr)
        return to_.write(bytes, guard);
    drain_->append(bytes);
    return {{}, bytes.size()};
}

} // namespace runnel::inline v0
