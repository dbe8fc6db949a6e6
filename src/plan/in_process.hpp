// Composes and claims in-process stages.
#pragma once

#include <runnel/words.hpp>

#include <memory>

namespace runnel::inline v0::detail {

/// A stage that passes the words of `first` to `second`.
std::shared_ptr<InProcess const>
compose(std::shared_ptr<InProcess const> first,
        std::shared_ptr<InProcess const> second);

/// Claims the right to run `code`. Throws `std::logic_error` if it cannot be
/// run (again).
void claim(InProcess const& code);

} // namespace runnel::inline v0::detail
