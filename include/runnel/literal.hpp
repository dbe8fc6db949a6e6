// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A command as one string literal, split at compile time:
//
//     using namespace runnel::literals;    // or all of runnel
//     "grep -n --include={} -r {} ."_cmd(glob, name)
//     "git log -1 '--format=%h %s'"_cmd
//
// Words are separated by blanks; quotes and backslashes work as in a shell.
// Each {} that is not in single quotes is replaced by one argument of the call,
// which stays inside its word, even if it contains blanks or quotes. Characters
// that a shell would expand or act on ($ * ; | > ...) do not compile unless
// they are quoted.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/expression.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

namespace detail {

/// The characters of a literal, as a template parameter.
template <std::size_t Size>
struct LiteralText {
    char text[Size]{};

    // Not explicit: the literal itself is the argument.
    consteval LiteralText(char const (&from)[Size])
    {
        for (std::size_t i = 0; i < Size; ++i)
            text[i] = from[i];
    }

    constexpr std::string_view view() const { return {text, Size - 1}; }
};

/// The mistake in a literal, if there is one.
enum class LiteralError : unsigned char {
    none,
    empty,
    open_quote,
    ends_in_backslash,
    metacharacter,
    lone_brace,
    assignment,
    nul,
};

/// Reads a literal and tells `Sink` what it finds: `character(c)`,
/// `placeholder()`, `word_begins()`.
template <class Sink>
class LiteralReader {
public:
    constexpr LiteralReader(std::string_view text, Sink& sink)
        : rest_(text), sink_(sink)
    {
    }

    constexpr LiteralError read()
    {
        if (rest_.find('\0') != rest_.npos)
            return LiteralError::nul;
        for (bool any = false;; any = true) {
            skip_blanks();
            if (rest_.empty())
                return any ? LiteralError::none : LiteralError::empty;
            sink_.word_begins();
            if (!any && is_assignment())
                return LiteralError::assignment;
            if (rest_.front() == '#' || rest_.front() == '~')
                return LiteralError::metacharacter;
            while (!rest_.empty() && !is_blank(rest_.front()))
                if (auto const error = read_piece();
                    error != LiteralError::none)
                    return error;
        }
    }

private:
    static constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
    static constexpr bool is_letter(char c)
    {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    constexpr void skip_blanks()
    {
        while (!rest_.empty() && is_blank(rest_.front()))
            rest_.remove_prefix(1);
    }

    // NAME=value in front sets a variable in a shell; here it would be a
    // program of that name.
    constexpr bool is_assignment() const
    {
        std::size_t i = 0;
        while (i < rest_.size()
               && (is_letter(rest_[i])
                   || (i > 0 && rest_[i] >= '0' && rest_[i] <= '9')))
            ++i;
        if (i > 0 && i < rest_.size() && rest_[i] == '+')
            ++i;
        return i > 0 && i < rest_.size() && rest_[i] == '=';
    }

    constexpr char take()
    {
        char const c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    constexpr bool take_placeholder()
    {
        if (!rest_.starts_with("{}"))
            return false;
        rest_.remove_prefix(2);
        sink_.placeholder();
        return true;
    }

    constexpr LiteralError read_piece()
    {
        if (take_placeholder())
            return LiteralError::none;
        char const c = take();
        switch (c) {
        case '\'': return read_single();
        case '"': return read_double();
        case '\\':
            if (rest_.empty())
                return LiteralError::ends_in_backslash;
            if (char const escaped = take(); escaped != '\n')
                sink_.character(escaped);
            return LiteralError::none;
        case '{':
        case '}': return LiteralError::lone_brace;
        default: break;
        }
        constexpr std::string_view meta = "|&;<>()$`*?[]!\n\r";
        if (meta.find(c) != meta.npos)
            return LiteralError::metacharacter;
        sink_.character(c);
        return LiteralError::none;
    }

    constexpr LiteralError read_single()
    {
        for (;;) {
            if (rest_.empty())
                return LiteralError::open_quote;
            char const c = take();
            if (c == '\'')
                return LiteralError::none;
            sink_.character(c);
        }
    }

    constexpr LiteralError read_double()
    {
        for (;;) {
            if (take_placeholder())
                continue;
            if (rest_.empty())
                return LiteralError::open_quote;
            char c = take();
            if (c == '"')
                return LiteralError::none;
            if (c == '$' || c == '`')
                return LiteralError::metacharacter;
            constexpr std::string_view escapable = "$`\"\\";
            if (c == '\\' && !rest_.empty()
                && escapable.find(rest_.front()) != escapable.npos)
                c = take();
            sink_.character(c);
        }
    }

    std::string_view rest_;
    Sink& sink_;
};

/// A parsed literal: its characters without quotes, and where its words and its
/// placeholders ("holes") are.
template <std::size_t Size>
struct LiteralWords {
    char text[Size]{};
    std::size_t size = 0;
    std::array<std::size_t, Size> word_at{};
    std::size_t words = 0;
    std::array<std::size_t, Size> hole_at{};
    std::array<std::size_t, Size> hole_word{};
    std::size_t holes = 0;
    LiteralError error = LiteralError::none;

    consteval explicit LiteralWords(LiteralText<Size> const& from)
    {
        error = LiteralReader(from.view(), *this).read();
    }

    constexpr void character(char c) { text[size++] = c; }
    constexpr void placeholder()
    {
        hole_at[holes] = size;
        hole_word[holes++] = words - 1;
    }
    constexpr void word_begins() { word_at[words++] = size; }
};

/// The same by reference: where each word begins in `text`, where each hole is,
/// and in which word.
struct LiteralParts {
    std::string_view text;
    std::span<std::size_t const> word_at;
    std::span<std::size_t const> hole_at;
    std::span<std::size_t const> hole_word;
};

/// The command with one of `values` in each hole.
RUNNEL_EXPORT PlanNodePtr literal_command(LiteralParts const& parts,
                                          Word const* values);

template <LiteralText Text>
inline constexpr LiteralWords literal_words{Text};

template <LiteralText Text>
constexpr bool check_literal()
{
    constexpr auto error = literal_words<Text>.error;
    static_assert(error != LiteralError::empty,
                  "the command of _cmd is empty: write \"ls -l\"_cmd");
    static_assert(error != LiteralError::nul,
                  "the command of _cmd holds a NUL character, which no "
                  "argument can hold: remove it");
    static_assert(
        error != LiteralError::open_quote,
        "a quote in _cmd is never closed: write both, or \\\\ in front of it");
    static_assert(error != LiteralError::ends_in_backslash,
                  "the command of _cmd ends in a backslash: write two for one");
    static_assert(
        error != LiteralError::metacharacter,
        "an unquoted shell metacharacter in _cmd: nothing is expanded here; "
        "quote it, or use the operators |, >, <, &&");
    static_assert(error != LiteralError::lone_brace,
                  "a lone { or } in _cmd: {} is a placeholder, quote others");
    static_assert(error != LiteralError::assignment,
                  "NAME=value in front of a command in _cmd: use .env()");
    return true;
}

template <LiteralText Text, class... Values>
Command fill_literal(Values const&... values)
{
    constexpr auto& words = literal_words<Text>;
    std::array<Word, sizeof...(Values) + 1> const filling{
        Word(values)..., Word(std::string_view())};
    return ExpressionAccess::make<Command>(
        literal_command({{words.text, words.size},
                         {words.word_at.data(), words.words},
                         {words.hole_at.data(), words.holes},
                         {words.hole_word.data(), words.holes}},
                        filling.data()));
}

/// A literal with placeholders, called with one argument for each.
template <LiteralText Text>
struct LiteralTemplate {
    template <class... Values>
        requires(sizeof...(Values) == literal_words<Text>.holes
                 && (std::constructible_from<Word, Values const&> && ...))
    Command operator()(Values const&... values) const
    {
        return fill_literal<Text>(values...);
    }

    template <class... Values>
        requires(sizeof...(Values) != literal_words<Text>.holes)
    RUNNEL_REFUSED(
        "one argument for each {} of _cmd: write \"a {} {}\"_cmd(x, y)",
        Command)
    operator()(Values const&...) const RUNNEL_DELETED;

    template <class... Values>
        requires(sizeof...(Values) == literal_words<Text>.holes
                 && !(std::constructible_from<Word, Values const&> && ...))
    RUNNEL_REFUSED("a {} takes text, a path or an integer: write cmd(\"a\", "
                   "words) for a range",
                   Command)
    operator()(Values const&...) const RUNNEL_DELETED;
};

} // namespace detail

inline namespace literals {

/// See the top of this file. Without `{}`, the literal is a `Command`;
/// otherwise it is called with one argument for each `{}`.
template <detail::LiteralText Text>
auto operator""_cmd()
{
    if constexpr (detail::literal_words<Text>.error
                      == detail::LiteralError::none
                  && detail::literal_words<Text>.holes > 0)
        return detail::LiteralTemplate<Text>{};
    else {
        // Here, not when fill_literal is instantiated: by then, clang no longer
        // reports the line of the user's code.
        static_assert(detail::check_literal<Text>());
        return detail::fill_literal<Text>();
    }
}

} // namespace literals

} // namespace runnel::inline v0
