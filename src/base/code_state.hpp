// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What an in-process stage does at this moment, for threads that ask.
#pragma once

#include <atomic>

namespace runnel::inline v0 {

enum class CodeState : unsigned char {
    not_started,
    runs,
    waits_for_input,
    waits_for_reader, ///< its output is not taken
    ended,
};

/// Written by the thread of the stage, read by any thread.
struct CodePlace {
    std::atomic<CodeState> state{CodeState::not_started};
    std::atomic<int> in{-1}; ///< the descriptor that it reads; -1: none
};

/// A wait of a stage; `place` may be null.
class CodeWait {
public:
    CodeWait(CodePlace* place, CodeState what) noexcept : place_(place)
    {
        if (place_ != nullptr)
            place_->state.store(what, std::memory_order_relaxed);
    }
    CodeWait(CodeWait const&) = delete;
    CodeWait& operator=(CodeWait const&) = delete;
    ~CodeWait()
    {
        if (place_ != nullptr)
            place_->state.store(CodeState::runs, std::memory_order_relaxed);
    }

private:
    CodePlace* place_;
};

} // namespace runnel::inline v0
