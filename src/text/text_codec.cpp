// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "text/text_codec.hpp"

#include "text/utf8.hpp"
#include "text/visible.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

namespace {

using Stop = sys::Converter::Stop;

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

/// Lower case letters and digits, nothing else.
std::string bare(std::string_view name)
{
    std::string result;
    for (char const c : name)
        if (c >= 'A' && c <= 'Z')
            result += static_cast<char>(c - 'A' + 'a');
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            result += c;
    return result;
}

std::string name_of(Encoding const& encoding)
{
    if (!encoding.empty())
        return encoding.name();
    auto locale = sys::locale_encoding();
    return locale.empty() ? "utf-8" : locale;
}

/// `\x7f`, `\u20ac`, `\U0001f600`.
std::string escape(char32_t code)
{
    constexpr std::string_view digits = "0123456789abcdef";
    int const places = code < 0x100 ? 2 : code < 0x10000 ? 4 : 8;
    std::string text = places == 2 ? "\\x" : places == 4 ? "\\u" : "\\U";
    for (int place = places - 1; place >= 0; --place)
        text += digits[code >> (4 * place) & 0xf];
    return text;
}

std::string escape_bytes(std::string_view bytes)
{
    std::string text;
    for (char const byte : bytes)
        text += escape(static_cast<unsigned char>(byte));
    return text;
}

sys::Converter open_converter(std::string const& to, std::string const& from)
{
    auto opened = sys::Converter::open(to, from);
    if (!opened)
        throw SystemError(opened.error, "cannot convert " + from + " to " + to);
    return std::move(opened.value);
}

/// Calls `step` with more and more room until the room is enough.
template <class Step>
Stop with_room(detail::Bytes& into, std::size_t room, Step step)
{
    for (;;) {
        auto tail = into.tail(room);
        auto const size = tail.size();
        auto const stop = step(tail);
        into.commit(size - tail.size());
        if (stop != Stop::full)
            return stop;
        room *= 2;
    }
}

/// True for encodings with shift states: a flush would reset the state in the
/// middle of the text.
bool has_shift_states(std::string const& encoding)
{
    auto const name = bare(encoding);
    return name.find("2022") != name.npos || name == "utf7";
}

/// The offset of the first tag character, U+E0000 to U+E007F. glibc silently
/// drops tag characters that an encoding does not have.
constexpr std::size_t tag_size = 4;
std::size_t tag_in(std::string_view text)
{
    for (std::size_t at = 0;; ++at) {
        at = text.find("\xf3\xa0", at);
        if (at == text.npos || at + tag_size > text.size())
            return text.npos;
        auto const third = static_cast<unsigned char>(text[at + 2]);
        if (third == 0x80 || third == 0x81)
            return at;
    }
}

/// The least number of bytes of each character after the first.
std::size_t unit_of(std::string const& encoding)
{
    auto converter = open_converter(encoding, "UTF-8");
    std::array<char, 32> room{};
    std::size_t size = 0;
    for (int i = 0; i < 2; ++i) { // the first one may have a mark before it
        std::string_view text = "a";
        std::span<char> into = room;
        static_cast<void>(converter.convert(text, into));
        size = room.size() - into.size();
    }
    return std::max<std::size_t>(size, 1);
}

} // namespace

TextMode::TextMode(Encoding const& encoding, TextErrors errors,
                   Newlines newlines)
    : name_(name_of(encoding)), errors_(errors), newlines_(newlines)
{
    if (bare(name_) == "utf8")
        return;
    auto known = sys::known_encoding(name_);
    if (known.error == std::errc::invalid_argument)
        refuse_argument("there is no encoding \"" + name_ + '"');
    if (!known)
        throw SystemError(known.error,
                          "cannot look for encoding \"" + name_ + '"');
    converted_ = std::move(known.value);
}

bool TextMode::can_begin_anywhere() const
{
    if (converted_.empty())
        return true;
    if (has_shift_states(converted_))
        return false;
    auto converter = open_converter("UTF-8", converted_);
    for (int byte = 0; byte < 256; ++byte) {
        char const one = static_cast<char>(byte);
        std::string_view text(&one, 1);
        std::array<char, 16> room{};
        std::span<char> into = room;
        if (converter.convert(text, into) == Stop::incomplete)
            return false;
    }
    return true;
}

// --- line ends ---------------------------------------------------------------------

void NewlineTranslation::translate(detail::Bytes& text,
                                   std::size_t begin) noexcept
{
    auto* at = text.data() + begin;
    auto* const end = text.data() + text.size();
    auto* to = at;
    while (at != end) {
        if (std::exchange(after_return_, false) && *at == '\n') {
            ++at;
            continue;
        }
        auto const left = static_cast<std::size_t>(end - at);
        auto* const found = static_cast<char*>(std::memchr(at, '\r', left));
        auto const plain =
            found != nullptr ? static_cast<std::size_t>(found - at) : left;
        std::memmove(to, at, plain);
        to += plain;
        at += plain;
        if (found != nullptr) {
            *to++ = '\n';
            ++at;
            after_return_ = true;
        }
    }
    text.drop_back(static_cast<std::size_t>(end - to));
}

// --- Decoder -----------------------------------------------------------------------

Decoder::Decoder(TextMode const& mode, std::string_view stream)
    : mode_(mode), stream_(stream)
{
    if (mode_.converted().empty())
        return;
    converter_ = open_converter("UTF-8", mode_.converted());
    probe_ = open_converter("UTF-8", mode_.converted());
    unit_ = unit_of(mode_.converted());
    is_stateless_ = unit_ == 1 && !has_shift_states(mode_.converted());
}

void Decoder::decode(std::string_view bytes, detail::Bytes& text)
{
    take_all(bytes, text, false);
}

void Decoder::finish(detail::Bytes& text)
{
    take_all({}, text, true);
}

// Some encodings hold a character back, because an accent may follow.
void Decoder::flush(detail::Bytes& text)
{
    if (mode_.converted().empty())
        return;
    with_room(text, 16,
              [&](std::span<char>& room) { return converter_.finish(room); });
}

void Decoder::take_all(std::string_view bytes, detail::Bytes& text,
                       bool is_last)
{
    auto joined = std::exchange(pending_, {});
    if (!joined.empty()) {
        joined += bytes;
        bytes = joined;
    }
    auto const size = bytes.size();
    auto const begin = text.size();
    auto const bad = take(bytes, text, is_last);
    passed_ += size - bytes.size();
    if (mode_.newlines() == TextMode::Newlines::translated)
        newlines_.translate(text, begin);
    std::string const first_bad(bytes.substr(0, bad));
    pending_.assign(bytes);
    if (bad != 0)
        fail(first_bad);
}

/// Returns the number of bad bytes if they are an error, otherwise 0.
std::size_t Decoder::take(std::string_view& bytes, detail::Bytes& text,
                          bool is_last)
{
    for (;;) {
        auto const step = advance(bytes, text);
        bool const is_bad = step.stop == Stop::invalid
                         || (step.stop == Stop::incomplete && is_last);
        if (is_bad ? is_stateless_ : is_last)
            flush(text);
        if (!is_bad)
            return 0;
        if (mode_.errors() == TextErrors::strict)
            return step.bad;
        append_marks(bytes.substr(0, step.bad), text);
        bytes.remove_prefix(step.bad);
    }
}

Decoder::Step Decoder::advance(std::string_view& bytes, detail::Bytes& text)
{
    if (mode_.converted().empty()) {
        auto const scan = scan_utf8(bytes);
        text.append(bytes.substr(0, scan.valid));
        bytes.remove_prefix(scan.valid);
        return {scan.stop == Utf8Scan::at_end          ? Stop::done
                : scan.stop == Utf8Scan::at_incomplete ? Stop::incomplete
                                                       : Stop::invalid,
                scan.bad};
    }
    auto const stop =
        with_room(text, bytes.size() + 16, [&](std::span<char>& room) {
            return converter_.convert(bytes, room);
        });
    return {stop,
            stop == Stop::invalid ? size_of_invalid(bytes) : bytes.size()};
}

/// The size of the front part that more bytes could have completed; one unit at
/// least.
std::size_t Decoder::size_of_invalid(std::string_view bytes)
{
    constexpr std::size_t longest = 8;
    auto const end = std::min(bytes.size(), longest);
    for (auto size = unit_; size <= end; size += unit_) {
        std::array<char, 64> room{};
        std::span<char> into = room;
        auto begin = bytes.substr(0, size);
        probe_.reset();
        if (probe_.convert(begin, into) != Stop::incomplete)
            return std::max(unit_, size - unit_);
    }
    return std::min(unit_, bytes.size());
}

void Decoder::append_marks(std::string_view bad, detail::Bytes& text) const
{
    if (mode_.errors() == TextErrors::replace)
        text.append(replacement);
    else if (mode_.errors() == TextErrors::backslashreplace)
        text.append(escape_bytes(bad));
}

void Decoder::fail(std::string_view bad) const
{
    throw TextError({.decoding = true,
                     .encoding = mode_.name(),
                     .stream = std::string(stream_),
                     .bad = std::string(bad),
                     .at = passed_});
}

// --- Encoder -----------------------------------------------------------------------

Encoder::Encoder(TextMode const& mode, std::string_view stream)
    : mode_(mode), stream_(stream)
{
    if (mode_.converted().empty())
        return;
    converter_ = open_converter(mode_.converted(), "UTF-8");
    probe_ = open_converter(mode_.converted(), "UTF-8");
}

void Encoder::encode(std::string_view text, detail::Bytes& bytes)
{
    take_all(text, bytes, false);
}

void Encoder::finish(detail::Bytes& bytes)
{
    static_cast<void>(encode_last({}, bytes));
}

std::string_view Encoder::encode_last(std::string_view text,
                                      detail::Bytes& bytes)
{
    if (mode_.converted().empty() && pending_.empty()
        && scan_utf8(text).stop == Utf8Scan::at_end)
        return text;
    take_all(text, bytes, true);
    if (!mode_.converted().empty())
        with_room(bytes, 16, [&](std::span<char>& room) {
            return converter_.finish(room);
        });
    return bytes.view();
}

void Encoder::take_all(std::string_view text, detail::Bytes& bytes,
                       bool is_last)
{
    std::string joined;
    auto left = text;
    if (!pending_.empty()) {
        joined = pending_;
        joined += text;
        left = joined;
    }
    if (mode_.errors() == TextErrors::strict)
        check(left, is_last);
    auto const size = left.size();
    take(left, bytes, is_last);
    passed_ += size - left.size();
    pending_ = std::string(left);
}

// Called before anything is converted, because an encoding with shift states
// cannot go back to an earlier state.
void Encoder::check(std::string_view text, bool is_last)
{
    auto const scan = scan_utf8(text);
    if (!mode_.converted().empty()) {
        auto const known = size_of_known(text.substr(0, scan.valid));
        if (known != scan.valid)
            fail(text.substr(known, first_utf8(text.substr(known)).size),
                 known);
    }
    bool const is_bad = scan.stop == Utf8Scan::at_invalid
                     || (scan.stop == Utf8Scan::at_incomplete && is_last);
    if (is_bad)
        fail(text.substr(scan.valid, scan.bad), scan.valid);
}

void Encoder::take(std::string_view& text, detail::Bytes& bytes, bool is_last)
{
    for (;;) {
        auto const scan = scan_utf8(text);
        convert(text.substr(0, scan.valid), bytes);
        text.remove_prefix(scan.valid);
        if (scan.stop == Utf8Scan::at_end
            || (scan.stop == Utf8Scan::at_incomplete && !is_last))
            return;
        append_mark(escape_bytes(text.substr(0, scan.bad)), bytes);
        text.remove_prefix(scan.bad);
    }
}

/// Converts well-formed text; writes marks for characters that the encoding
/// lacks.
void Encoder::convert(std::string_view text, detail::Bytes& bytes)
{
    if (mode_.converted().empty()) {
        bytes.append(text);
        return;
    }
    bool const is_checked = mode_.errors() == TextErrors::strict;
    for (;;) {
        auto known = is_checked ? text : text.substr(0, size_of_known(text));
        text.remove_prefix(known.size());
        with_room(bytes, known.size() + 16, [&](std::span<char>& room) {
            return converter_.convert(known, room);
        });
        if (text.empty())
            return;
        auto const character = first_utf8(text);
        text.remove_prefix(character.size);
        append_mark(escape(character.code), bytes);
    }
}

/// The size of well-formed text up to the first character that the encoding
/// lacks.
std::size_t Encoder::size_of_known(std::string_view text)
{
    std::array<char, 4096> room;
    auto left = text.substr(0, tag_in(text));
    for (;;) {
        std::span<char> into = room;
        auto const stop = probe_.convert(left, into);
        if (stop == Stop::full)
            continue;
        auto const known = static_cast<std::size_t>(left.data() - text.data());
        if (stop != Stop::done || known == text.size())
            return known;
        // A tag: the converter drops it silently.
        auto const tag = text.substr(known, tag_size);
        if (!knows(tag))
            return known;
        auto const rest = text.substr(known + tag_size);
        left = rest.substr(0, tag_in(rest));
    }
}

/// False if the converter refuses or drops `character`.
bool Encoder::knows(std::string_view character)
{
    std::array<char, 64> room;
    std::span<char> into = room;
    auto const stop = probe_.convert(character, into);
    return stop == Stop::done && into.size() != room.size();
}

void Encoder::append_mark(std::string_view escaped, detail::Bytes& bytes)
{
    auto mark = mode_.errors() == TextErrors::backslashreplace ? escaped
              : mode_.errors() == TextErrors::replace          ? "?"
                                                      : std::string_view();
    if (mode_.converted().empty())
        bytes.append(mark);
    else
        with_room(bytes, mark.size() * 4 + 16, [&](std::span<char>& room) {
            return converter_.convert(mark, room);
        });
}

void Encoder::fail(std::string_view bad, std::size_t offset) const
{
    throw TextError({.decoding = false,
                     .encoding = mode_.name(),
                     .stream = std::string(stream_),
                     .bad = std::string(bad),
                     .at = passed_ + offset});
}

// --- all at once ---------------------------------------------------------------------

namespace {

/// `bytes` without the second half of a UTF-8 character at the front.
std::string_view without_half(std::string_view bytes, TextMode const& mode)
{
    auto const is_inner = [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    };
    if (mode.converted().empty())
        for (int i = 0; i < 3 && !bytes.empty() && is_inner(bytes[0]); ++i)
            bytes.remove_prefix(1);
    return bytes;
}

} // namespace

Output decoded(Output const& bytes, TextMode const& mode,
               std::string_view stream)
{
    if (!bytes.captured())
        return bytes;
    detail::Bytes text;
    Decoder decoder(mode, stream);
    if (bytes.truncated()) {
        // The limit may have cut through a character, at either end.
        decoder.decode(without_half(bytes.view(), mode), text);
    } else {
        decoder.decode(bytes.view(), text);
        decoder.finish(text);
    }
    return Output(std::move(text), bytes.truncated());
}

namespace {

/// Outputs that share bytes share the text as well.
class OutputDecoder {
public:
    explicit OutputDecoder(TextMode const& mode) : mode_(mode) {}

    Output operator()(Output const& bytes, std::string_view stream)
    {
        if (!bytes.captured())
            return bytes;
        for (auto const& [known, text] : done_)
            if (known.data() == bytes.data() && known.size() == bytes.size())
                return text;
        auto text = decoded(bytes, mode_, stream);
        done_.emplace_back(bytes, text);
        return text;
    }

private:
    TextMode const& mode_;
    std::vector<std::pair<Output, Output>> done_;
};

void decode(CompletedProcess& result, OutputDecoder text_of)
{
    result.out = text_of(result.out, "stdout");
    result.err = text_of(result.err, "stderr");
    for (auto& stage : result.stages) {
        stage.out = text_of(stage.out, "stdout");
        stage.err = text_of(stage.err, "stderr");
    }
    for (auto& kept : result.captures)
        kept.bytes =
            text_of(kept.bytes, kept.stream == 2 ? "stderr" : "stdout");
}

} // namespace

void decode_outputs(CompletedProcess& result, TextMode const& mode)
{
    auto text = result;
    try {
        decode(text, OutputDecoder(mode));
    } catch (TextError const& error) {
        throw error.with(result.out, result.err);
    }
    result = std::move(text);
}

std::string encoded(std::string_view text, TextMode const& mode,
                    std::string_view stream)
{
    detail::Bytes bytes;
    return std::string(encoded(text, mode, stream, bytes));
}

std::string_view encoded(std::string_view text, TextMode const& mode,
                         std::string_view stream, detail::Bytes& into)
{
    return Encoder(mode, stream).encode_last(text, into);
}

} // namespace runnel::inline v0
