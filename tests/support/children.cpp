#include "support/children.hpp"

namespace runnel::test {

// Not inline: g++ 12 takes fright at strings of a length that it knows
// (-Warray-bounds, where there is nothing to fear).
std::string child(std::string_view name)
{
    return RUNNEL_CHILDREN_DIR "/" + std::string(name);
}

} // namespace runnel::test
