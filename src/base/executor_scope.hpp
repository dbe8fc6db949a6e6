// Which executor the verbs of a thread use; see `UseExecutor`.
#pragma once

namespace runnel::inline v0 {

class Executor;

/// Of this thread; null if none was asked for.
Executor* scoped_executor() noexcept;

/// Sets it, and gives the one before.
Executor* set_scoped_executor(Executor* executor) noexcept;

} // namespace runnel::inline v0
