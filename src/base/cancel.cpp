#include "base/cancel.hpp"

#include <runnel/words.hpp>

#include <utility>

namespace runnel::inline v0::detail {

bool Cancel::asked() const noexcept
{
    return flag_ != nullptr && flag_->asked.load(std::memory_order_relaxed);
}

namespace {
thread_local CancelFlag const* current_flag = nullptr;
} // namespace

CancelScope::CancelScope(CancelFlag const& flag) noexcept
    : outer_(std::exchange(current_flag, &flag))
{
}

CancelScope::~CancelScope()
{
    current_flag = outer_;
}

int CancelScope::fd() noexcept
{
    return current_flag != nullptr ? current_flag->waker.fd() : -1;
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
