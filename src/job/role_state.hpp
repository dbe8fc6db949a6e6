// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the code of a stand-in works with: its command and the streams of it.
#pragma once

#include "flow/byte_source.hpp"
#include "flow/code_input.hpp"
#include "sys/fd.hpp"
#include "sys/spawn.hpp"

#include <runnel/plan.hpp>
#include <runnel/stand_in.hpp>

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace runnel::inline v0::detail {

/// Thrown through the code of a stand-in whose reader has left. Not a
/// `std::exception`; the library catches it.
struct NoReader {};

/// Used by one thread at a time.
class RoleState {
public:
    /// Copies the descriptors that `moves` names. Throws `SystemError`.
    RoleState(std::shared_ptr<PlannedStage const> stage, int pid,
              std::span<sys::FdMove const> moves);

    PlannedStage const& stage() const noexcept { return *stage_; }
    int pid() const noexcept { return pid_; }
    bool is_connected(int fd) const noexcept;

    std::size_t read(int fd, std::span<char> into);
    LineRange lines(LineOptions const& options);
    void write(int fd, std::string_view text);
    void close(int fd) noexcept;
    void close_all() noexcept;

private:
    struct Stream {
        int number; ///< of the command
        int fd; ///< of this process
        std::shared_ptr<sys::Fd const>
            owned; ///< null: shared with this process
        std::unique_ptr<InputSource> in{};
        std::optional<NoWaitFd> out{};
    };

    Stream& need(int fd);
    void copy(sys::FdMove move);

    std::shared_ptr<PlannedStage const> stage_;
    int pid_;
    std::list<Stream> streams_;
    std::atomic<bool> had_more_{true};
    CodeInput lines_;
};

} // namespace runnel::inline v0::detail
