// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Any pieces of any bytes give the same text, which is UTF-8, and any text the
// same bytes; what was decoded without an error is encoded again. For
// libFuzzer; scripts/nightly.sh builds and runs it.
//
// The input: a byte for the encoding, one for the policy, one for the size of
// the pieces, then the bytes.
#include "text/text_codec.hpp"
#include "support/require.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

using namespace runnel;
using namespace runnel::test;

namespace {

constexpr std::array encodings{"utf-8",     "ascii",   "latin-1",   "cp1252",
                               "utf-16-le", "utf-16",  "utf-32",    "shift_jis",
                               "euc-jp",    "gb18030", "iso2022-jp"};

/// What `codec` makes of `from`, or nothing if it refuses that.
template <class Codec, class Step>
std::optional<std::string> result_of(TextMode const& mode,
                                     std::string_view from, std::size_t piece,
                                     Step step)
{
    Codec codec(mode, "the input");
    detail::Bytes into;
    try {
        for (; !from.empty(); from.remove_prefix(std::min(piece, from.size())))
            step(codec, from.substr(0, piece), into);
        codec.finish(into);
    } catch (TextError const&) {
        return {};
    }
    return std::string(into.view());
}

std::optional<std::string> text_of(TextMode const& mode, std::string_view bytes,
                                   std::size_t piece)
{
    return result_of<Decoder>(
        mode, bytes, piece,
        [](Decoder& decoder, std::string_view some, detail::Bytes& text) {
            decoder.decode(some, text);
        });
}

std::optional<std::string> bytes_of(TextMode const& mode, std::string_view text,
                                    std::size_t piece)
{
    return result_of<Encoder>(
        mode, text, piece,
        [](Encoder& encoder, std::string_view some, detail::Bytes& bytes) {
            encoder.encode(some, bytes);
        });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data,
                                      std::size_t size)
{
    if (size < 3)
        return 0;
    TextMode const mode(Encoding(encodings[data[0] % encodings.size()]),
                        static_cast<TextErrors>(data[1] % 4));
    std::size_t const piece = data[2] % 16 + 1U;
    std::string_view const bytes(reinterpret_cast<char const*>(data) + 3,
                                 size - 3);

    auto const text = text_of(mode, bytes, bytes.size());
    require(text_of(mode, bytes, piece) == text, "text of pieces");
    if (text)
        require(scan_utf8(*text).stop == Utf8Scan::at_end, "text is UTF-8");
    auto const encoded = bytes_of(mode, bytes, bytes.size());
    require(bytes_of(mode, bytes, piece) == encoded, "bytes of pieces");
    if (text && mode.errors() == TextErrors::strict)
        require(bytes_of(mode, *text, piece).has_value(), "text as bytes");
    return 0;
}
