#include "job/pool_output.hpp"

#include "sys/poll.hpp"
#include "text/visible.hpp"

#include <utility>

namespace runnel::inline v0 {

namespace {

/// A line that is longer is shown in pieces.
constexpr std::size_t longest_line = std::size_t{1024} * 1024;

} // namespace

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
    : output_(output), how_(how), prefix_(in_one_line(label))
{
    prefix_ += ": ";
}

void PoolVoice::note(Program const& program)
{
    streams_.reserve(program.captures.size());
    for (auto const& kept : program.captures)
        streams_.push_back({kept.stream});
}

void PoolVoice::take(std::size_t index, std::string_view bytes)
{
    auto& stream = streams_[index];
    if (how_ == JobOutput::labelled)
        show_lines(stream, bytes);
    else
        stream.rest.append(bytes);
}

void PoolVoice::show_lines(Stream& stream, std::string_view bytes)
{
    lines_.clear();
    for (auto end = bytes.find('\n'); end != bytes.npos;
         end = bytes.find('\n')) {
        lines_ += prefix_;
        lines_ += std::exchange(stream.rest, {});
        lines_ += bytes.substr(0, end + 1);
        bytes.remove_prefix(end + 1);
    }
    stream.rest += bytes;
    if (stream.rest.size() > longest_line)
        (lines_ += prefix_) += std::exchange(stream.rest, {}) + '\n';
    output_.show(stream.number, lines_);
}

void PoolVoice::finish()
{
    for (auto& stream : streams_) {
        if (stream.rest.empty())
            continue;
        if (how_ == JobOutput::labelled)
            show_lines(stream, "\n");
        else
            output_.show(stream.number, stream.rest);
        stream.rest.clear();
    }
}

} // namespace runnel::inline v0
