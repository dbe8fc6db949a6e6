// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "io/conversation.hpp"

#include "base/cancel.hpp"
#include "base/stop_state.hpp"
#include "io/stream_access.hpp"
#include "io/stream_upkeep.hpp"
#include "sys/poll.hpp"
#include "text/quote.hpp"
#include "text/text_search.hpp"
#include "text/visible.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

namespace detail {

Conversation::Conversation(ReadStream& stream, Timeout timeout,
                           StopToken const& stop)
    : stream_(stream), room_(std::max<std::size_t>(stream.capacity_, 1)),
      timeout_(timeout), deadline_(sys::deadline_after(timeout)), stop_(stop)
{
    stream.need_fd();
}

// The clock is looked at before the wait: bytes that come during the wait are
// in time. Of those that are there when the time is over, all are read.
Conversation::Got Conversation::read_once(std::size_t room)
{
    if (!fd_)
        fd_ = NoWaitFd(stream_.fd());
    if (is_text_over())
        return take(room).value_or(Got::end);
    for (;;) {
        bool const is_late =
            deadline_ != sys::never && sys::Clock::now() >= deadline_;
        auto const ready = wait();
        if (ready == Ready::never)
            return Got::end;
        if (is_late && !(ready == Ready::yes && leftover_.has_more(fd_.fd())))
            return Got::late;
        if (ready == Ready::no)
            continue;
        if (auto const got = take(room))
            return *got;
    }
}

Conversation::Got Conversation::read_all()
{
    for (;;) {
        if (stream_.text_ && stream_.text_->failed && !seen().empty())
            return Got::more;
        auto const got = read_once(StreamAccess::at_once(stream_));
        if (got != Got::more)
            return got;
    }
}

/// Nothing if another reader was faster. At end of file a decoder may give its
/// last characters.
std::optional<Conversation::Got> Conversation::take(std::size_t room)
{
    auto const before = seen().size();
    auto const count = StreamAccess::fill_no_wait(stream_, fd_, room);
    if (!count)
        return {};
    leftover_.took(*count);
    return *count > 0 || seen().size() > before ? Got::more : Got::end;
}

Conversation::Ready Conversation::wait()
{
    sys::PollItem items[] = {
        {fd_.fd()}, {StopAccess::fd(stop_)}, {CancelScope::fd()}};
    bool goes_on = true;
    if (auto* const upkeep = stream_.upkeep_)
        goes_on = upkeep->wait(items, deadline_);
    else if (auto const ready = sys::poll(items, deadline_); !ready)
        throw SystemError(ready.error, "cannot wait for " + name());
    look_for_requests();
    return items[0].ready ? Ready::yes : goes_on ? Ready::no : Ready::never;
}

void Conversation::look_for_requests() const
{
    CancelScope::check();
    if (stop_.stop_requested())
        throw StopRequested("reading " + name(), tail());
}

void Conversation::throw_late(std::string const& wanted) const
{
    throw TimeoutExpired::of_read("reading " + name() + " until " + wanted,
                                  timeout_, tail());
}

void Conversation::throw_ended(std::string wanted) const
{
    if (auto* const upkeep = stream_.upkeep_)
        upkeep->throw_if_ended_early();
    throw EndOfFile(name(), std::move(wanted), tail());
}

/// True if reading more text needs no byte: it has ended, or is invalid.
bool Conversation::is_text_over() const noexcept
{
    return stream_.text_ && (stream_.text_->ended || stream_.text_->failed);
}

Output Conversation::tail() const
{
    constexpr std::size_t most = 4096;
    auto const all = seen();
    auto const kept = std::min(all.size(), most);
    return Output(Bytes(all.substr(all.size() - kept)), kept < all.size());
}

} // namespace detail

namespace {

using detail::Conversation;

std::vector<std::string_view> checked(std::span<detail::TextView const> texts)
{
    std::vector<std::string_view> views;
    for (auto const& text : texts) {
        views.push_back(text.as("a text to wait for"));
        if (views.back().empty())
            throw std::invalid_argument("a text to wait for is empty");
    }
    if (views.empty())
        throw std::invalid_argument("there is no text to wait for");
    return views;
}

std::string in_words(std::string_view text)
{
    auto const begin = first_bytes(text, 40);
    return quote_always(begin) + (begin.size() < text.size() ? "..." : "");
}

/// `'a', 'b' or 'c'`
std::string in_words(std::span<std::string_view const> texts)
{
    auto words = in_words(texts.front());
    for (std::size_t i = 1; i < texts.size(); ++i)
        words += (i + 1 < texts.size() ? ", " : " or ") + in_words(texts[i]);
    return words;
}

TextSearch::Hit find(ReadStream& stream,
                     std::span<detail::TextView const> texts, Timeout timeout,
                     StopToken const& stop)
{
    auto const views = checked(texts);
    Conversation conversation(stream, timeout, stop);
    TextSearch search(views);
    for (;;) {
        if (auto const hit = search.find(conversation.seen()))
            return *hit;
        conversation.need_more([&] { return in_words(views); });
    }
}

} // namespace

std::string ReadStream::read_until(detail::TextView text, Timeout timeout,
                                   StopToken const& stop)
{
    return take_buffered(find(*this, {&text, 1}, timeout, stop).end);
}

std::string ReadStream::read_until_true(detail::Condition condition,
                                        Timeout timeout, StopToken const& stop)
{
    Conversation conversation(*this, timeout, stop);
    while (!condition(conversation.seen()))
        conversation.need_more([] { return "the condition is true"; });
    return take_buffered(buffer_.size());
}

Match ReadStream::expect(std::initializer_list<detail::TextView> texts,
                         Timeout timeout, StopToken const& stop)
{
    return expect_one(texts, timeout, stop);
}

Match ReadStream::expect(std::span<std::string const> texts, Timeout timeout,
                         StopToken const& stop)
{
    std::vector<detail::TextView> const views(texts.begin(), texts.end());
    return expect_one(views, timeout, stop);
}

// Copies before it drops anything: no memory, no loss.
Match ReadStream::expect_one(std::span<detail::TextView const> texts,
                             Timeout timeout, StopToken const& stop)
{
    auto const hit = find(*this, texts, timeout, stop);
    auto const seen = buffer_.view();
    Match match{hit.index, std::string(seen.substr(0, hit.begin)),
                std::string(seen.substr(hit.begin, hit.end - hit.begin))};
    buffer_.drop_front(hit.end);
    return match;
}

std::string ReadStream::read_for(Timeout duration, StopToken const& stop)
{
    Conversation(*this, duration, stop).read_all();
    return take_buffered(buffer_.size());
}

std::optional<std::string> ReadStream::try_read()
{
    StopToken const never;
    auto const got =
        Conversation(*this, std::chrono::seconds(0), never).read_all();
    if (buffer_.empty() && got == Conversation::Got::late)
        return {};
    return take_buffered(buffer_.size());
}

} // namespace runnel::inline v0
