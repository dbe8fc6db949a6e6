// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Copies the output of commands for their `Witness`.
#pragma once

#include "io/drain.hpp"
#include "io/pump.hpp"
#include "job/stages.hpp"
#include "sys/spawn.hpp"

#include <runnel/error.hpp>
#include <runnel/stand_in.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace runnel::inline v0 {

/// The commands that have a `Witness`. Their stdout and stderr pass through this
/// process: a pipe takes the place of each, and a tee copies that to where the
/// stream leads, and into memory. A pipe that is their stdin is held until their end, to
/// see whether they have read it to end of file.
class Witnesses {
public:
    /// `pump` must outlive this object.
    explicit Witnesses(BytePump& pump) : pump_(pump) {}
    Witnesses(Witnesses const&) = delete;
    Witnesses& operator=(Witnesses const&) = delete;
    /// What was not told yet was given up before it ran.
    ~Witnesses();

    /// Changes the descriptors of a command that is about to be started. `launched`
    /// must follow. Throws `SystemError`.
    void add(std::size_t index, std::shared_ptr<Witness> witness,
             std::vector<sys::FdMove>& moves);

    /// Closes this process's copies of the pipes.
    void launched() noexcept { open_.clear(); }

    /// A command could not be started.
    void refused(SpawnError const& error);

    /// A command has ended: looks at what it has left in its stdin.
    void command_ended(std::size_t index) noexcept;

    /// True if a read end is held, which keeps writers from SIGPIPE until the
    /// reader's end is seen.
    bool hold_input() const noexcept;

    /// The run has ended.
    void tell(Stages const& stages) noexcept;

private:
    struct Watched {
        std::size_t index;
        std::shared_ptr<Witness> witness;
        Drain* out = nullptr;
        Drain* err = nullptr; ///< null: together with stdout
        sys::Fd in{}; ///< a copy of its stdin, if that is a pipe; until it ends
        bool left_input = false;
        std::optional<SpawnError> refusal{};
    };

    Drain* tap(int source, sys::Fd& into);
    static void tell(Watched const& watched, ExitStatus status) noexcept;

    BytePump& pump_;
    std::list<Watched> watched_;
    std::vector<sys::Fd> open_; ///< until the command has been launched
};

} // namespace runnel::inline v0
