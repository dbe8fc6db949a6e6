// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Which pipes tell that a command is silent, and since when. The same pipes count
// their bytes for an observer.
#pragma once

#include "io/last_byte.hpp"
#include "sys/clock.hpp"

#include <runnel/program.hpp>
#include <runnel/timeout.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace runnel::inline v0 {

/// The idle limits of a program: of its commands, and of the whole. Without any,
/// it holds nothing.
class IdleWatch {
public:
    /// `program` must outlive this object. Throws `std::invalid_argument` if a
    /// limit is 0 or a point in time, or has no pipe to watch. `counts`: bytes are
    /// counted, also without a limit.
    IdleWatch(Program const& program, Timeout whole, bool counts = false);

    bool is_on() const noexcept { return limits_ != nullptr; }

    /// The pipe of an endpoint; null if it is not watched, or no limit is set.
    std::shared_ptr<detail::LastByte> pipe(std::size_t endpoint) const noexcept
    {
        return is_on() && endpoint != no_index ? limits_->pipes[endpoint]
                                               : nullptr;
    }

    /// The same, without sharing it.
    detail::LastByte const* counted(std::size_t endpoint) const noexcept
    {
        return is_on() ? limits_->pipes[endpoint].get() : nullptr;
    }

    /// A command, or the whole, has begun: its silence begins now.
    void begin(std::size_t command) noexcept;
    void begin_whole() noexcept;

    /// When the limit passes if no byte moves until then; `never` without a limit.
    sys::Deadline due(std::size_t command) const noexcept;
    sys::Deadline due_whole() const noexcept;

    /// True if the limit has passed by `now` and no pipe holds bytes. If a pipe
    /// holds bytes then, the silence begins anew.
    bool is_silent(std::size_t command, sys::Clock::time_point now) noexcept;
    bool is_whole_silent(sys::Clock::time_point now) noexcept;

    /// When the last byte of a command moved; of a command without a pipe to watch
    /// nothing.
    std::optional<sys::Clock::time_point>
    last_byte(std::size_t command) const noexcept;
    sys::Clock::time_point last_byte() const noexcept;

    Timeout whole() const noexcept
    {
        return is_on() ? limits_->whole.limit : Timeout();
    }

private:
    using Pipe = std::shared_ptr<detail::LastByte>;

    /// The pipes of one command, or of all.
    struct Watched {
        Timeout limit{};
        std::vector<detail::LastByte*> pipes{};
        sys::Clock::time_point begun{};

        sys::Clock::time_point last() const noexcept;
        sys::Deadline due() const noexcept;
        bool is_silent(sys::Clock::time_point now) noexcept;
    };

    struct Limits {
        std::vector<Pipe> pipes{}; ///< one for each endpoint
        std::vector<Watched> commands{};
        Watched whole{};
    };

    void make_pipes(Program const& program);
    void add(Watched& watched, std::size_t endpoint) const;

    std::unique_ptr<Limits> limits_; ///< null: there is no limit
};

} // namespace runnel::inline v0
