// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The input of an in-process stage, cut as the stage asks.
#pragma once

#include "flow/byte_source.hpp"

#include <runnel/words.hpp>

#include <memory>
#include <utility>

namespace runnel::inline v0::detail {

class ChunkSource;

/// Owns what one run of a stage reads. After its destruction, ranges that the
/// stage has kept are at their end.
class CodeInput {
public:
    /// No input.
    CodeInput() noexcept = default;

    CodeInput(Cut const& cut, std::unique_ptr<ByteSource> bytes);
    explicit CodeInput(std::shared_ptr<LineSource> lines) noexcept
        : lines_(std::move(lines))
    {
    }
    CodeInput(CodeInput&&) noexcept = default;
    CodeInput& operator=(CodeInput&&) noexcept = default;
    ~CodeInput() { close(); }

    StageInput range() const;

    /// The same as destruction.
    void close() noexcept;

private:
    std::shared_ptr<LineSource> lines_;
    std::shared_ptr<ChunkSource> chunks_;
};

} // namespace runnel::inline v0::detail
