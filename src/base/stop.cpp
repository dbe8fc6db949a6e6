// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/stop.hpp>

#include "base/stop_state.hpp"

namespace runnel::inline v0 {

bool StopToken::stop_requested() const noexcept
{
    return state_ != nullptr && state_->requested();
}

StopSource::StopSource() : state_(std::make_shared<detail::StopState>()) {}

void StopSource::request_stop() const noexcept
{
    state_->request();
}

} // namespace runnel::inline v0
