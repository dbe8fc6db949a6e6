// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/shlex.hpp>

#include "text/quote.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace runnel::inline v0 {

namespace {

// --- words to text --------------------------------------------------------------

// Not isalnum(), which depends on the locale.
constexpr auto plain_characters = [] {
    std::array<bool, 256> plain{};
    for (char const c : std::string_view("abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789@%+=:,./-_"))
        plain[static_cast<unsigned char>(c)] = true;
    return plain;
}();

bool is_plain(std::string_view word)
{
    return !word.empty() && std::ranges::all_of(word, [](char c) {
        return plain_characters[static_cast<unsigned char>(c)];
    });
}

/// Quotes `word` for the Microsoft C runtime.
void append_argument(std::string& line, std::string_view word)
{
    bool const in_quotes =
        word.empty() || word.find_first_of(" \t") != word.npos;
    if (in_quotes)
        line += '"';
    std::size_t backslashes = 0; // at the end of the line
    for (char const c : word) {
        if (c == '"')
            line.append(backslashes + 1, '\\');
        backslashes = c == '\\' ? backslashes + 1 : 0;
        line += c;
    }
    if (in_quotes)
        line.append(backslashes, '\\') += '"';
}

// --- text to words --------------------------------------------------------------

/// Goes through a text once, from word to word.
class Splitter {
public:
    Splitter(std::string_view text, bool comments)
        : text_(text), comments_(comments)
    {
    }

    /// Goes to the begin of the next word; false if there is none.
    bool find_word()
    {
        go_to(text_.find_first_not_of(blanks, at_));
        while (at_comment()) {
            go_to(text_.find('\n', at_));
            go_to(text_.find_first_not_of(blanks, at_));
        }
        return !at_end();
    }

    /// Reads a word to its end.
    std::string word()
    {
        std::string word;
        while (!at_end() && !at_blank() && !at_comment())
            add_part(word);
        return word;
    }

private:
    static constexpr std::string_view blanks = " \t\r\n";

    bool at_end() const { return at_ == text_.size(); }
    bool at_blank() const { return blanks.find(text_[at_]) != blanks.npos; }
    bool at_comment() const
    {
        return comments_ && !at_end() && text_[at_] == '#';
    }

    void go_to(std::size_t position) { at_ = std::min(position, text_.size()); }

    void add_part(std::string& word)
    {
        switch (text_[at_]) {
        case '\'': add_single_quoted(word); break;
        case '"': add_double_quoted(word); break;
        case '\\': word += escaped(); break;
        default: add_up_to(text_.find_first_of(" \t\r\n#'\"\\", at_ + 1), word);
        }
    }

    void add_up_to(std::size_t position, std::string& word)
    {
        auto const begin = at_;
        go_to(position);
        word += text_.substr(begin, at_ - begin);
    }

    void add_single_quoted(std::string& word)
    {
        auto const open = at_++;
        add_up_to(text_.find('\'', at_), word);
        pass_closing(open);
    }

    void add_double_quoted(std::string& word)
    {
        auto const open = at_++;
        while (true) {
            add_up_to(text_.find_first_of("\"\\", at_), word);
            if (at_end() || text_[at_] == '"')
                return pass_closing(open);
            char const c = escaped();
            if (c != '"' && c != '\\')
                word += '\\';
            word += c;
        }
    }

    /// The character behind a backslash.
    char escaped()
    {
        if (at_ + 1 == text_.size())
            throw std::invalid_argument("cannot split text: nothing follows "
                                        "the backslash at offset "
                                        + std::to_string(at_));
        at_ += 2;
        return text_[at_ - 1];
    }

    void pass_closing(std::size_t open)
    {
        if (at_end())
            throw std::invalid_argument(
                std::string("cannot split text: the ") + text_[open]
                + " at offset " + std::to_string(open) + " is never closed");
        ++at_;
    }

    std::string_view text_;
    bool comments_;
    std::size_t at_ = 0;
};

} // namespace

std::string quote_always(std::string_view word)
{
    std::string quoted = "'";
    for (char const c : word) {
        if (c == '\'')
            quoted += "'\"'\"'";
        else
            quoted += c;
    }
    return quoted + "'";
}

std::string shlex::quote(detail::TextView text)
{
    auto const word = text.as("the word to quote");
    return is_plain(word) ? std::string(word) : quote_always(word);
}

namespace {

/// `text_of(word)`: the text of a word, which lives as long as the word.
template <class T, class TextOf>
std::string joined_words(std::span<T const> words, TextOf text_of)
{
    std::size_t size = 0;
    for (auto const& word : words)
        size += text_of(word).size() + 1;
    std::string line;
    line.reserve(size);
    for (auto const& word : words) {
        std::string_view const text = text_of(word);
        if (!line.empty())
            line += ' ';
        if (is_plain(text))
            line += text;
        else
            line += quote_always(text);
    }
    return line;
}

} // namespace

std::string detail::join(std::span<std::string const> words)
{
    return joined_words(
        words, [](auto const& word) { return std::string_view(word); });
}

std::string detail::join(std::span<Word const> words)
{
    return joined_words(
        words, [](auto const& word) { return std::string_view(word.str()); });
}

std::string shlex::join(std::initializer_list<Word> words)
{
    return detail::join(std::span(words.begin(), words.size()));
}

std::vector<std::string> shlex::split(detail::TextView text,
                                      SplitOptions options)
{
    std::vector<std::string> words;
    Splitter splitter(text.as("the text to split"), options.comments);
    while (splitter.find_word())
        words.push_back(splitter.word());
    return words;
}

std::string detail::list2cmdline(std::span<std::string const> words)
{
    std::string line;
    for (auto const& word : words) {
        if (!line.empty())
            line += ' ';
        append_argument(line, word);
    }
    return line;
}

std::string list2cmdline(std::initializer_list<Word> words)
{
    return detail::list2cmdline(detail::shown(words));
}

} // namespace runnel::inline v0
