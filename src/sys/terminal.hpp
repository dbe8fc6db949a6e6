// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Pseudo-terminals.
#pragma once

#include "sys/fd.hpp"

#include <runnel/pty.hpp>

#include <string>
#include <system_error>

namespace runnel::inline v0::sys {

/// The two sides of a pseudo-terminal. No child inherits them, and their numbers
/// are above 2.
///
/// The side of the programs stays usable while the controller is open. When the
/// last descriptor of the line is closed, reads of the controller give the bytes
/// that are left, then end of file. When the last one of the controller is
/// closed, the terminal hangs up: the session on it gets SIGHUP.
struct Terminal {
    /// Reads what is shown, writes what is typed. Non-blocking.
    Fd controller;
    /// What programs have as their terminal. It is nobody's controlling terminal
    /// yet.
    Fd line;
};

/// `wanted` must have been checked.
Result<Terminal> open_terminal(Pty const& wanted);

/// How many columns the terminal `fd` has; 0: `fd` is no terminal. 80 if the terminal
/// does not say.
int columns_of(int fd) noexcept;

/// True for the controller of a pseudo-terminal.
bool is_controller(int fd) noexcept;

/// True for a controller whose line no program has open now.
bool has_hung_up(int controller) noexcept;

/// `fd`: either side.
std::error_code resize_terminal(int fd, int rows, int columns) noexcept;

/// The keys that make programs read end of file when `last` was typed before.
/// Empty if the terminal has no such key.
std::string keys_of_end(int fd, char last);

} // namespace runnel::inline v0::sys
