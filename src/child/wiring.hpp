// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Opens what the descriptors of one or many children lead to: files, pipes,
// captures, and pipes whose other end the caller gets.
#pragma once

#include "sys/fd.hpp"

#include <runnel/error.hpp>
#include <runnel/program.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace runnel::inline v0 {

/// Why an endpoint could not be opened.
struct WiringFailure {
    SpawnStep step;
    std::error_code error;
    std::string subject; ///< the file, or the number of a descriptor
};

/// The endpoints of a program, opened one by one and closed when the last child
/// that uses them has its own copy.
///
/// Each endpoint has a number of uses (`Endpoint::commands` and `others`). A
/// use ends with `release`, whether the endpoint was opened or not. After the
/// last one, this process closes its copy of that end. So a reader gets end of
/// file, and a writer SIGPIPE, as in a shell. Not thread safe.
class Wiring {
public:
    /// Records which descriptors of this process are closed now, before
    /// anything is opened: their numbers may soon be reused. `endpoints` must
    /// outlive this object.
    explicit Wiring(std::vector<Endpoint> const& endpoints);
    Wiring(Wiring const&) = delete;
    Wiring& operator=(Wiring const&) = delete;

    /// Returns a failure if the endpoint is a descriptor that was closed.
    std::optional<WiringFailure> need(std::size_t endpoint) const;

    /// A terminal is opened together with its keyboard; to open that alone does
    /// nothing.
    std::optional<WiringFailure> open(std::size_t endpoint);

    /// The pipe size requested at either end, in bytes; 0 or less if there was
    /// no request.
    int pipe_size(std::size_t endpoint) const noexcept;

    /// The descriptor that a child gets.
    int fd(std::size_t endpoint) const noexcept
    {
        return ends_[endpoint].number;
    }

    /// Moves the end out, for a part that runs in this process. Returns nothing
    /// if another part uses the end, too. `release` must follow.
    std::optional<sys::Fd> take_sole(std::size_t endpoint) noexcept;

    /// Shares the end with a part that runs in this process, while others use
    /// it, too. Null if this object does not own the end.
    std::shared_ptr<sys::Fd const> share(std::size_t endpoint);

    /// This process's end of a pipe to a child: a capture reads from it, input
    /// is written to it, or the caller gets it. Of a memory file, a descriptor of
    /// the same open file. Can be taken once. Of a terminal
    /// and its keyboard, each has a descriptor of the controller.
    sys::Fd take_our_end(std::size_t endpoint) noexcept
    {
        return std::move(ends_[endpoint].ours);
    }

    int our_end(std::size_t endpoint) const noexcept
    {
        return ends_[endpoint].ours.get();
    }

    /// Ends one use.
    void release(std::size_t endpoint) noexcept;

    /// Ends all uses.
    void release_all() noexcept;

private:
    struct End {
        int number = -1;
        int uses = 0;
        bool was_closed = false; ///< before anything was opened here
        sys::Fd owned{};
        std::shared_ptr<sys::Fd const> shared{}; ///< in place of `owned`
        sys::Fd ours{};
    };

    std::optional<WiringFailure> open_file(std::size_t endpoint);
    std::optional<WiringFailure> open_memory_file(std::size_t endpoint);
    std::optional<WiringFailure> open_pipe(std::size_t endpoint);
    std::optional<WiringFailure> open_terminal(std::size_t endpoint);
    void own(std::size_t endpoint, sys::Fd fd);

    std::vector<Endpoint> const& endpoints_;
    std::vector<End> ends_;
};

} // namespace runnel::inline v0
