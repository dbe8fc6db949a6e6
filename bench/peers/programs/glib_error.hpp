// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the peers that use GLib share.
#pragma once

#include <stdexcept>
#include <string>

#include <glib.h>

namespace bench {

/// Throws what GLib says in `error`, which the call that gave `good` has set.
inline void expect(bool good, GError* const& error)
{
    if (good)
        return;
    std::string const message = error->message;
    g_error_free(error);
    throw std::runtime_error(message);
}

} // namespace bench
