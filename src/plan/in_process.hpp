// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Composes and claims in-process stages.
#pragma once

#include <runnel/words.hpp>

#include <memory>

namespace runnel::inline v0::detail {

/// A stage that passes the words of `first` to `second`.
class Composed final : public InProcess {
public:
    Composed(std::shared_ptr<InProcess const> first,
             std::shared_ptr<InProcess const> second);

    std::unique_ptr<WordPull> open(StageInput in, Cancel cancel) const override;
    Use use_of() const noexcept override;
    bool gives_bytes() const noexcept override
    {
        return second_->gives_bytes();
    }
    bool claim() const noexcept override;
    void unclaim() const noexcept override;

    std::shared_ptr<InProcess const> const& first() const noexcept
    {
        return first_;
    }
    std::shared_ptr<InProcess const> const& second() const noexcept
    {
        return second_;
    }

private:
    std::unique_ptr<WordPull> open_first(StageInput in, Cancel cancel) const;

    std::shared_ptr<InProcess const> first_;
    std::shared_ptr<InProcess const> second_;
};

/// Claims the right to run `code`. Throws `std::logic_error` if it cannot be
/// run (again).
void claim(InProcess const& code);

} // namespace runnel::inline v0::detail
