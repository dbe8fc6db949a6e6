// The few macros of runnel. Nothing here is meant for users.
#pragma once

/// Marks what the shared library exports; everything else stays hidden.
/// Exceptions are thrown across the boundary of the library, so their types are
/// marked in static builds as well.
#define RUNNEL_EXPORT [[gnu::visibility("default")]]
