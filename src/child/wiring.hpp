// Opens what descriptors of children lead to: files, pipes, captures, ends in
// hand; of one child or of many.
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
/// Each endpoint has a number of uses (`Endpoint::commands` and `others`). A use
/// ends with `release`, whether the endpoint was opened or not; after the last
/// one, this process holds that end no longer. So a reader finds the end of
/// file, and a writer SIGPIPE, as in a shell. Not thread safe.
class Wiring {
public:
    /// Sees which descriptors of this process are closed now, before anything
    /// is opened: their numbers may soon be those of something else.
    /// `endpoints` must outlive it.
    explicit Wiring(std::vector<Endpoint> const& endpoints);
    Wiring(Wiring const&) = delete;
    Wiring& operator=(Wiring const&) = delete;

    /// Refuses a descriptor of this process that was closed.
    std::optional<WiringFailure> need(std::size_t endpoint) const;

    std::optional<WiringFailure> open(std::size_t endpoint);

    /// How many bytes a pipe was asked to hold, at either end; else not more
    /// than 0.
    int pipe_size(std::size_t endpoint) const noexcept;

    /// What a child gets.
    int fd(std::size_t endpoint) const noexcept
    {
        return ends_[endpoint].number;
    }

    /// The same for a part that runs in this process, if it is the only one
    /// that ever had that end; else nothing. `release` must follow.
    std::optional<sys::Fd> take_sole(std::size_t endpoint) noexcept;

    /// The same, kept open beside others; null if it is not ours.
    std::shared_ptr<sys::Fd const> share(std::size_t endpoint);

    /// The other end of a pipe whose one end a child gets: where what a capture
    /// keeps comes from, where input goes to, what the caller has in hand. Once.
    sys::Fd take_our_end(std::size_t endpoint) noexcept
    {
        return std::move(ends_[endpoint].ours);
    }

    /// One use has ended.
    void release(std::size_t endpoint) noexcept;

    /// All uses have ended.
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
    std::optional<WiringFailure> open_pipe(std::size_t endpoint);
    void own(std::size_t endpoint, sys::Fd fd);

    std::vector<Endpoint> const& endpoints_;
    std::vector<End> ends_;
};

} // namespace runnel::inline v0
