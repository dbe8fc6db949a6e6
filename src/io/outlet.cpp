// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

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

bool Outlet::is_held() const noexcept
{
    return drain_ != nullptr && drain_->is_held();
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
