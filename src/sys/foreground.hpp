// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The foreground of the terminal that controls this process.
#pragma once

namespace runnel::inline v0::sys {

/// The foreground of the controlling terminal, while a child has it in place of
/// this process.
class ForegroundLoan {
public:
    /// Nothing is lent.
    ForegroundLoan() noexcept = default;

    /// A child is about to take the foreground. Nothing is lent if this process has
    /// no controlling terminal, or is in the background of its terminal.
    static ForegroundLoan begin() noexcept;

    explicit operator bool() const noexcept { return group_ != 0; }

    /// Makes the group of this process the foreground again, whichever group is it
    /// now. Does nothing the second time.
    void give_back() noexcept;

private:
    int group_ = 0; ///< of this process; 0: nothing is lent
};

} // namespace runnel::inline v0::sys
