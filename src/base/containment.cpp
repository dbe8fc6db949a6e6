// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/containment.hpp>

namespace runnel::inline v0 {

std::string_view to_string(Containment containment) noexcept
{
    switch (containment) {
    case Containment::none: return "none";
    case Containment::group: return "group";
    case Containment::session: return "session";
    case Containment::cgroup: return "cgroup";
    case Containment::best: return "best";
    }
    return {};
}

} // namespace runnel::inline v0
