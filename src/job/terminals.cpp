// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/terminals.hpp"

#include "sys/terminal.hpp"

#include <runnel/error.hpp>

namespace runnel::inline v0 {

std::error_code Terminals::add(int controller)
{
    auto copy = sys::copy_of(controller);
    if (!copy)
        return copy.error;
    if (!held_)
        held_ = std::make_unique<Held>();
    std::scoped_lock const lock(held_->mutex);
    held_->controllers.push_back(std::move(copy.value));
    return {};
}

void Terminals::resize(int rows, int columns)
{
    if (!held_)
        return;
    std::scoped_lock const lock(held_->mutex);
    for (auto const& controller : held_->controllers)
        if (auto const error =
                sys::resize_terminal(controller.get(), rows, columns))
            throw SystemError(error, "cannot resize a terminal");
}

void Terminals::let_go() noexcept
{
    if (!held_)
        return;
    std::scoped_lock const lock(held_->mutex);
    held_->controllers.clear();
}

} // namespace runnel::inline v0
