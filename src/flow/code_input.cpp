// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "flow/code_input.hpp"

#include "flow/chunk_source.hpp"
#include "flow/line_sources.hpp"

namespace runnel::inline v0::detail {

CodeInput::CodeInput(Cut const& cut, std::unique_ptr<ByteSource> bytes)
{
    if (auto const* const lines = cut.lines())
        lines_ = std::make_shared<ByteLines>(
            text_of(std::move(bytes), *lines, "the input of a stage"), *lines);
    else if (auto const* const chunks = cut.chunks())
        chunks_ = std::make_shared<ChunkSource>(std::move(bytes), chunks->size,
                                                chunks->options);
}

StageInput CodeInput::range() const
{
    StageInput input;
    if (lines_)
        input.lines = LineRange(lines_);
    if (chunks_)
        input.chunks = ChunkRange(chunks_);
    return input;
}

void CodeInput::close() noexcept
{
    if (lines_)
        lines_->close();
    if (chunks_)
        chunks_->close();
}

} // namespace runnel::inline v0::detail
