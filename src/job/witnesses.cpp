// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "job/witnesses.hpp"

#include "io/tee_copy.hpp"
#include "sys/clock.hpp"
#include "sys/pipe.hpp"
#include "sys/poll.hpp"

#include <algorithm>
#include <utility>

namespace runnel::inline v0 {

namespace {

/// The descriptor of this process that the command gets as `number`.
int source_of(std::vector<sys::FdMove> const& moves, int number)
{
    auto const move = std::ranges::find(moves, number, &sys::FdMove::target);
    return move == moves.end() ? number : move->source;
}

void replace(std::vector<sys::FdMove>& moves, int number, int source)
{
    std::erase_if(moves, [number](sys::FdMove const& move) {
        return move.target == number;
    });
    moves.push_back({source, number});
}

} // namespace

Witnesses::~Witnesses()
{
    for (auto const& watched : watched_)
        tell(watched, ExitStatus::of_signal(sys::signals::kill));
}

void Witnesses::add(std::size_t index, std::shared_ptr<Witness> witness,
                    std::vector<sys::FdMove>& moves)
{
    auto& watched = watched_.emplace_back(Watched{index, std::move(witness)});
    if (auto const in = source_of(moves, 0);
        in != 0 && sys::kind_of(in) == sys::FileKind::pipe)
        if (auto copy = sys::copy_of(in))
            watched.in = std::move(copy.value);
    int const out = source_of(moves, 1);
    int const err = source_of(moves, 2);
    sys::Fd pipe;
    watched.out = tap(out, pipe);
    if (pipe)
        replace(moves, 1, pipe.get());
    if (pipe && err == out)
        replace(moves, 2, pipe.get());
    open_.push_back(std::move(pipe));
    if (err == out)
        return;
    watched.err = tap(err, pipe);
    if (pipe)
        replace(moves, 2, pipe.get());
    open_.push_back(std::move(pipe));
}

// A stream that is closed stays so.
Drain* Witnesses::tap(int source, sys::Fd& into)
{
    auto& kept = pump_.drain({});
    if (!sys::is_open(source))
        return &kept;
    auto copy = sys::copy_of(source);
    if (!copy)
        throw SystemError(copy.error, "cannot copy a descriptor");
    auto pipe = sys::open_pipe();
    if (!pipe)
        throw SystemError(pipe.error, "cannot make a pipe");
    auto const owned = std::make_shared<sys::Fd const>(std::move(copy.value));
    std::vector<CopyPlace> copies;
    copies.push_back({Outlet(kept), "a recording"});
    pump_.copy(TeeCopy(NoWaitFd(std::move(pipe.value.read_end), Held::by_us),
                       Outlet(owned->get(), owned), std::move(copies)));
    into = std::move(pipe.value.write_end);
    return &kept;
}

// A pipe at its end polls as readable, and has no bytes.
void Witnesses::command_ended(std::size_t index) noexcept
{
    for (auto& watched : watched_) {
        if (watched.index != index || !watched.in)
            continue;
        watched.left_input =
            !sys::is_ready(watched.in.get())
            || sys::bytes_to_read(watched.in.get()).value_or(0) > 0;
        watched.in.reset();
    }
}

bool Witnesses::hold_input() const noexcept
{
    return std::ranges::any_of(
        watched_, [](Watched const& watched) { return bool(watched.in); });
}

void Witnesses::refused(SpawnError const& error)
{
    for (auto& watched : watched_)
        if (watched.index + 1 == error.stage())
            watched.refusal = error;
}

void Witnesses::tell(Stages const& stages) noexcept
{
    for (auto const& watched : watched_) {
        auto const* const child = stages.child(watched.index);
        auto const exit =
            child != nullptr ? child->process->seen() : std::nullopt;
        auto status = ExitStatus::of_signal(sys::signals::kill);
        if (stages.is_dismissed(watched.index))
            status = ExitStatus::of_signal(sys::signals::broken_pipe);
        else if (exit)
            status = exit->status;
        tell(watched, status);
    }
    watched_.clear();
}

void Witnesses::tell(Watched const& watched, ExitStatus status) noexcept
{
    auto const bytes = [](Drain const* drain) {
        return drain != nullptr ? drain->bytes.view() : std::string_view();
    };
    watched.witness->ended({status, bytes(watched.out), bytes(watched.err),
                            watched.err == nullptr, watched.left_input,
                            watched.refusal ? &*watched.refusal : nullptr});
}

} // namespace runnel::inline v0
