// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Threads of the library.
#pragma once

#include "sys/signal.hpp"

#include <runnel/error.hpp>

#include <system_error>
#include <thread>
#include <utility>

namespace runnel::inline v0 {

/// Starts a thread that handles no signal of the program. Throws `SystemError`.
template <class Body>
std::thread start_thread(Body body)
{
    sys::SignalsBlocked const block(sys::SignalsBlocked::Whose::others);
    try {
        return std::thread(std::move(body));
    } catch (std::system_error const& error) {
        throw SystemError(error.code(), "cannot start a thread");
    }
}

} // namespace runnel::inline v0
