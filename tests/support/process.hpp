// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Children of the lowest layer, and processes that runnel did not start.
#pragma once

#include "sys/process.hpp"
#include "sys/spawn.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace runnel::test {

/// A running child, without `Popen` around it. Throws `std::system_error`.
std::unique_ptr<sys::Process>
start_process(std::vector<std::string> const& args,
              std::span<sys::FdMove const> = {});

/// Waits until a child of this process has ended; it is not collected here, but
/// may have been.
void wait_for_end(int pid);

/// A sleeping child of this process with exactly that pid, made as other code
/// of a program would make it; -1 if this process may not choose the pid (only
/// root may).
int make_process_with_pid(int pid);

/// Sends SIGUSR1 to such a child and reaps it. True if nothing else ended it.
bool is_unharmed(int stranger);

} // namespace runnel::test
