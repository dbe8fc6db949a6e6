#include <runnel/word.hpp>

#include <runnel/pathname.hpp>
#include <runnel/redirect.hpp>

namespace runnel::inline v0 {

Word::Word(Bytes text) : text_(text.view) {}

Word::Word(Number number) : text_(std::to_string(number.magnitude))
{
    if (number.negative)
        text_.insert(0, 1, '-');
}

Pathname::Pathname(Bytes path) : text_(path.view), given_(true) {}

Stdio::Stdio(Bytes path) : kind_(file), path_(path.view) {}

} // namespace runnel::inline v0
