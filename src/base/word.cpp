// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/word.hpp>

#include <runnel/pathname.hpp>
#include <runnel/redirect.hpp>

#include "text/check_text.hpp"
#include "text/visible.hpp"

#include <stdexcept>

namespace runnel::inline v0 {

void detail::refuse_null(std::string_view role)
{
    throw std::invalid_argument(std::string(role) + " is a null pointer");
}

void detail::refuse_null_word(std::span<Word const> words)
{
    if (words.empty())
        refuse_null("the first word");
    refuse_null("word " + std::to_string(words.size()) + " behind \""
                + visible(words.front().str()) + '"');
}

std::vector<std::string> detail::shown(std::span<Word const> words)
{
    std::vector<std::string> texts;
    texts.reserve(words.size());
    for (auto const& word : words)
        texts.push_back(word.str());
    return texts;
}

std::vector<std::string> detail::revealed(std::span<Word const> words)
{
    std::vector<std::string> texts;
    texts.reserve(words.size());
    for (auto const& word : words)
        texts.push_back(word.reveal());
    return texts;
}

Word::Word(Bytes text) : text_(text.view) {}

Word::Word(Number number) : text_(std::to_string(number.magnitude))
{
    if (number.negative)
        text_.insert(0, 1, '-');
}

Word::Word(std::string shown, detail::SecretText real)
    : text_(std::move(shown)), secret_(std::move(real))
{
}

Word& Word::operator+=(Word const& more)
{
    if (secret_ || more.secret_) {
        Secrets parts;
        secret_.add_to(parts);
        more.secret_.add_to(parts);
        secret_ = {reveal() + more.reveal(), std::move(parts)};
    }
    text_ += more.text_;
    return *this;
}

// What is secret already stays a part of its own: it may appear alone.
Word secret(Word const& text)
{
    refuse_nul(text.reveal(), "a secret");
    if (text.reveal().empty())
        return text;
    Secrets parts;
    text.secret_text().add_to(parts);
    parts.add(text.reveal());
    return {std::string(secret_mask), {text.reveal(), std::move(parts)}};
}

Pathname::Pathname(Bytes path) : text_(path.view), given_(true) {}

Pathname::~Pathname() = default;

Stdio::Stdio(Bytes path) : kind_(file), path_(path.view) {}

} // namespace runnel::inline v0
