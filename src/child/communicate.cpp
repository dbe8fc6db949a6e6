// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Popen::communicate: moves the bytes of all of a child's pipes at once. A call
// after a timeout continues the same conversation.
#include "base/observe.hpp"
#include "child/popen_state.hpp"
#include "io/stream_text.hpp"
#include "sys/clock.hpp"
#include "sys/poll.hpp"
#include "text/quote.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace runnel::inline v0::detail {

namespace {

Output taken_from(Drain* drain, std::shared_ptr<Bytes> into) noexcept
{
    if (drain == nullptr)
        return {};
    *into = std::move(drain->bytes);
    return Output(std::move(into));
}

} // namespace

Communicated PopenState::communicate(OptionalText input, Timeout timeout,
                                     Timeout drain)
{
    auto const deadline = sys::deadline_after(timeout);
    begin_conversation(input);
    if (!converse(deadline, drain) || !wait(deadline))
        expire(timeout);
    bool const drained = conversation_->drained;
    auto result = outputs();
    result.drained = drained;
    return result;
}

// If this returns or throws before all input is written, the rest is copied,
// because the caller's memory may not live until the next call.
bool PopenState::converse(sys::Deadline deadline, Timeout drain)
{
    auto& pump = conversation_->pump;
    try {
        bool const done = move_bytes(deadline, drain);
        if (!done)
            pump.keep_input();
        return done;
    } catch (...) {
        pump.keep_input();
        throw;
    }
}

bool PopenState::move_bytes(sys::Deadline deadline, Timeout drain)
{
    return drain.is_forever() ? conversation_->pump.run(deadline)
                              : move_until_left(deadline, drain);
}

/// Moves bytes until every pipe is at end of file, or the child has ended and
/// `drain` has passed since then. Returns false if `deadline` passes while the
/// child runs.
bool PopenState::move_until_left(sys::Deadline deadline, Timeout drain)
{
    auto& pump = conversation_->pump;
    auto until = deadline;
    bool has_ended = false;
    auto const look_for_end = [&] {
        if (has_ended || !wait(sys::Deadline::min()))
            return;
        has_ended = true;
        until = std::min(deadline, sys::deadline_after(drain));
    };
    look_for_end(); // nothing reports the end of a child that was waited for
    while (!pump.is_idle()) {
        move_once(until);
        look_for_end();
        if (sys::Clock::now() < until)
            continue;
        if (!has_ended)
            return false;
        conversation_->drained = pump.finish_now();
    }
    return true;
}

/// Waits until a pipe is ready or the child ends. If no descriptor reports the
/// end of the child, returns after a short time, so that the caller looks for
/// it.
void PopenState::move_once(sys::Deadline until)
{
    constexpr auto from_time_to_time = std::chrono::milliseconds(20);
    auto& pump = conversation_->pump;
    std::vector<sys::PollItem> items;
    pump.add_items(items);
    auto const of_pump = items.size();
    bool const has_ended = process->seen().has_value();
    sys::Process::Watch const watch(*process);
    items.push_back({has_ended ? -1 : watch.fd()});
    if (!has_ended && items.back().fd < 0)
        until = std::min(until, sys::Clock::now() + from_time_to_time);
    if (auto const ready = sys::poll(items, until); !ready)
        throw SystemError(ready.error, "cannot wait for a pipe");
    pump.move_ready(std::span(items).first(of_pump));
}

void PopenState::begin_conversation(OptionalText input)
{
    if (conversation_ && input)
        throw std::invalid_argument("communicate() has its input already");
    if (input && !in)
        throw std::invalid_argument("communicate() got input, but stdin is "
                                    "not piped, or closed");
    if (conversation_)
        return;
    auto conversation = std::make_unique<Conversation>();
    if (in)
        feed(*conversation, input);
    conversation->out = reading(conversation->pump, out);
    conversation->err = reading(conversation->pump, err);
    conversation_ = std::move(conversation);
}

// Encodes first: input that cannot be encoded throws before anything is taken
// from the streams.
void PopenState::feed(Conversation& conversation, OptionalText input)
{
    auto bytes = StreamAccess::encode_rest(in, input.as("the input"),
                                           conversation.encoded);
    auto& first = conversation.first;
    first = StreamAccess::take_buffer(in);
    if (auto const end = StreamAccess::keys_of_end(in, bytes); !end.empty()) {
        first.append(bytes);
        first.append(end);
        bytes = {};
    }
    conversation.pump.feed(StreamAccess::take_fd(in), bytes,
                           Held::by_others_too, first.view());
}

PopenState::Reading PopenState::reading(BytePump& pump, ReadStream& stream)
{
    if (!stream)
        return {};
    Reading result;
    auto ahead = StreamAccess::take_buffer(stream);
    result.text = StreamAccess::take_text(stream);
    if (result.text) {
        std::swap(result.ahead, ahead);
        result.half = Bytes(result.text->decoder.pending());
    }
    result.drain = &pump.drain(StreamAccess::take_fd(stream), std::move(ahead),
                               {}, Held::by_others_too);
    return result;
}

void PopenState::expire(Timeout timeout)
{
    auto const command = join(args);
    if (observer != nullptr)
        tell(*observer, &Observer::expired, {command, timeout});
    if (!conversation_)
        throw TimeoutExpired(command, timeout);
    throw TimeoutExpired(command, timeout, bytes_of(conversation_->out),
                         bytes_of(conversation_->err));
}

/// What was read so far. In text mode, the part not decoded yet is given as
/// bytes.
Output PopenState::bytes_of(Reading const& reading)
{
    if (reading.drain == nullptr)
        return {};
    auto bytes = reading.ahead;
    bytes.append(reading.half.view());
    bytes.append(reading.drain->bytes.view());
    return Output(std::move(bytes));
}

// Ends the conversation. A later call finds no open stream.
Communicated PopenState::outputs()
{
    if (conversation_->out.text || conversation_->err.text)
        return texts();
    // Allocates before it moves any bytes, so that a failure loses none.
    auto out_bytes = std::make_shared<Bytes>();
    auto err_bytes = std::make_shared<Bytes>();
    Communicated result{
        .out = taken_from(conversation_->out.drain, std::move(out_bytes)),
        .err = taken_from(conversation_->err.drain, std::move(err_bytes))};
    conversation_.reset();
    return result;
}

Communicated PopenState::texts()
{
    auto const conversation = std::move(conversation_);
    try {
        auto out_text = text_of(conversation->out);
        return {.out = std::move(out_text), .err = text_of(conversation->err)};
    } catch (TextError const& error) {
        throw error.with(bytes_of(conversation->out),
                         bytes_of(conversation->err));
    }
}

Output PopenState::text_of(Reading& reading)
{
    if (reading.drain == nullptr)
        return {};
    auto text = reading.ahead;
    reading.text->decoder.decode(reading.drain->bytes.view(), text);
    reading.text->decoder.finish(text);
    return Output(std::move(text));
}

} // namespace runnel::inline v0::detail
