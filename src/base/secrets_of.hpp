// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The secrets of a whole result.
#pragma once

#include <runnel/result.hpp>

namespace runnel::inline v0 {

/// Those of all commands: what one of them got, another one may print.
inline Secrets secrets_of(CompletedProcess const& result)
{
    Secrets all;
    for (auto const& stage : result.stages)
        all.add(stage.secrets);
    return all;
}

} // namespace runnel::inline v0
