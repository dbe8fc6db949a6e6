// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What streams need in addition in text mode.
#pragma once

#include "text/text_codec.hpp"

#include <runnel/stream.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace runnel::inline v0::detail {

/// Decodes bytes of a pipe into the buffer of a `ReadStream`, which holds text.
struct TextReader {
    TextReader(TextMode const& mode, std::size_t size, std::string_view stream)
        : decoder(mode, stream), raw(size)
    {
    }

    /// Takes the bytes that were read; none is end of file. An error is thrown
    /// only after the text in front of it was read.
    void take(std::string_view bytes, Bytes& text)
    {
        auto const before = text.size();
        ended = bytes.empty();
        try {
            give(bytes, text);
        } catch (TextError const&) {
            failed = true;
            if (text.size() == before)
                throw;
        }
    }

    /// Throws the error again.
    void fail(Bytes& text) { give({}, text); }

    Decoder decoder;
    std::vector<char> raw;
    bool ended = false;
    bool failed = false;

private:
    void give(std::string_view bytes, Bytes& text)
    {
        if (ended)
            decoder.finish(text);
        else
            decoder.decode(bytes, text);
    }
};

/// Encodes text for the buffer of a `WriteStream`.
struct TextWriter {
    TextWriter(TextMode const& mode, bool flushes_lines,
               std::string_view stream)
        : encoder(mode, stream), by_line(flushes_lines)
    {
    }

    Encoder encoder;
    bool by_line; ///< every line is written at once
};

} // namespace runnel::inline v0::detail
