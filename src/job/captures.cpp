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
    slots_[index].drain = &pump_.drain(std::move(from), {}, limit_);
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

Output Captures::output(std::size_t index) const
{
    return index == no_index ? Output() : slots_[index].output;
}

Output Captures::last_of(std::vector<std::size_t> const& captures) const
{
    for (auto i = captures.size(); i-- > 0;)
        if (slots_[captures[i]].output.captured())
            return slots_[captures[i]].output;
    return {};
}

} // namespace runnel::inline v0
