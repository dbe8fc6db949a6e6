// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Limits on the system resources that a child process may use.
//
//     run(cmd("convert", in, out).limit(Resource::address_space, 1 << 30));
#pragma once

#include <runnel/detail/config.hpp>

#include <cstdint>
#include <optional>

namespace runnel::inline v0 {

/// What `setrlimit` can limit, each with its unit.
enum class Resource : unsigned char {
    address_space,   ///< RLIMIT_AS, bytes
    core_size,       ///< RLIMIT_CORE, bytes
    cpu,             ///< RLIMIT_CPU, seconds
    data,            ///< RLIMIT_DATA, bytes
    file_locks,      ///< RLIMIT_LOCKS; no effect since Linux 2.4
    file_size,       ///< RLIMIT_FSIZE, bytes
    locked_memory,   ///< RLIMIT_MEMLOCK, bytes
    message_queues,  ///< RLIMIT_MSGQUEUE, bytes
    nice_ceiling,    ///< RLIMIT_NICE, 20 less the lowest nice value
    open_files,      ///< RLIMIT_NOFILE, one more than the highest descriptor
    pending_signals, ///< RLIMIT_SIGPENDING
    processes,       ///< RLIMIT_NPROC, of the user, threads included
    real_time_priority, ///< RLIMIT_RTPRIO
    real_time_cpu,      ///< RLIMIT_RTTIME, microseconds
    resident_memory,    ///< RLIMIT_RSS, bytes; no effect since Linux 2.4
    stack,              ///< RLIMIT_STACK, bytes
};

/// A limit of one resource. The child's own children inherit it.
///
/// - `soft` is what the kernel enforces; a process may change it up to `hard`.
/// - `hard` is the same as `soft` if it is not given. Raising it needs
///   privileges; lowering it cannot be undone.
struct ResourceLimit {
    static constexpr std::uint64_t unlimited = ~std::uint64_t{0};
    /// The limit that this process has.
    static constexpr std::uint64_t unchanged = unlimited - 1;

    Resource resource = Resource::address_space;
    std::uint64_t soft = unchanged;
    std::optional<std::uint64_t> hard{};

    bool operator==(ResourceLimit const&) const = default;
};

} // namespace runnel::inline v0
