// The input of an in-process stage: bytes, cut as the stage asks.
#pragma once

#include "flow/byte_source.hpp"

#include <runnel/words.hpp>

#include <memory>

namespace runnel::inline v0::detail {

class ByteLines;
class ChunkSource;

/// Owns the bytes that one run of a stage reads.
class CodeInput {
public:
    /// No input.
    CodeInput() noexcept = default;

    CodeInput(Cut const& cut, std::unique_ptr<ByteSource> bytes);

    StageInput range() const;

    /// Drops the bytes. Ranges that the stage has kept find the end.
    void close() noexcept;

private:
    std::shared_ptr<ByteLines> lines_;
    std::shared_ptr<ChunkSource> chunks_;
};

} // namespace runnel::inline v0::detail
