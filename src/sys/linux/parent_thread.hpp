// The thread that is the parent of children which die with their parent.
#pragma once

#include <functional>

namespace runnel::inline v0::sys {

/// True on the thread that ends when the process does.
bool is_main_thread() noexcept;

/// Calls `make`, which makes a child and gives its pid, on a thread that stays
/// until the child has ended. Returns as soon as the child is made; a negative
/// result is none. The thread has the attributes of the calling thread (nice
/// value, processors, capabilities), which the child inherits.
///
/// Throws what `make` throws, and `std::system_error` if there can be no more
/// threads.
void on_parent_thread(std::function<int()> const& make);

} // namespace runnel::inline v0::sys
