// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/pool_output.hpp"

#include "sys/poll.hpp"

#include <utility>

namespace runnel::inline v0 {

void PoolOutput::wait(std::array<int, 2> others, sys::Deadline until)
{
    auto const item_of = [](OwnStream const& stream) {
        return sys::PollItem{stream.is_behind() ? stream.fd() : -1,
                             sys::Interest::write};
    };
    sys::PollItem items[] = {
        item_of(streams_[0]), item_of(streams_[1]), {others[0]}, {others[1]}};
    static_cast<void>(sys::poll(items, until));
    go_on();
}

void PoolOutput::go_on()
{
    for (auto& stream : streams_)
        if (stream.is_behind())
            stream.go_on();
}

PoolVoice::PoolVoice(PoolOutput& output, JobOutput how, std::string_view label)
    : output_(output), how_(how), labels_(label)
{
}

void PoolVoice::note(Program const& program)
{
    streams_.reserve(program.captures.size());
    for (auto const& kept : program.captures)
        streams_.push_back({kept.stream, labels_});
}

void PoolVoice::take(std::size_t index, std::string_view bytes)
{
    auto& stream = streams_[index];
    if (how_ == JobOutput::grouped) {
        stream.kept.append(bytes);
        return;
    }
    lines_.clear();
    stream.labels.take(bytes, lines_);
    output_.show(stream.number, lines_);
}

void PoolVoice::finish()
{
    for (auto& stream : streams_) {
        stream.labels.finish(stream.kept);
        output_.show(stream.number, std::exchange(stream.kept, {}));
    }
}

} // namespace runnel::inline v0
