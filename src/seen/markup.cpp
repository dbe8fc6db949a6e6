#include "seen/markup.hpp"

#include "seen/quantity.hpp"
#include "text/visible.hpp"

namespace runnel::inline v0 {

std::string markup(std::string_view text)
{
    std::string out;
    for (char const c : in_one_line(text)) {
        switch (c) {
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '&': out += "&amp;"; break;
        case '"': out += "&quot;"; break;
        default: out += c;
        }
    }
    return out;
}

std::string coordinate(double number)
{
    return decimal(number, 2);
}

} // namespace runnel::inline v0
