// Popen::communicate: all of a child's pipes at once, as often as a timeout
// makes it necessary.
#include "child/popen_state.hpp"
#include "io/stream_text.hpp"
#include "sys/clock.hpp"
#include "text/quote.hpp"

#include <stdexcept>

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

Communicated PopenState::communicate(std::optional<std::string_view> input,
                                     Timeout timeout)
{
    auto const deadline = sys::deadline_after(timeout);
    begin_conversation(input);
    if (!converse(deadline) || !wait(deadline))
        expire(timeout);
    return outputs();
}

// However this ends before the input is written: what remains of it must not
// depend on the caller's memory.
bool PopenState::converse(sys::Deadline deadline)
{
    auto& pump = conversation_->pump;
    try {
        bool const done = pump.run(deadline);
        if (!done)
            pump.keep_input();
        return done;
    } catch (...) {
        pump.keep_input();
        throw;
    }
}

void PopenState::begin_conversation(std::optional<std::string_view> input)
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

// What cannot be encoded is told before anything is taken from the streams.
void PopenState::feed(Conversation& conversation,
                      std::optional<std::string_view> input)
{
    auto bytes = input.value_or("");
    Bytes encoded;
    if (StreamAccess::is_text(in)) {
        StreamAccess::encode_rest(in, bytes, encoded);
        bytes = encoded.view();
    }
    auto& unflushed = conversation.unflushed;
    unflushed = StreamAccess::take_buffer(in);
    if (!unflushed.empty() || StreamAccess::is_text(in)) {
        unflushed.append(bytes);
        bytes = unflushed.view();
    }
    conversation.pump.feed(StreamAccess::take_fd(in), bytes,
                           Held::by_others_too);
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
        observer->expired({command, timeout});
    if (!conversation_)
        throw TimeoutExpired(command, timeout);
    throw TimeoutExpired(command, timeout, bytes_of(conversation_->out),
                         bytes_of(conversation_->err));
}

/// What was read so far; of text, too, the bytes.
Output PopenState::bytes_of(Reading const& reading)
{
    if (reading.drain == nullptr)
        return {};
    auto bytes = reading.ahead;
    bytes.append(reading.half.view());
    bytes.append(reading.drain->bytes.view());
    return Output(std::move(bytes));
}

// The conversation is over; a later one finds no stream any more.
Communicated PopenState::outputs()
{
    if (conversation_->out.text || conversation_->err.text)
        return texts();
    // Shared handles are made before bytes are moved into them, so that a
    // failure loses none.
    auto out_bytes = std::make_shared<Bytes>();
    auto err_bytes = std::make_shared<Bytes>();
    Communicated result{
        taken_from(conversation_->out.drain, std::move(out_bytes)),
        taken_from(conversation_->err.drain, std::move(err_bytes))};
    conversation_.reset();
    return result;
}

Communicated PopenState::texts()
{
    auto const conversation = std::move(conversation_);
    try {
        auto out_text = text_of(conversation->out);
        return {std::move(out_text), text_of(conversation->err)};
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
