// C++ that stands in the place of commands: how it is put together.
#pragma once

#include <runnel/words.hpp>

#include <atomic>
#include <memory>

namespace runnel::inline v0::detail {

class CancelFlag {
public:
    std::atomic<bool> asked{false};
};

/// One that feeds what `first` gives to `second`.
std::shared_ptr<InProcess const>
compose(std::shared_ptr<InProcess const> first,
        std::shared_ptr<InProcess const> second);

/// The words of `pull` as lines; each word is one. With `keep_ends` the end
/// that goes behind a word is part of the line.
/// They end when `cancel` asks.
LineRange lines_of(std::unique_ptr<WordPull> pull, LineOptions const& cut,
                   Cancel cancel);

/// Throws `std::logic_error` if it cannot be run (again).
void claim(InProcess const& code);

} // namespace runnel::inline v0::detail
