// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the environment variables RUNNEL_VERBOSE and RUNNEL_TRACE ask for.
#pragma once

#include <runnel/observer.hpp>

#include <memory>
#include <string>

namespace runnel::inline v0 {

/// An observer for the values of the two variables; null if both ask for nothing. A
/// trace that cannot be opened is reported on stderr.
std::unique_ptr<Observer> observer_for(std::string const& verbose,
                                       std::string const& trace);

} // namespace runnel::inline v0
