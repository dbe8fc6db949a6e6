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

} // namespace

Captures::Captures(Program const& program, BytePump& pump,
                   CaptureLimit const& limit)
    : program_(program), pump_(pump), limit_(limit),
      slots_(program.captures.size())
{
}

void Captures::open(std::size_t index, sys::Fd from)
{
    auto& drain = pump_.drain(std::move(from), {}, limit_);
    slots_[index].drain = &drain;
    if (int const fd = program_.captures[index].shown_on; fd >= 0)
        pump_.show(drain, fd);
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
        if (slots_[i].drain != nullptr && !slots_[i].taken
            && !program_.captures[i].is_tapped)
            make_output(slots_[i], program_.captures[i].target);
}

// Allocates before it moves bytes, so that a failure loses none.
void Captures::make_output(Slot& slot, std::string* target)
{
    auto& drain = *slot.drain;
    auto mapped = drain.spilled ? mapped_bytes(drain) : detail::Bytes();
    auto& bytes = drain.spilled ? mapped : drain.bytes;
    if (target != nullptr) {
        target->assign(bytes.view());
    } else {
        auto shared = std::make_shared<detail::Bytes>();
        *shared = std::move(bytes);
        slot.output =
            Output(std::move(shared), drain.overflowed && !drain.spilled);
    }
    slot.taken = true;
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
