// Popen::communicate: all of a child's pipes at once, as often as a timeout
// makes it necessary.
#include "popen_state.hpp"
#include "quote.hpp"

#include <stdexcept>

namespace runnel::inline v0::detail {

namespace {

Output copy_of(Drain const* drain)
{
    return drain != nullptr ? Output(drain->bytes) : Output();
}

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
    auto const unflushed = StreamAccess::take_buffer(in);
    if (!unflushed.empty()) {
        conversation->unflushed = std::string(unflushed.view());
        conversation->unflushed += input.value_or("");
        input = conversation->unflushed;
    }
    if (in)
        conversation->pump.feed(StreamAccess::take_fd(in), input.value_or(""));
    conversation->out = drain(conversation->pump, out);
    conversation->err = drain(conversation->pump, err);
    conversation_ = std::move(conversation);
}

Drain* PopenState::drain(BytePump& pump, ReadStream& stream)
{
    if (!stream)
        return nullptr;
    auto ahead = StreamAccess::take_buffer(stream);
    return &pump.drain(StreamAccess::take_fd(stream), std::move(ahead));
}

void PopenState::expire(Timeout timeout)
{
    auto const command = shell_join(args);
    if (observer != nullptr)
        observer->expired({command, timeout});
    if (!conversation_)
        throw TimeoutExpired(command, timeout);
    throw TimeoutExpired(command, timeout, copy_of(conversation_->out),
                         copy_of(conversation_->err));
}

// The conversation is over; a later one finds no stream any more.
Communicated PopenState::outputs()
{
    // Shared handles are made before bytes are moved into them, so that a
    // failure loses none.
    auto out_bytes = std::make_shared<Bytes>();
    auto err_bytes = std::make_shared<Bytes>();
    Communicated result{taken_from(conversation_->out, std::move(out_bytes)),
                        taken_from(conversation_->err, std::move(err_bytes))};
    conversation_.reset();
    return result;
}

} // namespace runnel::inline v0::detail
