// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "base/cancel.hpp"

#include <runnel/words.hpp>

#include <utility>

namespace runnel::inline v0::detail {

bool Cancel::asked() const noexcept
{
    return flag_ != nullptr && flag_->asked.load(std::memory_order_relaxed);
}

namespace {
thread_local CancelFlag* current_flag = nullptr;
} // namespace

CancelScope::CancelScope(CancelFlag& flag) noexcept
    : outer_(std::exchange(current_flag, &flag))
{
}

CancelScope::~CancelScope()
{
    current_flag = outer_;
}

int CancelScope::fd() noexcept
{
    if (current_flag == nullptr)
        return -1;
    auto& flag = *current_flag;
    if (flag.input_over && !flag.is_told) {
        flag.is_told = flag.waker.clear();
        if (flag.asked) // whose wake may be the one that was cleared
            flag.waker.wake();
    }
    return flag.waker.fd();
}

bool CancelScope::asked() noexcept
{
    return current_flag != nullptr && current_flag->asked;
}

bool CancelScope::input_is_over() noexcept
{
    return current_flag != nullptr && current_flag->input_over;
}

void CancelScope::check()
{
    if (asked())
        throw Cancelled();
}

} // namespace runnel::inline v0::detail
