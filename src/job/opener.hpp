// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Opens the endpoints of a program. This process's ends of its pipes go to the pump,
// to captures, or to the caller.
#pragma once

#include "child/wiring.hpp"
#include "job/terminals.hpp"

#include <runnel/program.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace runnel::inline v0 {

struct RunParts;

class Opener {
public:
    /// A part of `parts`.
    explicit Opener(RunParts& parts);
    Opener(Opener const&) = delete;
    Opener& operator=(Opener const&) = delete;

    /// The bytes of `Endpoint::Kind::input`. They must outlive the run.
    void set_input(std::string_view input) noexcept { input_ = input; }

    /// Opens the terminals, and the pipes whose other ends the caller gets, also
    /// for commands that start later: the caller has those ends from the
    /// beginning.
    void open_hands();

    // These throw `SpawnError`.

    /// Fails if the endpoint is closed in this process.
    void need(std::size_t endpoint);
    void open(std::size_t endpoint);

    Wiring& wiring() noexcept { return wiring_; }
    Terminals& terminals() noexcept { return terminals_; }

    /// The caller's end of the pipe for `stream`; -1 if there is none. Can be
    /// taken once.
    int take_stream(int stream) noexcept;

    // The share that a large pipe has of the allowance goes back when all parts that
    // have an end of the pipe have ended.

    void command_ended(std::size_t command) noexcept;
    void helper_ended(std::size_t helper) noexcept;

    /// What of the unit was started is being ended.
    void give_up(ProgramUnit const& unit) noexcept;

    /// Releases all endpoints that are held for commands still to be started.
    void let_go() noexcept
    {
        wiring_.release_all();
        terminals_.let_go();
        pipes_.clear();
    }

private:
    /// A pipe between two parts that is larger than a new one.
    struct PartPipe {
        std::size_t write; ///< an endpoint
        std::size_t read;
        std::size_t users; ///< commands and helpers that have not ended
        detail::PipeAllowance share;
    };

    void enlarge_pipe(std::size_t write);
    void leave(std::size_t endpoint) noexcept;

    void open_wire(std::size_t endpoint);
    void place_our_end(std::size_t endpoint);
    void place_keyboard(std::size_t endpoint);
    [[noreturn]] void fail(Endpoint const& endpoint,
                           WiringFailure const& failure) const;

    RunParts& parts_;
    Wiring wiring_;
    Terminals terminals_;
    std::string_view input_;
    std::vector<PartPipe> pipes_;
};

} // namespace runnel::inline v0
