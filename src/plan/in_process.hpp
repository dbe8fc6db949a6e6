// C++ that stands in the place of commands: how it is put together.
#pragma once

#include <runnel/words.hpp>

#include <memory>

namespace runnel::inline v0::detail {

/// One that feeds what `first` gives to `second`.
std::shared_ptr<InProcess const>
compose(std::shared_ptr<InProcess const> first,
        std::shared_ptr<InProcess const> second);

/// Throws `std::logic_error` if it cannot be run (again).
void claim(InProcess const& code);

} // namespace runnel::inline v0::detail
