// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/wait_set.hpp>

#include "job/end_board.hpp"
#include "job/job_state.hpp"
#include "sys/clock.hpp"

namespace runnel::inline v0 {

WaitSet::WaitSet() : board_(std::make_shared<EndBoard>()) {}

WaitSet::WaitSet(WaitSet&&) noexcept = default;

WaitSet& WaitSet::operator=(WaitSet&& other) noexcept
{
    WaitSet const old(std::move(*this));
    board_ = std::move(other.board_);
    return *this;
}

WaitSet::~WaitSet()
{
    if (board_)
        board_->clear();
}

EndBoard& WaitSet::board() const
{
    if (!board_)
        throw std::logic_error("this WaitSet was moved from");
    return *board_;
}

std::size_t WaitSet::add(Job& job)
{
    return board().add(job.state());
}

std::size_t WaitSet::size() const
{
    return board().size();
}

std::optional<std::size_t> WaitSet::wait()
{
    return board().wait(sys::never);
}

std::optional<std::size_t> WaitSet::wait_for(Timeout limit)
{
    return board().wait(sys::deadline_after(limit));
}

std::optional<std::size_t> WaitSet::poll()
{
    return board().wait(sys::Deadline::min());
}

int WaitSet::fd() const
{
    return board().fd();
}

std::optional<std::chrono::steady_clock::time_point>
WaitSet::next_deadline() const
{
    return board().next_deadline();
}

} // namespace runnel::inline v0
