// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a piece of code costs, counted by tracing a process that runs it. The counts do
// not depend on how fast or how busy the machine is.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace runnel::test {

/// How often each call is made, by its name.
using SystemCalls = std::map<std::string, int>;

/// Runs `work` twice in a fork of this process and counts the calls of the second
/// time: those of the calling thread, not those of other threads or of children.
/// Calls that only manage memory, and those with which threads wait for each other,
/// are left out: how many there are is for the C library to say. Nothing if this
/// process may trace no other.
std::optional<SystemCalls> system_calls_of(std::function<void()> const& work);

/// "close 2, read 1"
std::string to_string(SystemCalls const& calls);

/// In the same way, the instructions of the calling thread outside of the kernel. Takes
/// some microseconds for each.
std::optional<std::uint64_t> instructions_of(std::function<void()> const& work);

} // namespace runnel::test
