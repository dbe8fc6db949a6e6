// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Words to quote and text to split, with many special characters.
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::test {

/// Text of `size` bytes: quotes, backslashes, blanks, bytes that other programs
/// take for blanks or letters, and little else.
inline std::string strange_text(std::mt19937& random, std::size_t size)
{
    constexpr std::string_view bytes("'\"\\ \t\n\r#'\"\\ \n#$`*|;~=%_-aZ9"
                                     "\0\v\f\x1c\x85\xa0\xaa\xd7\xe9\xff",
                                     37);
    std::string text(size, ' ');
    for (auto& c : text)
        c = bytes[random() % bytes.size()];
    return text;
}

/// Up to five words of up to seven bytes.
inline std::vector<std::string> strange_words(std::mt19937& random)
{
    std::vector<std::string> words(random() % 6);
    for (auto& word : words)
        word = strange_text(random, random() % 8);
    return words;
}

/// Every text of at most `longest` of these bytes.
inline std::vector<std::string> all_texts(std::string_view bytes,
                                          std::size_t longest)
{
    std::vector<std::string> texts{""};
    std::size_t begin = 0; // of the texts that are one byte shorter
    for (std::size_t size = 1; size <= longest; ++size) {
        auto const end = texts.size();
        for (auto i = begin; i < end; ++i)
            for (char const c : bytes)
                texts.push_back(texts[i] + c);
        begin = end;
    }
    return texts;
}

} // namespace runnel::test
