// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Decoding and encoding, in whatever pieces the bytes come.
#include "text/text_codec.hpp"
#include "text/utf8.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace runnel;
using namespace std::string_literals;

namespace {

TextMode mode(std::string const& encoding, TextErrors errors)
{
    return TextMode(Encoding(encoding), errors);
}

/// The text of `bytes` that come `piece` at a time.
std::string text_of(std::string_view bytes, TextMode const& how,
                    std::size_t piece = 1000)
{
    Decoder decoder(how, "stdout");
    detail::Bytes text;
    while (!bytes.empty()) {
        decoder.decode(bytes.substr(0, piece), text);
        bytes.remove_prefix(std::min(piece, bytes.size()));
    }
    decoder.finish(text);
    return std::string(text.view());
}

std::string bytes_of(std::string_view text, TextMode const& how,
                     std::size_t piece = 1000)
{
    Encoder encoder(how, "stdin");
    detail::Bytes bytes;
    while (!text.empty()) {
        encoder.encode(text.substr(0, piece), bytes);
        text.remove_prefix(std::min(piece, text.size()));
    }
    encoder.finish(bytes);
    return std::string(bytes.view());
}

/// In pieces of every size, which must not matter.
std::string text_of_pieces(std::string_view bytes, TextMode const& how)
{
    auto const whole = text_of(bytes, how);
    for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
        CAPTURE(piece);
        CHECK(text_of(bytes, how, piece) == whole);
    }
    return whole;
}

std::string bytes_of_pieces(std::string_view text, TextMode const& how)
{
    auto const whole = bytes_of(text, how);
    for (std::size_t piece = 1; piece < text.size(); ++piece) {
        CAPTURE(piece);
        CHECK(bytes_of(text, how, piece) == whole);
    }
    return whole;
}

/// The error of decoding `bytes`.
TextError::Details failure_of(std::string_view bytes,
                              std::string const& encoding)
{
    try {
        static_cast<void>(
            text_of(bytes, mode(encoding, TextErrors::strict), 1));
    } catch (TextError const& error) {
        return error.details();
    }
    return {.stream = "nothing was thrown"};
}

} // namespace

TEST_CASE("every encoding of the system becomes UTF-8", "[text][row:P24]")
{
    struct Sample {
        std::string encoding;
        std::string bytes;
    };
    for (auto const& [encoding, bytes] : std::vector<Sample>{
             {"utf-8", "gr\xc3\xbc\xc3\x9f"},
             {"latin-1", "gr\xfc\xdf"},
             {"cp850", "gr\x81\xe1"},
             {"utf-16-le", "g\0r\0\xfc\0\xdf\0"s},
             {"utf-16", "\xfe\xff\0g\0r\0\xfc\0\xdf"s},
             {"utf_32_be", "\0\0\0g\0\0\0r\0\0\0\xfc\0\0\0\xdf"s},
         }) {
        CAPTURE(encoding);
        CHECK(text_of_pieces(bytes, mode(encoding, TextErrors::strict))
              == "gr\xc3\xbc\xc3\x9f");
    }
}

TEST_CASE("UTF-8 becomes every encoding of the system", "[text][row:P24]")
{
    auto const strict = TextErrors::strict;
    std::string const text = "gr\xc3\xbc\xe2\x82\xac";
    CHECK(bytes_of_pieces(text, mode("utf-8", strict)) == text);
    CHECK(bytes_of_pieces(text, mode("cp1252", strict)) == "gr\xfc\x80");
    CHECK(bytes_of_pieces(text, mode("utf-16-be", strict))
          == "\0g\0r\0\xfc\x20\xac"s);
    CHECK(bytes_of_pieces(text, mode("utf-16", strict)).size() == 2 + 4 * 2);
}

TEST_CASE("an encoding with shift states begins and ends plain",
          "[text][row:P24]")
{
    auto const how = mode("iso2022_jp", TextErrors::strict);
    std::string const text = "a\xe3\x81\x82";
    std::string const bytes = "a\x1b$B$\"\x1b(B";
    CHECK(bytes_of_pieces(text, how) == bytes);
    CHECK(text_of_pieces(bytes, how) == text);
}

TEST_CASE("names of encodings are those of Python and of iconv",
          "[text][row:P24]")
{
    for (auto const* name :
         {"utf8",        "UTF-8",      "utf_8",     "latin1", "latin-1",
          "iso-8859-15", "iso8859-15", "iso8859_2", "cp1252", "windows-1252",
          "utf-16-le",   "UTF16LE",    "koi8-r",    "koi8_u", "shift_jis",
          "euc_jp",      "big5",       "gb18030",   "ascii",  "us-ascii"}) {
        CAPTURE(name);
        CHECK_NOTHROW(mode(name, TextErrors::strict));
    }
}

TEST_CASE("an encoding that nobody knows is refused by its name",
          "[text][row:P24]")
{
    for (auto const* name : {"no-such", "utf-8//IGNORE", "latin1/", "-", "_"}) {
        CAPTURE(name);
        CHECK_THROWS_WITH(mode(name, TextErrors::strict),
                          Catch::Contains("there is no encoding \""
                                          + std::string(name) + '"'));
    }
    CHECK_THROWS_AS(mode("latin1\0x"s, TextErrors::strict),
                    std::invalid_argument);
}

TEST_CASE("bytes that are no text are treated as was asked",
          "[text][row:P24][fault:I06]")
{
    std::string const bytes = "a\xff\xe2\x82z";
    CHECK(text_of_pieces(bytes, mode("utf-8", TextErrors::ignore)) == "az");
    CHECK(text_of_pieces(bytes, mode("utf-8", TextErrors::replace))
          == "a\xef\xbf\xbd\xef\xbf\xbdz");
    CHECK(text_of_pieces(bytes, mode("utf-8", TextErrors::backslashreplace))
          == "a\\xff\\xe2\\x82z");
    CHECK(text_of_pieces("a\xe9", mode("ascii", TextErrors::replace))
          == "a\xef\xbf\xbd");
    CHECK(text_of_pieces("\0\xdc\x41\0"s,
                         mode("utf-16-le", TextErrors::backslashreplace))
          == "\\x00\\xdc\x41");
}

TEST_CASE("characters that an encoding lacks are treated as was asked",
          "[text][row:P24]")
{
    std::string const text = "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80.";
    CHECK(bytes_of_pieces(text, mode("ascii", TextErrors::ignore)) == ".");
    CHECK(bytes_of_pieces(text, mode("ascii", TextErrors::replace)) == "???.");
    CHECK(bytes_of_pieces(text, mode("ascii", TextErrors::backslashreplace))
          == "\\xfc\\u20ac\\U0001f600.");
    CHECK(bytes_of_pieces("\xff.", mode("ascii", TextErrors::backslashreplace))
          == "\\xff.");
}

TEST_CASE("an error says where it is and loses nothing in front of it",
          "[text][row:P24]")
{
    auto const bad = failure_of("\xc3\xbc\xe2\x82z", "utf-8");
    CHECK(bad.bad == "\xe2\x82");
    CHECK(bad.at == 2);
    CHECK(bad.encoding == "utf-8");
    CHECK(failure_of("ab\xe9", "ascii").at == 2);
    CHECK(failure_of("ab\xe2\x82", "utf-8").at == 2); // at the end

    Decoder decoder(mode("utf-8", TextErrors::strict), "stdout");
    detail::Bytes text;
    CHECK_THROWS_WITH(decoder.decode("ab\xff.", text),
                      "cannot decode stdout as utf-8: byte 0xff at offset 2");
    CHECK(text.view() == "ab");
    CHECK_THROWS_AS(decoder.decode("", text), TextError);
    CHECK(text.view() == "ab");
}

TEST_CASE("text that cannot be encoded is not written in part",
          "[text][row:P24]")
{
    Encoder encoder(mode("latin-1", TextErrors::strict), "stdin");
    detail::Bytes bytes;
    encoder.encode("ab", bytes);
    CHECK_THROWS_WITH(encoder.encode("c\xe2\x82\xac", bytes),
                      "cannot encode stdin as latin-1: U+20AC at offset 3");
    CHECK(bytes.view() == "ab");
    encoder.encode("d", bytes);
    CHECK(bytes.view() == "abd");
    CHECK_THROWS_WITH(encoder.encode("\xff", bytes),
                      Catch::Contains("byte 0xff, no UTF-8, at offset 3"));
}

TEST_CASE("text that cannot be encoded changes no shift state",
          "[text][row:P24]")
{
    auto const jis = mode("iso2022_jp", TextErrors::strict);
    Encoder encoder(jis, "stdin");
    detail::Bytes bytes;
    CHECK_THROWS_AS(encoder.encode("\xe6\x97\xa5\xe2\x82\xac", bytes),
                    TextError);
    encoder.encode("\xe6\x97\xa5", bytes);
    encoder.finish(bytes);
    CHECK(bytes.view() == bytes_of("\xe6\x97\xa5", jis));

    auto const utf16 = mode("utf-16", TextErrors::strict);
    Encoder marked(utf16, "stdin");
    bytes.clear();
    CHECK_THROWS_AS(marked.encode("a\xff", bytes), TextError);
    marked.encode("b", bytes);
    CHECK(bytes.view() == bytes_of("b", utf16));
}

TEST_CASE("writing nothing changes no shift state", "[text][row:P24]")
{
    for (auto const* name : {"utf-16", "iso2022_jp"}) {
        CAPTURE(name);
        auto const how = mode(name, TextErrors::strict);
        Encoder encoder(how, "stdin");
        detail::Bytes bytes;
        encoder.encode("\xe6\x97\xa5", bytes);
        encoder.encode({}, bytes);
        encoder.encode("\xe6\x9c\xac", bytes);
        encoder.finish(bytes);
        CHECK(bytes.view() == bytes_of("\xe6\x97\xa5\xe6\x9c\xac", how));
    }
}

TEST_CASE("a character that the system would leave out is one that is lacking",
          "[text][row:P24]")
{
    std::string const tagged = "x\xf3\xa0\x81\x81y\xf3\xa0\x81\x82"; // U+E0041
    CHECK_THROWS_WITH(bytes_of(tagged, mode("latin-1", TextErrors::strict)),
                      Catch::Contains("U+E0041 at offset 1"));
    CHECK(bytes_of_pieces(tagged, mode("latin-1", TextErrors::replace))
          == "x?y?");
    CHECK(text_of(bytes_of(tagged, mode("utf-16", TextErrors::strict)),
                  mode("utf-16", TextErrors::strict))
          == tagged);
}

TEST_CASE("a character that waits for an accent is not lost at an error",
          "[text][row:P24]")
{
    CHECK(text_of_pieces("a\x8a"
                         "b\n",
                         mode("cp1258", TextErrors::replace))
          == "a\xef\xbf\xbd"
             "b\n");
    Decoder decoder(mode("cp1258", TextErrors::strict), "stdout");
    detail::Bytes text;
    CHECK_THROWS_AS(decoder.decode("ab\x8a", text), TextError);
    CHECK(text.view() == "ab");
}

TEST_CASE("every line end becomes a newline", "[text][row:P27][fault:I06]")
{
    auto const how = mode("utf-8", TextErrors::strict);
    CHECK(text_of_pieces("a\r\nb\rc\nd\r\r\n\n\r", how)
          == "a\nb\nc\nd\n\n\n\n");
    CHECK(text_of_pieces("\r\0\n\0\r\0x\0"s,
                         mode("utf-16-le", TextErrors::strict))
          == "\n\nx");
}

TEST_CASE("a newline is written as it is on this system", "[text][row:P26]")
{
    CHECK(bytes_of_pieces("a\nb\r\n", mode("utf-8", TextErrors::strict))
          == "a\nb\r\n");
}

TEST_CASE("UTF-8 is well-formed by the table of the Unicode standard", "[text]")
{
    for (auto const* valid : {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
                              "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
                              "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
                              "aaaaaaaaaaaa\xc3\xbc"
                              "aaaaaaaaa"}) {
        auto const scan = scan_utf8(valid);
        CHECK(scan.valid == std::string_view(valid).size());
        CHECK(scan.stop == Utf8Scan::at_end);
    }
    struct Bad {
        char const* bytes;
        std::size_t size;
    };
    for (auto const& [bytes, size] : std::vector<Bad>{
             {"\x80", 1},
             {"\xc0\x80", 1},
             {"\xc1\xbf", 1},
             {"\xe0\x9f\xbf", 1},
             {"\xed\xa0\x80", 1},
             {"\xf0\x8f\xbf\xbf", 1},
             {"\xf4\x90\x80\x80", 1},
             {"\xf5\x80\x80\x80", 1},
             {"\xff", 1},
             {"\xe2\x82z", 2},
             {"\xf0\x9f\x98z", 3},
         }) {
        auto const scan = scan_utf8(bytes);
        CHECK(scan.valid == 0);
        CHECK(scan.stop == Utf8Scan::at_invalid);
        CHECK(scan.bad == size);
    }
    CHECK(scan_utf8("a\xe2\x82").stop == Utf8Scan::at_incomplete);
    CHECK(first_utf8("\xf0\x9f\x98\x80").code == 0x1f600);
}
