#include <runnel/word.hpp>

#include <runnel/pathname.hpp>
#include <runnel/redirect.hpp>

#include <stdexcept>

namespace runnel::inline v0 {

void detail::refuse_null(std::string_view role)
{
    throw std::invalid_argument(std::string(role) + " is a null pointer");
}

void detail::refuse_null_word(std::vector<std::string> const& words)
{
    if (words.empty())
        refuse_null("the first word");
    refuse_null("word " + std::to_string(words.size()) + " behind \""
                + words.front() + '"');
}

Word::Word(Bytes text) : text_(text.view) {}

Word::Word(Number number) : text_(std::to_string(number.magnitude))
{
    if (number.negative)
        text_.insert(0, 1, '-');
}

Pathname::Pathname(Bytes path) : text_(path.view), given_(true) {}

Stdio::Stdio(Bytes path) : kind_(file), path_(path.view) {}

} // namespace runnel::inline v0
