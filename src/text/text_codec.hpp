// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Text mode of one stream: decoding, encoding, line ends.
#pragma once

#include "sys/converter.hpp"

#include <runnel/detail/bytes.hpp>
#include <runnel/error.hpp>
#include <runnel/text_mode.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// The text mode that options ask for.
class TextMode {
public:
    /// Every `\r\n` and lone `\r` becomes `\n`, or stays: if another character
    /// ends a line.
    enum class Newlines : bool { translated, kept };

    /// Throws `std::invalid_argument` if there is no such encoding.
    TextMode(Encoding const& encoding, TextErrors errors,
             Newlines newlines = Newlines::translated);

    /// The encoding as the caller wrote it, or the locale's for an empty name.
    std::string const& name() const noexcept { return name_; }
    /// The encoding as the system spells it; empty for UTF-8, which is not
    /// converted.
    std::string const& converted() const noexcept { return converted_; }
    TextErrors errors() const noexcept { return errors_; }
    Newlines newlines() const noexcept { return newlines_; }

    /// True if text can be decoded from any byte on: in UTF-8 the next character
    /// is found, and other encodings must have one byte for each character.
    bool can_begin_anywhere() const;

private:
    std::string name_;
    std::string converted_;
    TextErrors errors_;
    Newlines newlines_;
};

/// `nullopt` if none of the options asks for text.
template <class Options>
std::optional<TextMode> text_mode_of(Options const& options)
{
    bool asked =
        options.text || !options.encoding.empty() || options.errors.has_value();
    if constexpr (!requires {
                      options.delimiter;
                  }) // in `LineOptions` it is not text mode
        asked = asked || options.universal_newlines;
    if (!asked)
        return {};
    auto newlines = TextMode::Newlines::translated;
    if constexpr (requires { options.delimiter; })
        if (options.delimiter != '\n')
            newlines = TextMode::Newlines::kept;
    return TextMode(options.encoding,
                    options.errors.value_or(TextErrors::strict), newlines);
}

/// Turns every `\r\n` and lone `\r` into `\n`, even if a `\r\n` is split
/// between calls.
class NewlineTranslation {
public:
    /// Translates what `text` holds from `begin` on.
    void translate(detail::Bytes& text, std::size_t begin) noexcept;

private:
    bool after_return_ = false; ///< a `\n` that follows belongs to the `\r`
};

/// Decodes bytes that a child wrote to UTF-8.
class Decoder {
public:
    /// `stream`: its name in messages; must outlive the decoder.
    explicit Decoder(TextMode const& mode, std::string_view stream);

    /// Appends complete characters to `text` and keeps the rest. Before it
    /// throws `TextError`, it appends the text in front of the error. Each
    /// later call throws again.
    void decode(std::string_view bytes, detail::Bytes& text);

    /// Ends the input: an incomplete character is an error.
    void finish(detail::Bytes& text);

    /// Bytes of an incomplete character, or bytes that are in error.
    std::string_view pending() const noexcept { return pending_; }

private:
    struct Step {
        sys::Converter::Stop stop;
        std::size_t bad;
    };
    void take_all(std::string_view bytes, detail::Bytes& text, bool is_last);
    std::size_t take(std::string_view& bytes, detail::Bytes& text,
                     bool is_last);
    Step advance(std::string_view& bytes, detail::Bytes& text);
    std::size_t size_of_invalid(std::string_view bytes);
    void flush(detail::Bytes& text);
    void append_marks(std::string_view bad, detail::Bytes& text) const;
    [[noreturn]] void fail(std::string_view bad) const;

    TextMode mode_;
    std::string_view stream_;
    sys::Converter converter_;
    sys::Converter probe_; ///< to find out how long invalid bytes are
    std::size_t unit_ = 1; ///< no character has fewer bytes
    bool is_stateless_ = true; ///< except for a character that is held back
    std::string pending_;
    std::size_t passed_ = 0; ///< bytes in front of `pending_`
    NewlineTranslation newlines_;
};

/// Encodes UTF-8 to the bytes that a child reads.
class Encoder {
public:
    explicit Encoder(TextMode const& mode, std::string_view stream);

    /// Appends complete characters to `bytes` and keeps the rest. If it throws
    /// `TextError`, it appends nothing.
    void encode(std::string_view text, detail::Bytes& bytes);

    /// Ends the text: an incomplete character is an error.
    void finish(detail::Bytes& bytes);

    /// Encodes the last text, and ends it. Returns `text` itself if encoding leaves
    /// it as it is; else appends to `bytes` and returns all of them. A strict encoder
    /// that throws `TextError` is as it was before.
    std::string_view encode_last(std::string_view text, detail::Bytes& bytes);

private:
    void take_all(std::string_view text, detail::Bytes& bytes, bool is_last);
    void check(std::string_view text, bool is_last);
    void take(std::string_view& text, detail::Bytes& bytes, bool is_last);
    void convert(std::string_view text, detail::Bytes& bytes);
    std::size_t size_of_known(std::string_view text);
    bool knows(std::string_view character);
    void append_mark(std::string_view escaped, detail::Bytes& bytes);
    [[noreturn]] void fail(std::string_view bad, std::size_t offset) const;

    TextMode mode_;
    std::string_view stream_;
    sys::Converter converter_;
    sys::Converter probe_; ///< to find out which characters the encoding has
    std::string pending_;
    std::size_t passed_ = 0;
};

/// Decodes, or encodes, all of a stream at once. An output that was not
/// captured stays so.
Output decoded(Output const& bytes, TextMode const& mode,
               std::string_view stream);
std::string encoded(std::string_view text, TextMode const& mode,
                    std::string_view stream);

/// The same without a copy: `text` itself if encoding leaves it as it is, else all
/// of `into`, which must be empty.
std::string_view encoded(std::string_view text, TextMode const& mode,
                         std::string_view stream, detail::Bytes& into);

/// Decodes all outputs in `result`. If it throws `TextError`, the error holds
/// the bytes and `result` is unchanged.
void decode_outputs(CompletedProcess& result, TextMode const& mode);

} // namespace runnel::inline v0
