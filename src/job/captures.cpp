// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/captures.hpp"

#include "sys/file.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <memory>
#include <system_error>

namespace runnel::inline v0 {

namespace {

/// The bytes of a drain that has spilled into a file.
detail::Bytes mapped_bytes(Drain const& drain)
{
    auto const mapped = sys::map_file(drain.spilled.get(), drain.seen);
    if (!mapped)
        throw SystemError(mapped.error, "cannot map a spilled capture");
    return detail::Bytes::of_mapped(mapped.value);
}

detail::Bytes copy_of_file(int fd, std::size_t size, bool is_for_string)
{
    detail::Bytes bytes;
    if (is_for_string)
        bytes.expect_string();
    while (bytes.size() < size) {
        auto const rest = size - bytes.size();
        auto const count =
            sys::read_at(fd, bytes.size(), bytes.tail(rest).data(), rest);
        if (!count)
            throw SystemError(count.error, "cannot read a capture");
        if (count.value == 0) // a process that is left behind has cut it off
            break;
        bytes.commit(count.value);
    }
    return bytes;
}

/// The bytes of a memory file as they are now.
detail::Bytes bytes_of_file(int fd, bool is_for_string)
{
    constexpr std::size_t small = std::size_t{64} * 1024;
    bool const is_sealed = sys::seal(fd);
    auto const size = sys::size_of(fd);
    if (!size)
        throw SystemError(size.error, "cannot read a capture");
    if (size.value > small && is_sealed && !is_for_string)
        if (auto const mapped = sys::map_file(fd, size.value))
            return detail::Bytes::of_mapped(mapped.value);
    return copy_of_file(fd, size.value, is_for_string);
}

bool is_for_string(ProgramCapture const& kept)
{
    return kept.is_for_string || kept.target != nullptr;
}

} // namespace

Captures::Captures(Program const& program, BytePump& pump,
                   CaptureLimit const& limit)
    : program_(program), pump_(pump), limit_(limit),
      slots_(program.captures.size())
{
}

void Captures::open(std::size_t index, sys::Fd from)
{
    auto const& kept = program_.captures[index];
    detail::Bytes none;
    if (is_for_string(kept))
        none.expect_string();
    auto& drain = pump_.drain(std::move(from), std::move(none), limit_);
    slots_[index].drain = &drain;
    slots_[index].number = drain.fd.get();
    drain.number = &slots_[index].number;
    if (kept.shown_on >= 0)
        pump_.show(drain, kept.shown_on);
}

bool Captures::overflowed() const noexcept
{
    return std::ranges::any_of(slots_, [](Slot const& slot) {
        return slot.drain != nullptr && slot.drain->overflowed;
    });
}

void Captures::make_outputs()
{
    for (std::size_t i = 0; i < slots_.size(); ++i)
        if ((slots_[i].drain != nullptr || slots_[i].file) && !slots_[i].taken
            && !program_.captures[i].is_tapped)
            make_output(i);
}

// Allocates before it moves bytes, so that a failure loses none.
void Captures::make_output(std::size_t index)
{
    auto& slot = slots_[index];
    auto const& kept = program_.captures[index];
    auto* const drain = slot.drain;
    detail::Bytes in_file;
    if (slot.file)
        in_file = bytes_of_file(slot.file.get(), is_for_string(kept));
    else if (drain->spilled)
        in_file = mapped_bytes(*drain);
    bool const is_in_file = slot.file || drain->spilled;
    auto& bytes = is_in_file ? in_file : drain->bytes;
    if (kept.target != nullptr) {
        bytes.move_to(*kept.target);
    } else {
        auto shared = std::make_shared<detail::Bytes>();
        *shared = std::move(bytes);
        slot.output =
            Output(std::move(shared), !is_in_file && drain->overflowed);
    }
    slot.taken = true;
    slot.file.reset();
}

void Captures::take_tapped(Running::Taps& taps)
{
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        auto* const drain = slots_[i].drain;
        if (!program_.captures[i].is_tapped || drain == nullptr
            || drain->bytes.empty())
            continue;
        taps.take(i, drain->bytes.view());
        drain->bytes.clear();
    }
}

void Captures::record(CompletedProcess& into) const
{
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        auto const& kept = program_.captures[i];
        if (kept.target == nullptr && !kept.is_tapped)
            into.captures.push_back({kept.stage, kept.stream, output(i)});
    }
    into.out = last_of(program_.out);
    into.err = last_of(program_.err);
}

Output Captures::output(std::size_t index) const
{
    return index == no_index ? Output() : slots_[index].output;
}

/// The last of these that was opened.
Output Captures::last_of(std::vector<std::size_t> const& captures) const
{
    for (auto i = captures.size(); i-- > 0;)
        if (slots_[captures[i]].output.captured())
            return slots_[captures[i]].output;
    return {};
}

} // namespace runnel::inline v0
