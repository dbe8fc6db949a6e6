// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/reader_news.hpp"

#include "base/cancel.hpp"

#include <runnel/error.hpp>

#include <algorithm>

namespace runnel::inline v0 {

void ReaderNews::wait(Lock& lock, sys::Deadline until,
                      std::span<sys::PollItem> items, bool const& job_has_ended)
{
    if (!waker_)
        waker_.emplace();
    std::vector<sys::PollItem> all(items.begin(), items.end());
    all.insert(all.end(), {{waker_->fd()}, {detail::CancelScope::fd()}});
    ++readers_;
    lock.unlock();
    auto const ready = sys::poll(all, until);
    lock.lock();
    --readers_;
    if (job_has_ended)
        let_go();
    else
        waker_->clear();
    if (!ready)
        throw SystemError(ready.error, "cannot wait for a job");
    detail::CancelScope::check();
    std::copy_n(all.begin(), items.size(), items.begin());
}

int ReaderNews::always_ready()
{
    if (!waker_)
        waker_.emplace();
    is_given_ = true;
    waker_->wake();
    return waker_->fd();
}

} // namespace runnel::inline v0
