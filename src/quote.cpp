#include "quote.hpp"

namespace runnel::inline v0 {

namespace {

// Not what isalnum() says: that depends on the locale.
bool is_plain(char c)
{
    constexpr std::string_view others = "@%+=:,./-_";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9') || others.find(c) != others.npos;
}

bool is_plain(std::string_view word)
{
    for (char const c : word)
        if (!is_plain(c))
            return false;
    return !word.empty();
}

} // namespace

std::string shell_quote(std::string_view word)
{
    return is_plain(word) ? std::string(word) : shell_quote_always(word);
}

std::string shell_quote_always(std::string_view word)
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

std::string shell_join(std::span<std::string const> words)
{
    std::size_t size = 0;
    for (auto const& word : words)
        size += word.size() + 1;
    std::string line;
    line.reserve(size);
    for (auto const& word : words) {
        if (!line.empty())
            line += ' ';
        if (is_plain(word))
            line += word;
        else
            line += shell_quote_always(word);
    }
    return line;
}

} // namespace runnel::inline v0
