// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The terminals of a run whose output is captured.
#pragma once

#include "sys/fd.hpp"

#include <memory>
#include <mutex>
#include <system_error>
#include <vector>

namespace runnel::inline v0 {

/// Keeps a descriptor of each terminal, to change its size while another thread
/// reads it. Thread safe, once the first terminal was added.
class Terminals {
public:
    /// Returns an error if there is no descriptor for it.
    std::error_code add(int controller);

    /// Throws `std::system_error` if the system refuses.
    void resize(int rows, int columns);

    /// Closes the descriptors, so that the terminals can hang up.
    void let_go() noexcept;

private:
    struct Held {
        std::mutex mutex{};
        std::vector<sys::Fd> controllers{};
    };

    std::unique_ptr<Held> held_; ///< null: no terminal was added
};

} // namespace runnel::inline v0
