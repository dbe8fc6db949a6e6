// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/exit_status.hpp>

#include "sys/signal.hpp"

namespace runnel::inline v0 {

std::string signal_name(int signal)
{
    return sys::signal_name(signal);
}

std::string to_string(ExitStatus status)
{
    if (auto const code = status.code())
        return "exit code " + std::to_string(*code);
    if (auto const signal = status.signal())
        return "killed by " + signal_name(*signal)
             + (status.core_dumped() ? " (core dumped)" : "");
    return "unknown exit status";
}

} // namespace runnel::inline v0
