// C++ that stands in the place of commands: how it is put together.
#pragma once

#include "sys.hpp"

#include <runnel/words.hpp>

#include <atomic>
#include <memory>

namespace runnel::inline v0::detail {

class CancelFlag {
public:
    std::atomic<bool> asked{false};
    sys::Waker waker; ///< readable from then on
};

/// Thrown through C++ in a thread of a job where that waits for something and
/// nobody wants more of it. No `std::exception`, and swallowed by the job: the
/// input that ends early must not look like one that is complete.
struct Cancelled {};

/// While it lives, what this thread waits for inside the library ends when
/// `flag` asks.
class CancelScope {
public:
    explicit CancelScope(CancelFlag const& flag) noexcept;
    CancelScope(CancelScope const&) = delete;
    CancelScope& operator=(CancelScope const&) = delete;
    ~CancelScope();

    /// Of this thread: a descriptor to wait for as well; -1 without a scope.
    static int fd() noexcept;

    static bool asked() noexcept;

    /// Throws `Cancelled` if it asks.
    static void check();

private:
    CancelFlag const* outer_;
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
